"""Makes the shop's contents: `python -m surefoot.domains.support.data.make`. Same seed, same files."""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

SEED = 20260316
TODAY = date(2026, 3, 16)
HERE = Path(__file__).parent
ORDERS_A_KIND = 11

NAMES = (
    "Maria Santos", "Tom Becker", "Aisha Khan", "Luca Moretti", "Grace Okafor", "Yuki Tanaka", "Noah Fischer",
    "Elena Petrova", "Sam Whitlock", "Ines Carvalho", "David Cohen", "Mei Lin", "Oliver Grant", "Fatima Zahra",
    "Jonas Lindqvist", "Priya Nair", "Henry Walsh", "Chloe Dubois", "Mateo Alvarez", "Nora Haddad", "Piotr Nowak",
    "Ruth Adeyemi", "Maria Santos", "Victor Hale",
)  # fmt: skip
"""Two customers have one name: only an e-mail address tells people apart."""

GOODS = (
    ("MUG-01", "Stoneware mug", 1450), ("LMP-02", "Desk lamp", 3990), ("BLK-03", "Wool blanket", 5100),
    ("KTL-04", "Enamel kettle", 4800), ("CLK-05", "Wall clock", 3650), ("VAS-06", "Glass vase", 2900),
    ("CSH-07", "Linen cushion", 2450), ("TRY-08", "Oak tray", 3300),
)  # fmt: skip
GRAND = (("CHR-20", "Reading chair", 24900), ("RUG-21", "Wool rug", 18900), ("TBL-22", "Side table", 15900))
CITIES = ("Leipzig", "Ghent", "Lyon", "Graz", "Brno", "Utrecht")

KINDS = ("in_transit", "overdue", "refundable", "large", "late", "open")
"""What can be true of an order when its customer writes; each kind has the same number of orders."""


def customers() -> list[Row]:
    """One row a customer, in the order of `NAMES`."""
    seen: set[str] = set()
    rows = []
    for number, name in enumerate(NAMES, start=101):
        host = "post.example" if name in seen else "mail.example"
        seen.add(name)
        email = f"{name.lower().replace(' ', '.')}@{host}"
        rows.append({"id": f"C-{number}", "name": name, "email": email})
    return rows


def sales(rng: random.Random) -> Iterator[tuple[Row, Row, Row | None]]:
    """Order, payment and shipment of each sale; the orders of one kind have different customers."""
    number = 10_001
    for kind in KINDS:
        for customer in rng.sample(customers(), ORDERS_A_KIND):
            yield sale(rng, kind, f"SF-{number}", customer["id"])
            number += 1


def sale(rng: random.Random, kind: str, order_id: str, customer_id: str) -> tuple[Row, Row, Row | None]:
    """One sale of a kind."""
    placed, arrived = dates(rng, kind)
    items = basket(rng, kind)
    paid = sum(item["quantity"] * item["price_cents"] for item in items)
    status = "delivered" if arrived else "shipped" if kind in {"in_transit", "overdue"} else "packed"
    order = {
        "id": order_id, "customer_id": customer_id, "status": status, "placed_on": placed.isoformat(),
        "delivered_on": arrived.isoformat() if arrived else None, "items": items,
    }  # fmt: skip
    payment = {"id": order_id.replace("SF-1", "PAY-7"), "order_id": order_id, "method": rng.choice(("card", "paypal")),
               "amount_cents": paid}  # fmt: skip
    return order, payment, None if kind == "open" else shipment(rng, order_id, placed, arrived)


def dates(rng: random.Random, kind: str) -> tuple[date, date | None]:
    """When the order was placed and, where it was, delivered."""
    if kind in {"refundable", "large"}:
        arrived = TODAY - timedelta(days=rng.randint(4, 24))
    elif kind == "late":
        arrived = TODAY - timedelta(days=rng.randint(75, 160))
    else:
        ago = {"in_transit": (3, 5), "overdue": (30, 40), "open": (0, 1)}[kind]
        return TODAY - timedelta(days=rng.randint(*ago)), None
    return arrived - timedelta(days=5), arrived


def basket(rng: random.Random, kind: str) -> list[Row]:
    """One or two small articles, or one large one."""
    chosen = [rng.choice(GRAND)] if kind == "large" else rng.sample(GOODS, rng.randint(1, 2))
    return [{"sku": sku, "title": title, "quantity": 1, "price_cents": price} for sku, title, price in chosen]


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
    (HERE / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    """Write the four files."""
    made = list(sales(random.Random(SEED)))  # noqa: S311 made-up goods, nothing secret
    write("customers", customers())
    write("orders", [order for order, _, _ in made])
    write("payments", [payment for _, payment, _ in made])
    write("shipments", [parcel for _, _, parcel in made if parcel])


if __name__ == "__main__":
    main()
