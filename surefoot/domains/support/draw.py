"""Draws customers and orders for cases from the committed data, by what is true of an order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any, Literal

from surefoot.domains.support.shop import refunds
from surefoot.domains.support.shop.database import rows, terms
from surefoot.domains.support.wording import MONTHS, dollars

Situation = Literal[
    "in_transit", "delayed", "overdue", "refundable", "large", "ageing", "late", "open", "cancelled", "refunded",
    "unknown_customer",
]  # fmt: skip
Row = dict[str, Any]

TERMS = terms()


@dataclass(frozen=True)
class Drawn:
    """An order with all that a ticket, or what is expected of it, may say about it."""

    order: Row
    customer: Row
    shipment: Row | None
    sole: bool = False
    """The customer has no other order."""

    @cached_property
    def situation(self) -> Situation:
        """What is true of the order on the shop's day."""
        match self.order["status"]:
            case "packed":
                return "open"
            case "cancelled":
                return "cancelled"
            case "shipped":
                return self._on_the_way()
            case _:
                return self._delivered()

    def _on_the_way(self) -> Situation:
        if self.shipment is None or TERMS["today"] <= self.shipment["expected_on"]:
            return "in_transit"
        return "overdue" if refunds.lost(self.shipment, TERMS) else "delayed"

    def _delivered(self) -> Situation:
        if self.order["payment"]["refunded_cents"]:
            return "refunded"
        if refunds.late(self.order, TERMS, "damaged"):
            return "late"
        if refunds.late(self.order, TERMS, "changed_mind"):
            return "ageing"
        return "large" if self.order["payment"]["amount_cents"] > TERMS["auto_refund_limit_cents"] else "refundable"

    def facts(self) -> dict[str, str]:
        """What texts say of the order, as they spell it; each is named, and the same names are there for every order.

        Days come without a year, in three spellings. `thing` is the first article, `less` the amount without the
        way back.
        """
        order, parcel = self.order, self.shipment or {}
        paid = order["payment"]["amount_cents"]
        return {
            "email": self.customer["email"],
            "name": self.customer["name"],
            "order": order["id"],
            "tracking": parcel.get("tracking_number", "no parcel yet"),
            "paid": dollars(paid),
            "less": dollars(max(paid - TERMS["return_shipping_cents"], 0)),
            "thing": order["items"][0]["title"].split(",")[0].lower(),
            **_spelled("expected", parcel.get("expected_on")),
            **_spelled("delivered", order["delivered_on"]),
        }

    def words(self) -> tuple[str, ...]:
        """The facts' spellings, in one order for every drawn order."""
        return tuple(self.facts().values())


def _spelled(name: str, iso: str | None) -> dict[str, str]:
    if iso is None:
        return {f"{name}_{form}": f"no {name} day ({form})" for form in ("iso", "day", "month")}
    moment = date.fromisoformat(iso)
    month = MONTHS[moment.month - 1]
    return {f"{name}_iso": iso, f"{name}_day": f"{moment.day} {month}", f"{name}_month": f"{month} {moment.day}"}


@cache
def everything() -> tuple[Drawn, ...]:
    """Every order of the committed data."""
    customers = {customer["id"]: customer for customer in rows("customers")}
    payments = {payment["order_id"]: payment for payment in rows("payments")}
    parcels = {parcel["order_id"]: parcel for parcel in rows("shipments")}
    orders = rows("orders")
    buyers = [order["customer_id"] for order in orders]
    once = {buyer for buyer in customers if buyers.count(buyer) == 1}
    return tuple(
        Drawn(
            {**order, "payment": payments[order["id"]]},
            customers[order["customer_id"]],
            parcels.get(order["id"]),
            order["customer_id"] in once,
        )
        for order in orders
    )


@cache
def _by_number() -> dict[str, Drawn]:
    return {drawn.order["id"]: drawn for drawn in everything()}


@cache
def _by_customer() -> dict[str, tuple[Drawn, ...]]:
    """Every customer's orders."""
    found: dict[str, tuple[Drawn, ...]] = {}
    for drawn in everything():
        found[drawn.customer["id"]] = (*found.get(drawn.customer["id"], ()), drawn)
    return found


def about(order_id: str) -> Drawn:
    """The order of this number."""
    return _by_number()[order_id]


class Drawer:
    """Draws by one seed; no two draws share a customer."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 a repeatable draw
        self._customers = rng.sample(sorted(_by_customer()), len(_by_customer()))
        self._served: set[str] = set()

    def draw(self, wanted: Sequence[Situation], *, sole: bool = False) -> tuple[Drawn, ...]:
        """One customer's orders, one in each situation wanted; with `sole`, all that the customer has.

        Raises:
            LookupError: Nobody is left who has such orders.
        """
        for customer in self._customers:
            if customer not in self._served and (found := _fitting(customer, wanted, sole=sole)):
                self._served.add(customer)
                return found
        raise LookupError(f"no customer is left with orders that are {', '.join(wanted)}")


def _fitting(customer: str, wanted: Sequence[Situation], *, sole: bool) -> tuple[Drawn, ...]:
    """The customer's orders in these situations, in this order; nothing where one is missing."""
    left = list(_by_customer()[customer])
    if sole and len(left) != len(wanted):
        return ()
    found = []
    for situation in wanted:
        fitting = next((drawn for drawn in left if drawn.situation == situation), None)
        if fitting is None:
            return ()
        left.remove(fitting)
        found.append(fitting)
    return tuple(found)


def stranger(seed: object) -> str:
    """An e-mail address that the shop does not know."""
    return f"stranger{seed}@elsewhere.example"
