"""The shop's later effects: another address, a return label, an erasure."""

from collections import defaultdict
from pathlib import Path

import pytest

from surefoot.domains.support.draw import Drawn, Situation, everything
from surefoot.domains.support.shop import Refusal, Shop, database, open_shop
from surefoot.domains.support.shop.queries import Row, every
from surefoot.domains.support.shop.rehearsal import effects, letters

HOME = "Elm Street 5, 04109 Leipzig, Germany"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A fresh shop."""
    return open_shop(tmp_path / "shop.db")


def an_order(situation: Situation) -> Drawn:
    """Some order in the situation."""
    return next(drawn for drawn in everything() if drawn.situation == situation)


def settled_customer() -> tuple[Row, list[Row]]:
    """A customer none of whose orders is still to arrive, with the orders."""
    by_customer: defaultdict[str, list[Drawn]] = defaultdict(list)
    for drawn in everything():
        by_customer[drawn.customer["id"]].append(drawn)
    return next(
        (found[0].customer, [drawn.order for drawn in found])
        for found in by_customer.values()
        if all(drawn.order["status"] in {"delivered", "cancelled"} for drawn in found)
    )


def stored(shop: Shop, sql: str, *values: str) -> list[Row]:
    """Rows of the shop's file."""
    with database.connect(shop.path) as db:
        return every(db, sql, *values)


OPEN, GOOD, LATE = an_order("open"), an_order("refundable"), an_order("late")
SENT, BACK = an_order("in_transit"), an_order("refunded")


def test_an_order_that_waits_goes_to_its_new_address(shop: Shop) -> None:
    """Before shipping the address is changed, once a key."""
    receipt = shop.change_address(OPEN.order["id"], HOME, "key-1")
    assert (
        receipt
        == shop.change_address(OPEN.order["id"], HOME, "key-1")
        == {"order_id": OPEN.order["id"], "address": HOME}
    )
    assert stored(shop, "SELECT address FROM addresses WHERE order_id = ?", OPEN.order["id"]) == [{"address": HOME}]
    assert len(effects(shop)) == 1


@pytest.mark.parametrize("drawn", [SENT, GOOD], ids=["shipped", "delivered"])
def test_an_order_that_has_left_keeps_its_address(shop: Shop, drawn: Drawn) -> None:
    """After shipping nothing can be redirected."""
    with pytest.raises(Refusal) as refused:
        shop.change_address(drawn.order["id"], HOME, "key-1")
    assert refused.value.code == "conflict"
    assert effects(shop) == []


def test_an_order_has_one_return_label(shop: Shop) -> None:
    """A label within the window; whoever asks again, under whatever key, is given the same one."""
    first = shop.create_return_label(GOOD.order["id"], "key-1")
    assert shop.create_return_label(GOOD.order["id"], "key-2") == first
    assert stored(shop, "SELECT count(*) AS labels FROM return_labels") == [{"labels": 1}]


def test_labels_have_numbers_of_their_own(shop: Shop) -> None:
    """Two orders never share a label."""
    other = next(drawn for drawn in everything() if drawn.situation == "refundable" and drawn.order != GOOD.order)
    made = [shop.create_return_label(drawn.order["id"], f"key-{drawn.order['id']}") for drawn in (GOOD, other)]
    assert made[0]["label"] != made[1]["label"]


@pytest.mark.parametrize(
    ("drawn", "code"), [(SENT, "conflict"), (OPEN, "conflict"), (LATE, "denied"), (BACK, "conflict")],
    ids=["on its way", "packed", "too late", "paid back"],
)  # fmt: skip
def test_what_cannot_go_back_gets_no_label(shop: Shop, drawn: Drawn, code: str) -> None:
    """Nothing that has not arrived, nothing after the window, nothing that was paid back already."""
    with pytest.raises(Refusal) as refused:
        shop.create_return_label(drawn.order["id"], "key-1")
    assert refused.value.code == code
    assert effects(shop) == []


def test_an_erasure_takes_the_person_and_keeps_the_books(shop: Shop) -> None:
    """Name, addresses, letters, notes and the log's copies of them are gone; orders, payments and keys stay."""
    customer, orders = settled_customer()
    shop.send_reply(customer["email"], f"Hello {customer['name']}", "key-1")
    shop.add_note(orders[0]["id"], f"{customer['name']} called", "key-2")
    assert shop.erase_customer(customer["id"], "key-3") == {"customer_id": customer["id"], "orders_kept": len(orders)}
    dump = shop.path.parent / "dump.sql"
    with database.connect(shop.path) as db:
        dump.write_text("\n".join(db.iterdump()), encoding="utf-8")
    assert customer["email"] not in dump.read_text(encoding="utf-8")
    assert f"Hello {customer['name']}" not in dump.read_text(encoding="utf-8")
    assert f"{customer['name']} called" not in dump.read_text(encoding="utf-8")
    goes_to = stored(shop, "SELECT address FROM addresses WHERE order_id = ?", orders[0]["id"])
    assert goes_to == [{"address": "erased"}]
    assert shop.get_order(orders[0]["id"])["payment"]["amount_cents"] > 0
    assert letters(shop, customer["email"]) == []
    with pytest.raises(Refusal) as unknown:
        shop.find_customer(customer["email"])
    assert unknown.value.code == "not_found"
    with pytest.raises(Refusal) as known:
        shop.send_reply(customer["email"], f"Hello {customer['name']}", "key-1")
    assert known.value.code == "conflict"


def test_others_keep_what_is_theirs(shop: Shop) -> None:
    """An erasure touches nobody else's letters or orders."""
    customer, _ = settled_customer()
    shop.send_reply(OPEN.customer["email"], "hello", "key-1")
    shop.erase_customer(customer["id"], "key-2")
    assert letters(shop, OPEN.customer["email"]) == ["hello"]
    assert shop.find_customer(OPEN.customer["email"])["name"] == OPEN.customer["name"]


def test_nobody_is_erased_while_a_parcel_is_on_its_way(shop: Shop) -> None:
    """Orders that are still to arrive are finished first."""
    with pytest.raises(Refusal) as refused:
        shop.erase_customer(OPEN.customer["id"], "key-1")
    assert refused.value.code == "conflict"
    assert shop.find_customer(OPEN.customer["email"])["id"] == OPEN.customer["id"]


def test_a_stranger_cannot_be_erased(shop: Shop) -> None:
    """An unknown customer is told as such."""
    with pytest.raises(Refusal) as refused:
        shop.erase_customer("C-0", "key-1")
    assert refused.value.code == "not_found"
