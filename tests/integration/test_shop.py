"""The shop's backend over a real SQLite file."""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from surefoot.domains.support.data import make
from surefoot.domains.support.draw import Drawn, Situation, everything
from surefoot.domains.support.shop import Refusal, Shop, database, open_shop
from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.shop.rehearsal import effects, letters, misbehave, recover

Effect = Callable[[Shop, str], Row]

OPENER = "import sys; from pathlib import Path; from surefoot.domains.support.shop import open_shop; "
REFUND = OPENER + (
    "shop = open_shop(Path(sys.argv[1])); order, payment, cents = sys.argv[2:5]; "
    "[shop.issue_refund(order, payment, int(cents), 'damaged', 'key-1') for _ in range(10)]"
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A fresh shop."""
    return open_shop(tmp_path / "shop.db")


def an_order(situation: Situation) -> Drawn:
    """Some order in the situation."""
    return next(drawn for drawn in everything() if drawn.situation == situation)


OPEN, GOOD, SENT = an_order("open").order, an_order("refundable").order, an_order("in_transit").order

EFFECTS: dict[str, tuple[Effect, Effect]] = {
    "cancel_order": (
        lambda shop, key: shop.cancel_order(OPEN["id"], key),
        lambda shop, key: shop.cancel_order(an_order("in_transit").order["id"], key),
    ),
    "add_note": (
        lambda shop, key: shop.add_note(OPEN["id"], "hello", key),
        lambda shop, key: shop.add_note(OPEN["id"], "other words", key),
    ),
    "issue_refund": (
        lambda shop, key: shop.issue_refund(GOOD["id"], GOOD["payment"]["id"], 100, "damaged", key),
        lambda shop, key: shop.issue_refund(GOOD["id"], GOOD["payment"]["id"], 101, "damaged", key),
    ),
    "send_reply": (
        lambda shop, key: shop.send_reply("a@b.example", "hello", key),
        lambda shop, key: shop.send_reply("a@b.example", "other words", key),
    ),
}
"""Each effect, and the same with other arguments."""


def run_processes(code: str, *args: str, count: int = 4) -> list[int]:
    """The exit codes of processes that ran at the same time."""
    started = [subprocess.Popen([sys.executable, "-c", code, *args]) for _ in range(count)]
    return [process.wait(timeout=60) for process in started]


def test_the_shop_is_large_enough_to_choose_from() -> None:
    """At least 20 customers and 60 orders, and two customers who share a name but no address."""
    customers = database.rows("customers")
    assert len(customers) >= 20
    assert len(database.rows("orders")) >= 60
    assert len({customer["name"] for customer in customers}) < len(customers)
    assert len({customer["email"] for customer in customers}) == len(customers)


def test_the_committed_data_are_what_the_generator_makes() -> None:
    """The data can be made again from their script, word for word."""
    made = list(make.sales(random.Random(make.SEED)))  # noqa: S311 the same seed must give the same rows
    assert database.rows("customers") == make.customers()
    assert database.rows("orders") == [order for order, _, _ in made]
    assert database.rows("payments") == [payment for _, payment, _ in made]
    assert database.rows("shipments") == [parcel for _, _, parcel in made if parcel]


def test_processes_that_open_at_once_find_one_whole_shop(tmp_path: Path) -> None:
    """Whoever opens first makes the database; nobody ever sees half of it, and nothing else is left behind."""
    path = tmp_path / "deep" / "shop.db"
    code = OPENER + "shop = open_shop(Path(sys.argv[1])); assert shop.get_order(sys.argv[2])['payment']"
    assert run_processes(code, str(path), GOOD["id"]) == [0, 0, 0, 0]
    assert [entry.name for entry in path.parent.iterdir() if not entry.name.startswith("shop.db")] == []


def test_who_comes_second_does_not_replace_the_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was still making the database when another one already used it throws its own away."""
    path, fill = tmp_path / "shop.db", database._fill

    def overtaken(made: Path) -> None:
        fill(made)
        monkeypatch.setattr(database, "_fill", fill)
        open_shop(path).cancel_order(OPEN["id"], "key-1")

    monkeypatch.setattr(database, "_fill", overtaken)
    assert open_shop(path).get_order(OPEN["id"])["status"] == "cancelled"


def test_what_happened_survives_the_next_opening(shop: Shop) -> None:
    """Opening an existing shop changes nothing."""
    shop.cancel_order(OPEN["id"], "key-1")
    assert open_shop(shop.path).get_order(OPEN["id"])["status"] == "cancelled"


@pytest.mark.parametrize("operation", EFFECTS)
def test_an_effect_happens_once_a_key(shop: Shop, operation: str) -> None:
    """A repeated call is given the first one's receipt and does nothing."""
    act, _ = EFFECTS[operation]
    assert act(shop, "key-1") == act(shop, "key-1")
    assert [effect["operation"] for effect in effects(shop)] == [operation]


@pytest.mark.parametrize("operation", EFFECTS)
def test_a_key_names_one_exact_call(shop: Shop, operation: str) -> None:
    """A known key with other arguments is a conflict, and does nothing."""
    act, other = EFFECTS[operation]
    act(shop, "key-1")
    with pytest.raises(Refusal, match="key-1") as refused:
        other(shop, "key-1")
    assert refused.value.code == "conflict"
    assert len(effects(shop)) == 1


def test_four_processes_on_one_key_pay_once(shop: Shop) -> None:
    """Forty calls from four processes with one key are one refund, and none of them fails."""
    payment = GOOD["payment"]["id"]
    assert run_processes(REFUND, str(shop.path), GOOD["id"], payment, "100") == [0, 0, 0, 0]
    assert shop.get_order(GOOD["id"])["payment"]["refunded_cents"] == 100
    assert len(effects(shop)) == 1


def test_threads_with_keys_of_their_own_never_pay_more_than_was_paid(shop: Shop) -> None:
    """Racing refunds stop at the paid amount: the check and the payment are one transaction."""
    payment = GOOD["payment"]
    half = payment["amount_cents"] // 2

    def pay(number: int) -> str:
        try:
            shop.issue_refund(GOOD["id"], payment["id"], half, "damaged", f"key-{number}")
        except Refusal as refused:
            return refused.code
        return "paid"

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(pay, range(8)))
    assert told == ["denied"] * 6 + ["paid"] * 2


