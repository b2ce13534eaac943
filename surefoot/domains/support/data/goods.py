"""What the shop sells: stock number, title, price in cents."""

import random
from typing import Any, Final

Row = dict[str, Any]

GOODS: Final = (
    ("MUG-01", "Stoneware mug", 1450), ("LMP-02", "Desk lamp", 3990), ("BLK-03", "Wool blanket", 5100),
    ("KTL-04", "Enamel kettle", 4800), ("CLK-05", "Wall clock", 3650), ("VAS-06", "Glass vase", 2900),
    ("CSH-07", "Linen cushion", 2450), ("TRY-08", "Oak tray", 3300),
)  # fmt: skip
MORE: Final = (
    *GOODS, ("APR-09", "Linen apron, size M", 2750), ("SLP-10", "Felt slippers, size 40", 3400),
    ("RBE-11", "Cotton bathrobe, size L", 4950), ("CND-12", "Beeswax candle", 1250), ("PLT-13", "Dinner plate", 1800),
    ("BTL-14", "Steel bottle", 2250), ("HOK-15", "Brass hook", 950), ("FRM-16", "Picture frame", 2100),
)  # fmt: skip
GRAND: Final = (("CHR-20", "Reading chair", 24900), ("RUG-21", "Wool rug", 18900), ("TBL-22", "Side table", 15900))
MORE_GRAND: Final = (*GRAND, ("MIR-23", "Floor mirror", 21500), ("SHF-24", "Oak shelf", 17400))
MOST_CENTS: Final = 10_000
"""What a basket that is not `large` stays below."""


def basket(rng: random.Random, kind: str) -> list[Row]:
    """One or two small articles, or one large one."""
    chosen = [rng.choice(GRAND)] if kind == "large" else rng.sample(GOODS, rng.randint(1, 2))
    return [_item(*article) for article in chosen]


def larger_basket(rng: random.Random, kind: str) -> list[Row]:
    """One to three small articles, some of them twice, or one large one."""
    if kind == "large":
        return [_item(*rng.choice(MORE_GRAND))]
    chosen: list[Row] = []
    for sku, title, price in rng.sample(MORE, rng.randint(1, 3)):
        quantity = rng.choice((1, 1, 1, 2))
        if not chosen or total(chosen) + quantity * price < MOST_CENTS:
            chosen.append(_item(sku, title, price, quantity))
    return chosen


def total(items: list[Row]) -> int:
    """The price of a basket in cents."""
    return sum(int(item["quantity"]) * int(item["price_cents"]) for item in items)


def _item(sku: str, title: str, price: int, quantity: int = 1) -> Row:
    return {"sku": sku, "title": title, "quantity": quantity, "price_cents": price}
