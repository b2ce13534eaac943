"""Makes the shop's contents: `python -m surefoot.domains.support.data.make`. Same seed, same files.

The first 24 customers and 66 orders are drawn as they always were, so that their numbers stay true.
"""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from surefoot.domains.support.data import people
from surefoot.domains.support.data.goods import basket, larger_basket, total

Row = dict[str, Any]
Sale = tuple[Row, Row, Row | None]

SEED: Final = 20260316
TODAY: Final = date(2026, 3, 16)
HERE: Final = Path(__file__).parent
ORDERS_A_KIND: Final = 11
CUSTOMERS: Final = 260
ORDERS: Final = 700
SINGLES: Final = 75
"""Customers with one order only, so that a ticket without its number can still be answered."""
CITIES: Final = ("Leipzig", "Ghent", "Lyon", "Graz", "Brno", "Utrecht")

FIRST_KINDS: Final = ("in_transit", "overdue", "refundable", "large", "late", "open")
KINDS: Final = (*FIRST_KINDS, "delayed", "ageing", "cancelled", "refunded")
"""What can be true of an order when its customer writes."""
MIX: Final = (*KINDS, "refundable", "open", "in_transit", "refundable", "open")
"""What is asked about most is there most often."""
ON_THE_WAY: Final = frozenset({"in_transit", "overdue", "delayed"})
ARRIVED: Final = {"refundable": (4, 24), "large": (4, 24), "refunded": (8, 24), "ageing": (36, 55), "late": (75, 160)}
"""Days since the delivery, at least and at most."""
PLACED: Final = {"in_transit": (3, 5), "delayed": (9, 14), "overdue": (30, 40), "open": (0, 1), "cancelled": (2, 30)}
"""Days since the order, where it was not delivered."""


def customers() -> list[Row]:
    """One row a customer; each has an e-mail address of its own."""
    taken: set[str] = set()
    made = []
    for number, name in enumerate(people.names(random.Random(SEED), CUSTOMERS), start=101):  # noqa: S311 made-up people
        address = people.email(name, taken)
        taken.add(address)
        made.append({"id": f"C-{number}", "name": name, "email": address})
    return made


def addresses() -> list[Row]:
    """Where each customer's orders go."""
    rng = random.Random(SEED)  # noqa: S311 made-up places
    return [{"customer_id": customer["id"], "address": people.address(rng)} for customer in customers()]


def sales(rng: random.Random) -> Iterator[Sale]:
    """Order, payment and shipment of each sale; the founders' orders of one kind have different customers."""
    buyers = customers()
    founders, others = buyers[: len(people.FOUNDERS)], buyers[len(people.FOUNDERS) :]
    number = 10_001
    for kind in FIRST_KINDS:
        for customer in rng.sample(founders, ORDERS_A_KIND):
            yield sale(rng, kind, f"SF-{number}", customer["id"])
            number += 1
    for kind, customer_id in later(rng, others, ORDERS - (number - 10_001)):
        yield sale(rng, kind, f"SF-{number}", customer_id, plain=False)
        number += 1


def later(rng: random.Random, buyers: list[Row], count: int) -> list[tuple[str, str]]:
    """Kind and customer of every later sale, in any order; the last customers buy once."""
    regular, single = buyers[:-SINGLES], buyers[-SINGLES:]
    drawn = [(MIX[place % len(MIX)], buyer["id"]) for place, buyer in enumerate(single)]
    drawn += [(rng.choice(MIX), regular[place % len(regular)]["id"]) for place in range(count - SINGLES)]
    rng.shuffle(drawn)
    return drawn


def sale(rng: random.Random, kind: str, order_id: str, customer_id: str, *, plain: bool = True) -> Sale:
    """One sale of a kind; the plain ones are of one or two things, each once."""
    placed, arrived = dates(rng, kind)
    items = basket(rng, kind) if plain else larger_basket(rng, kind)
    status = kind if kind == "cancelled" else "delivered" if arrived else "shipped" if kind in ON_THE_WAY else "packed"
    order = {
        "id": order_id, "customer_id": customer_id, "status": status, "placed_on": placed.isoformat(),
        "delivered_on": arrived.isoformat() if arrived else None, "items": items,
    }  # fmt: skip
    payment = {
        "id": order_id.replace("SF-1", "PAY-7"), "order_id": order_id, "method": rng.choice(("card", "paypal")),
        "amount_cents": total(items), "refunded_cents": total(items) if kind in {"cancelled", "refunded"} else 0,
    }  # fmt: skip
    return order, payment, shipment(rng, order_id, placed, arrived) if arrived or kind in ON_THE_WAY else None


def dates(rng: random.Random, kind: str) -> tuple[date, date | None]:
    """When the order was placed and, where it was, delivered."""
    if kind in ARRIVED:
        arrived = TODAY - timedelta(days=rng.randint(*ARRIVED[kind]))
        return arrived - timedelta(days=5), arrived
    return TODAY - timedelta(days=rng.randint(*PLACED[kind])), None


def shipment(rng: random.Random, order_id: str, placed: date, arrived: date | None) -> Row:
    """A parcel with its tracking events, oldest first."""
    events = [
        {"on": (placed + timedelta(days=1)).isoformat(), "place": "Warehouse", "what": "handed to the carrier"},
        {"on": (placed + timedelta(days=2)).isoformat(), "place": rng.choice(CITIES), "what": "sorted"},
    ]
    if arrived:
        events.append({"on": arrived.isoformat(), "place": "Doorstep", "what": "delivered"})
    return {
        "order_id": order_id, "carrier": rng.choice(("Northway", "Bluepost")),
        "tracking_number": f"NW{rng.randint(10**8, 10**9 - 1)}",
        "expected_on": (placed + timedelta(days=6)).isoformat(), "events": events,
    }  # fmt: skip


def write(name: str, rows: list[Row]) -> None:
    """One JSON object a line."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def main() -> None:
    """Write the five files."""
    made = list(sales(random.Random(SEED)))  # noqa: S311 made-up goods, nothing secret
    write("customers", customers())
    write("addresses", addresses())
    write("orders", [order for order, _, _ in made])
    write("payments", [payment for _, payment, _ in made])
    write("shipments", [parcel for _, _, parcel in made if parcel])


if __name__ == "__main__":
    main()
