"""What the shop's terms say of a refund: pure, from the order and the terms."""

from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]


def quote(order: Row, shipment: Row | None, terms: Row, reason: str) -> Row:
    """Whether, why and how much; the amount is what would be paid back if the order were eligible."""
    payment = order["payment"]
    left = payment["amount_cents"] - payment["refunded_cents"]
    fee = terms["return_shipping_cents"] if reason == "changed_mind" else 0
    days = window_days(terms, reason)
    ends = window_end(order, days)
    against = objection(order, shipment, terms, reason, left)
    return {
        "order_id": order["id"], "payment_id": payment["id"], "reason": reason, "eligible": against is None,
        "amount_cents": max(left - fee, 0), "return_shipping_cents": fee, "window_days": days,
        "window_ends_on": ends.isoformat() if ends else None, "payout_days": terms["payout_days"],
        "ground": ground(order, shipment, terms, reason), "why": against or "the order is within the terms",
    }  # fmt: skip


def ground(order: Row, shipment: Row | None, terms: Row, reason: str) -> str:
    """The same as one word, so that any language can say it."""
    payment = order["payment"]
    if payment["amount_cents"] == payment["refunded_cents"]:
        return "paid_back"
    if order["status"] != "delivered":
        return "within" if reason == "not_received" and shipment and lost(shipment, terms) else "not_delivered"
    if late(order, terms, reason) is None:
        return "within"
    return "reported_delivered" if reason == "not_received" else "late"


def objection(order: Row, shipment: Row | None, terms: Row, reason: str, left: int) -> str | None:
    """What the terms have against a refund, or `None`."""
    if left == 0:
        return "this order has already been paid back in full"
    if order["status"] == "delivered":
        return late(order, terms, reason)
    if reason == "not_received" and shipment and lost(shipment, terms):
        return None
    return "this order has not been delivered yet"


def late(order: Row, terms: Row, reason: str) -> str | None:
    """What the dates have against a refund of a delivered order."""
    if reason == "not_received":
        return f"the carrier reports that it was delivered on {order['delivered_on']}"
    days = window_days(terms, reason)
    ends = window_end(order, days)
    if ends is None or date.fromisoformat(terms["today"]) <= ends:
        return None
    return f"our window of {days} days after delivery ended on {ends.isoformat()}"


def window_days(terms: Row, reason: str) -> int:
    """Days after delivery within which a refund may be asked for."""
    ours = reason in {"damaged", "wrong_item"}
    days: int = terms["damaged_window_days"] if ours else terms["return_window_days"]
    return days


def window_end(order: Row, days: int) -> date | None:
    """The last day of the window; none before delivery."""
    return date.fromisoformat(order["delivered_on"]) + timedelta(days=days) if order["delivered_on"] else None


def lost(shipment: Row, terms: Row) -> bool:
    """Whether a parcel counts as lost: overdue by more than the terms allow for."""
    overdue = date.fromisoformat(terms["today"]) - date.fromisoformat(shipment["expected_on"])
    allowed: int = terms["lost_after_days"]
    return overdue.days > allowed