REFUSALS: tuple[tuple[str, Callable[[Shop], object], str], ...] = (
    ("unknown customer", lambda shop: shop.find_customer("no@body.example"), "not_found"),
    ("unknown order", lambda shop: shop.get_order("SF-99999"), "not_found"),
    ("nothing to track", lambda shop: shop.track_shipment(OPEN["id"]), "not_found"),
    ("already shipped", lambda shop: shop.cancel_order(SENT["id"], "k"), "conflict"),
    (
        "another order's payment",
        lambda shop: shop.issue_refund(GOOD["id"], OPEN["payment"]["id"], 1, "damaged", "k"),
        "conflict",
    ),
    (
        "more than was paid",
        lambda shop: shop.issue_refund(GOOD["id"], GOOD["payment"]["id"], 10**7, "damaged", "k"),
        "denied",
    ),
    ("nothing", lambda shop: shop.issue_refund(GOOD["id"], GOOD["payment"]["id"], 0, "damaged", "k"), "denied"),
    ("a note on an unknown order", lambda shop: shop.add_note("SF-99999", "hello", "k"), "not_found"),
)


@pytest.mark.parametrize(("act", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_the_shop_refuses_by_its_rules(shop: Shop, act: Callable[[Shop], object], code: str) -> None:
    """What the world does not allow is refused with a code, and nothing happens."""
    with pytest.raises(Refusal) as refused:
        act(shop)
    assert refused.value.code == code
    assert effects(shop) == []


QUOTES: tuple[tuple[Situation, str, bool], ...] = (
    ("refundable", "changed_mind", True),
    ("refundable", "damaged", True),
    ("refundable", "not_received", False),
    ("large", "damaged", True),
    ("late", "changed_mind", False),
    ("late", "damaged", False),
    ("in_transit", "changed_mind", False),
    ("in_transit", "not_received", False),
    ("overdue", "not_received", True),
    ("overdue", "damaged", False),
    ("open", "changed_mind", False),
)


@pytest.mark.parametrize(("situation", "reason", "eligible"), QUOTES)
def test_the_terms_decide_on_a_refund(shop: Shop, situation: Situation, reason: str, eligible: bool) -> None:
    """Windows after delivery, lost parcels, and nothing before delivery."""
    order = an_order(situation).order
    quote = shop.quote_refund(order["id"], reason)
    fee = database.terms()["return_shipping_cents"] if reason == "changed_mind" else 0
    assert quote["eligible"] is eligible
    assert quote["amount_cents"] == order["payment"]["amount_cents"] - fee


def test_what_was_paid_back_is_not_quoted_again(shop: Shop) -> None:
    """A fully refunded order is not eligible any more."""
    payment = GOOD["payment"]
    shop.issue_refund(GOOD["id"], payment["id"], payment["amount_cents"], "damaged", "key-1")
    quote = shop.quote_refund(GOOD["id"], "damaged")
    assert (quote["eligible"], quote["amount_cents"]) == (False, 0)


def test_a_shop_that_is_down_does_nothing(shop: Shop) -> None:
    """`down` breaks the connection before anything happens, for the named subject alone, until it recovers."""
    misbehave(shop, "cancel_order", "down", OPEN["id"])
    with pytest.raises(ConnectionError):
        shop.cancel_order(OPEN["id"], "key-1")
    assert effects(shop) == []
    assert shop.get_order(OPEN["id"])["status"] == "packed"
    recover(shop, OPEN["id"])
    assert shop.cancel_order(OPEN["id"], "key-1")["status"] == "cancelled"


def test_faults_leave_other_orders_alone(shop: Shop) -> None:
    """A fault that names an order hits that order only."""
    misbehave(shop, "*", "down", OPEN["id"])
    assert shop.get_order(GOOD["id"])["id"] == GOOD["id"]
    with pytest.raises(ConnectionError):
        shop.get_order(OPEN["id"])


def test_a_receipt_that_was_lost_is_told_when_asked_again(shop: Shop) -> None:
    """`down_after`: the effect happens, its receipt is lost; the same key brings the receipt and no second effect."""
    misbehave(shop, "send_reply", "down_after", "a@b.example")
    with pytest.raises(ConnectionError):
        shop.send_reply("a@b.example", "hello", "key-1")
    recover(shop)
    assert shop.send_reply("a@b.example", "hello", "key-1")["to"] == "a@b.example"
    assert letters(shop, "a@b.example") == ["hello"]


def test_a_slow_shop_is_slow(shop: Shop) -> None:
    """`slow:SECONDS` delays the operation, then it works."""
    misbehave(shop, "get_order", "slow:0.2")
    began = time.monotonic()
    shop.get_order(GOOD["id"])
    assert time.monotonic() - began >= 0.2


def test_the_warehouse_can_be_quicker(shop: Shop) -> None:
    """`overtaken`: refused as a conflict although the look-up said otherwise."""
    misbehave(shop, "cancel_order", "overtaken", OPEN["id"])
    with pytest.raises(Refusal) as refused:
        shop.cancel_order(OPEN["id"], "key-1")
    assert refused.value.code == "conflict"


def test_faults_can_be_switched_on_from_outside(shop: Shop) -> None:
    """Any SQLite client may make the shop misbehave, as `faults.py` documents."""
    db = sqlite3.connect(shop.path)
    db.execute("INSERT INTO faults VALUES ('get_order', ?, 'down')", (GOOD["id"],))
    db.commit()
    db.close()
    with pytest.raises(ConnectionError):
        shop.get_order(GOOD["id"])


def test_a_failed_effect_leaves_no_trace(shop: Shop) -> None:
    """What an effect did before it broke is undone with it."""

    def broken() -> None:
        with database.writing(shop.path) as db:
            db.execute("UPDATE orders SET status = 'cancelled' WHERE id = ?", (OPEN["id"],))
            db.execute("UPDATE orders SET status = 'no such status' WHERE id = ?", (GOOD["id"],))

    with pytest.raises(sqlite3.IntegrityError):
        broken()
    assert shop.get_order(OPEN["id"])["status"] == "packed"


def test_receipts_are_json(shop: Shop) -> None:
    """The log of effects can be read by anybody."""
    EFFECTS["issue_refund"][0](shop, "key-1")
    (logged,) = effects(shop, GOOD["id"])
    assert json.loads(json.dumps(logged))["args"]["amount_cents"] == 100
