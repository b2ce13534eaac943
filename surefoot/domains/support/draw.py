"""Draws customers and orders for cases from the committed data, by what is true of an order."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from surefoot.domains.support.shop import refunds
from surefoot.domains.support.shop.database import rows, terms
from surefoot.domains.support.wording import dollars

Situation = Literal["in_transit", "overdue", "refundable", "large", "ageing", "late", "open", "unknown_customer"]
Row = dict[str, Any]

PARCEL_LESS = "no parcel yet"


@dataclass(frozen=True)
class Drawn:
    """An order with all that a ticket, or what is expected of it, may say about it."""

    order: Row
    customer: Row
    shipment: Row | None

    @property
    def situation(self) -> Situation:
        """What is true of the order on the shop's day."""
        if self.order["status"] == "packed":
            return "open"
        if self.order["status"] == "shipped":
            return "overdue" if self.shipment and refunds.lost(self.shipment, terms()) else "in_transit"
        if refunds.late(self.order, terms(), "damaged"):
            return "late"
        if refunds.late(self.order, terms(), "changed_mind"):
            return "ageing"
        return "large" if self.order["payment"]["amount_cents"] > terms()["auto_refund_limit_cents"] else "refundable"

    def words(self) -> tuple[str, ...]:
        """E-mail address, name, order, tracking number and amount, as texts spell them."""
        tracking = self.shipment["tracking_number"] if self.shipment else PARCEL_LESS
        paid = dollars(self.order["payment"]["amount_cents"])
        return (self.customer["email"], self.customer["name"], self.order["id"], tracking, paid)


@cache
def everything() -> tuple[Drawn, ...]:
    """Every order of the committed data."""
    customers = {customer["id"]: customer for customer in rows("customers")}
    payments = {payment["order_id"]: {**payment, "refunded_cents": 0} for payment in rows("payments")}
    parcels = {parcel["order_id"]: parcel for parcel in rows("shipments")}
    return tuple(
        Drawn({**order, "payment": payments[order["id"]]}, customers[order["customer_id"]], parcels.get(order["id"]))
        for order in rows("orders")
    )


def about(order_id: str) -> Drawn:
    """The order of this number."""
    return next(drawn for drawn in everything() if drawn.order["id"] == order_id)


def draw(wanted: Mapping[str, Situation], rng: random.Random) -> dict[str, Drawn]:
    """An order for each name that is in the situation wanted; no two share a customer."""
    pool = rng.sample(everything(), len(everything()))
    taken: dict[str, Drawn] = {}
    for name, situation in wanted.items():
        if situation != "unknown_customer":
            served = {drawn.customer["id"] for drawn in taken.values()}
            fitting = (drawn for drawn in pool if drawn.situation == situation)
            taken[name] = next(drawn for drawn in fitting if drawn.customer["id"] not in served)
    return taken


def stranger(seed: int) -> str:
    """An e-mail address that the shop does not know."""
    return f"stranger{seed}@elsewhere.example"
