"""Letters by rule: every number in them comes from the facts, and what cannot be done is said plainly."""

from collections.abc import Callable, Mapping

from surefoot.domains.support.schemas import Quote, Shipment
from surefoot.domains.support.wording import day, dollars, letter, readable
from surefoot.domains.support.workers import DraftAnswer, DraftBrief, Facts, Purpose


def draft(brief: DraftBrief) -> DraftAnswer:
    """The letter for the brief's purpose."""
    return DraftAnswer(text=letter(brief.facts.customer.name, BODIES[brief.purpose](brief)))


def _status(brief: DraftBrief) -> str:
    order, parcel = brief.facts.order, brief.facts.shipment
    if order is None:
        return _which_order(brief)
    if order.status == "delivered" and order.delivered_on:
        return f"Your order {order.id} was delivered on {day(order.delivered_on)}. {_tracking(parcel)}".strip()
    if order.status == "shipped" and parcel:
        due = f"The carrier gives {day(parcel.expected_on)} as its day of arrival."
        return f"Your order {order.id} has been shipped. {due} {_tracking(parcel)}"
    if order.status == "cancelled":
        return f"Your order {order.id} is cancelled; nothing more will be sent."
    return f"Your order {order.id} was placed on {day(order.placed_on)} and is being packed. It has not been shipped."


def _tracking(parcel: Shipment | None) -> str:
    if parcel is None:
        return ""
    last = parcel.events[-1]
    seen = f"{last.what} ({last.place}, {day(last.happened_on)})"
    return f"You can follow it with {parcel.carrier} under {parcel.tracking_number}; the last entry is: {seen}."


def _window(brief: DraftBrief) -> str:
    if brief.quote is None or brief.facts.order is None:
        return _which_order(brief)
    rule = f"an order can be sent back within {brief.quote.window_days} days after its delivery"
    if brief.quote.window_ends_on is None:
        return f"With us, {rule}. Your order {brief.quote.order_id} has not been delivered yet."
    return f"With us, {rule}. For your order {brief.quote.order_id} that is until {day(brief.quote.window_ends_on)}."


def _refund(brief: DraftBrief) -> str:
    if brief.quote is None or brief.facts.order is None:
        return _which_order(brief)
    if not brief.quote.eligible:
        return _no_refund(brief)
    paid = f"We have refunded {dollars(brief.quote.amount_cents)} for your order {brief.quote.order_id}."
    return f"{paid} {_fee(brief.quote)}The money will reach you within {brief.quote.payout_days} days.".strip()


def _fee(quote: Quote) -> str:
    fee = quote.return_shipping_cents
    return f"Return shipping of {dollars(fee)} has been taken off. " if fee else ""


def _cancel(brief: DraftBrief) -> str:
    order = brief.facts.order
    if order is None:
        return _which_order(brief)
    if order.status != "packed":
        return _no_cancel(brief)
    return f"We have cancelled your order {order.id}. {dollars(order.payment.amount_cents)} go back to you."


def _no_refund(brief: DraftBrief) -> str:
    why = brief.obstacle or (brief.quote.why if brief.quote else "it is not within our terms")
    return f"We are sorry: we cannot refund your order {_number(brief.facts)}, because {readable(why)}."


def _no_cancel(brief: DraftBrief) -> str:
    order = brief.facts.order
    why = brief.obstacle or (f"it is already {order.status}" if order else "it is not among your orders")
    return f"We are sorry: we cannot cancel your order {_number(brief.facts)}, because {readable(why)}."


def _declined(brief: DraftBrief) -> str:
    about = f" about your order {brief.facts.order.id}" if brief.facts.order else ""
    return f"We have looked into your request{about}. We are sorry that we cannot do what you asked for."


def _which_order(brief: DraftBrief) -> str:
    placed = [f"- {order.id}, placed on {day(order.placed_on)}" for order in brief.facts.orders]
    if not placed:
        return "We find no order under your e-mail address. Which address did you use to order?"
    return "\n".join(
        ["Which of your orders is this about? With us you have:", *placed, "Please reply with its number."]
    )


def _relay(brief: DraftBrief) -> str:
    return brief.guidance


def _number(facts: Facts) -> str:
    return facts.order.id if facts.order else "in question"


BODIES: Mapping[Purpose, Callable[[DraftBrief], str]] = {
    "status": _status,
    "window": _window,
    "refund": _refund,
    "cancel": _cancel,
    "no_refund": _no_refund,
    "no_cancel": _no_cancel,
    "declined": _declined,
    "which_order": _which_order,
    "relay": _relay,
}
