"""What letters say where nothing can be done, or not yet: a plain no with its reason, or a question back."""

from surefoot.domains.support.rules.pen import Pen, terms
from surefoot.domains.support.rules.phrases_elsewhere import PHRASES
from surefoot.domains.support.schemas import Order
from surefoot.domains.support.wording import readable


def no_refund(pen: Pen) -> str:
    """No refund, and why the terms say so."""
    return pen.say("no_refund", why=_quoted_why(pen))


def no_label(pen: Pen) -> str:
    """No return, and why the terms say so."""
    return pen.say("no_label", why=_quoted_why(pen))


def no_cancel(pen: Pen) -> str:
    """No cancellation, and where the order is by now."""
    return pen.say("no_cancel", why=_order_why(pen, pen.part.facts.order))


def no_address(pen: Pen) -> str:
    """No other address, and where the order is by now."""
    return pen.say("no_address", why=_order_why(pen, pen.part.facts.order))


def no_erase(pen: Pen) -> str:
    """No erasure yet, and what stands against it."""
    return pen.say("no_erase", why=readable(pen.part.obstacle))


def _quoted_why(pen: Pen) -> str:
    """The shop's own words in English; in other languages, its ground."""
    quote, order = pen.part.quote, pen.part.facts.order
    if pen.part.obstacle and pen.language == "en":
        return readable(pen.part.obstacle)
    if quote is None or quote.ground == "within":
        return pen.say("unknown")
    name = "paid_back_why" if quote.ground == "paid_back" else quote.ground
    return pen.say(name, delivered=pen.day(order.delivered_on if order else None), **terms(pen, quote))


def _order_why(pen: Pen, order: Order | None) -> str:
    if pen.part.obstacle and pen.language == "en":
        return readable(pen.part.obstacle)
    return pen.say(f"already_{order.status}") if order else pen.say("unknown")


def declined(pen: Pen) -> str:
    """A person said no."""
    return pen.say("declined", about=pen.say("about") if pen.part.facts.order else "")


def which_order(pen: Pen) -> str:
    """A question back: which of the customer's orders is meant."""
    orders = pen.part.facts.orders
    if not orders:
        return pen.say("no_orders")
    line = PHRASES[pen.language]["which_line"]
    placed = [line.format(order=order.id, placed=pen.day(order.placed_on)) for order in orders]
    return "\n".join([pen.say("which_order"), *placed, pen.say("which_end")])


def which_address(pen: Pen) -> str:
    """A question back: where the order should go, if it has not left yet."""
    order = pen.part.facts.order
    return pen.say("which_address") if order and order.status == "packed" else no_address(pen)


def which_reason(pen: Pen) -> str:
    """A question back: why a refund is wanted, where the terms would let one be paid."""
    quote = pen.part.quote
    return pen.say("which_reason") if quote and quote.eligible else no_refund(pen)
