"""One contract for the shop in a file and for the shop over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes import NOON
from shopkit import orders
from shopweb import Hosted, hosted, shops
from surefoot.domains.support.draw import everything
from surefoot.domains.support.shop import Refusal, Shop, open_shop
from surefoot.domains.support.shop.port import ShopPort
from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.shop.rehearsal import effects, misbehave, recover
from surefoot.domains.support.web.client import HttpShop
from tools.faults import Fault, fault_of

OPEN, GOOD, SENT, LATE = orders("open", "refundable", "in_transit", "late")
DONE = next(drawn for drawn in everything() if drawn.sole and drawn.situation == "late")
ORDER, PAYMENT = GOOD.order["id"], GOOD.order["payment"]["id"]

Call = Callable[[ShopPort], object]
Act = Callable[[ShopPort, str], Row]

READS: dict[str, Call] = {
    "find_customer": lambda shop: shop.find_customer(GOOD.customer["email"].upper()),
    "list_orders": lambda shop: shop.list_orders(GOOD.customer["id"]),
    "get_order": lambda shop: shop.get_order(ORDER),
    "track_shipment": lambda shop: shop.track_shipment(SENT.order["id"]),
    "quote_refund": lambda shop: shop.quote_refund(ORDER, "changed_mind"),
    "search_articles": lambda shop: shop.search_articles("refund & damaged? #1 50%", 3),
    "get_article": lambda shop: shop.get_article(shop.search_articles("refund", 1)[0]["id"]),
}

EFFECTS: dict[str, tuple[Act, Act]] = {
    "cancel_order": (
        lambda shop, key: shop.cancel_order(OPEN.order["id"], key),
        lambda shop, key: shop.cancel_order(SENT.order["id"], key),
    ),
    "add_note": (
        lambda shop, key: shop.add_note(ORDER, 'zwölf € 🙂\n"x"', key),
        lambda shop, key: shop.add_note(ORDER, "other words", key),
    ),
    "issue_refund": (
        lambda shop, key: shop.issue_refund(ORDER, PAYMENT, 100, "damaged", key),
        lambda shop, key: shop.issue_refund(ORDER, PAYMENT, 101, "damaged", key),
    ),
    "change_address": (
        lambda shop, key: shop.change_address(OPEN.order["id"], "Hauptstraße 1, 10115 Berlin", key),
        lambda shop, key: shop.change_address(OPEN.order["id"], "Hauptstraße 2, 10115 Berlin", key),
    ),
    "create_return_label": (
        lambda shop, key: shop.create_return_label(ORDER, key),
        lambda shop, key: shop.create_return_label(SENT.order["id"], key),
    ),
    "erase_customer": (
        lambda shop, key: shop.erase_customer(DONE.customer["id"], key),
        lambda shop, key: shop.erase_customer(OPEN.customer["id"], key),
    ),
    "send_reply": (
        lambda shop, key: shop.send_reply("a@b.example", "hello", key),
        lambda shop, key: shop.send_reply("a@b.example", "other words", key),
    ),
}
"""Each effect, and one that differs from it in its body or its order."""

REFUSALS: dict[str, tuple[str, Call]] = {
    "no customer": ("not_found", lambda shop: shop.find_customer("nobody@b.example")),
    "no order": ("not_found", lambda shop: shop.get_order("SF-99999")),
    "an id that is a path": ("not_found", lambda shop: shop.get_order(f"{ORDER} ?x=%2e#y")),
    "no parcel": ("not_found", lambda shop: shop.track_shipment(OPEN.order["id"])),
    "no article": ("not_found", lambda shop: shop.get_article("none")),
    "too late to cancel": ("conflict", lambda shop: shop.cancel_order(SENT.order["id"], "k")),
    "another's payment": ("conflict", lambda shop: shop.issue_refund(ORDER, "PAY-1", 100, "damaged", "k")),
    "too much": ("denied", lambda shop: shop.issue_refund(ORDER, PAYMENT, 10**9, "damaged", "k")),
    "nothing": ("denied", lambda shop: shop.issue_refund(ORDER, PAYMENT, 0, "damaged", "k")),
    "the window is over": ("denied", lambda shop: shop.create_return_label(LATE.order["id"], "k")),
}


@dataclass(frozen=True)
class Two:
    """A shop as tools see it, and the file behind it."""

    port: ShopPort
    file: Shop


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Shop]]:
    """Makes shops."""
    with shops(tmp_path_factory.mktemp("shops")) as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """The real server; each test gives it a shop."""
    with hosted(open_shop(tmp_path_factory.mktemp("served") / "shop.db")) as running:
        yield running


@pytest.fixture(params=["local", "http"])
def shop(request: pytest.FixtureRequest, fresh: Callable[[Path], Shop], tmp_path: Path) -> Two:
    """A fresh shop, in a file or behind the server."""
    file = fresh(tmp_path)
    if request.param == "local":
        return Two(file, file)
    server: Hosted = request.getfixturevalue("server")
    server.serve(file)
    return Two(HttpShop(server.url), file)


def fault(shop: ShopPort, call: Call) -> Fault:
    """How the tool pipeline understands what the shop raises."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 whatever it is, its meaning is compared
        call(shop)
    return fault_of(raised.value, "tool", NOON)


@pytest.mark.parametrize("name", READS)
def test_a_read_answers_the_same(shop: Two, name: str) -> None:
    """Rows come over the network as they are in the file."""
    assert READS[name](shop.port) == READS[name](shop.file)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_key_is_honoured(shop: Two, name: str) -> None:
    """The same call with the same key happens once, and is answered with the first one's receipt."""
    act, _ = EFFECTS[name]
    receipt = act(shop.port, "key-1")
    assert act(shop.port, "key-1") == receipt
    assert [(effect["operation"], effect["receipt"]) for effect in effects(shop.file)] == [(name, receipt)]


@pytest.mark.parametrize("name", EFFECTS)
def test_a_key_names_one_call(shop: Two, name: str) -> None:
    """The same key with another call is a conflict, and only the first has happened."""
    act, other = EFFECTS[name]
    act(shop.port, "key-1")
    with pytest.raises(Refusal, match="another call") as refused:
        other(shop.port, "key-1")
    assert refused.value.code == "conflict"
    assert len(effects(shop.file)) == 1


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_keeps_its_code_and_words(shop: Two, name: str) -> None:
    """The shop's no is the same no with the same words and the same hint, and nothing has happened."""
    code, call = REFUSALS[name]
    with pytest.raises(Refusal) as here:
        call(shop.port)
    with pytest.raises(Refusal) as there:
        call(shop.file)
    assert here.value.code == code
    assert (here.value.code, here.value.message, here.value.hint) == (
        there.value.code, there.value.message, there.value.hint,
    )  # fmt: skip
    assert effects(shop.file) == []


def test_a_shop_that_is_down(shop: Two) -> None:
    """An outage is worth another try, promises nothing, and is over when it is over."""
    misbehave(shop.file, "add_note", "down", ORDER)
    found = fault(shop.port, lambda port: port.add_note(ORDER, "hello", "key-1"))
    assert (found.error.code, found.again, found.certain, found.ill) == ("unavailable", True, False, True)
    recover(shop.file)
    assert shop.port.add_note(ORDER, "hello", "key-1")["order_id"] == ORDER


def test_a_receipt_that_is_lost(shop: Two) -> None:
    """The effect happens, its receipt is lost: nobody may be sure, and the same key brings the receipt."""
    misbehave(shop.file, "issue_refund", "lost_receipt", ORDER)
    act, _ = EFFECTS["issue_refund"]
    found = fault(shop.port, lambda port: act(port, "key-1"))
    assert (found.error.code, found.again, found.certain) == ("unavailable", True, False)
    assert act(shop.port, "key-1")["amount_cents"] == 100
    assert len(effects(shop.file)) == 1


def test_a_shop_that_answers_nonsense(shop: Two) -> None:
    """What cannot be read is neither a refusal nor an outage: nobody tries again, nobody is sure."""
    misbehave(shop.file, "get_order", "broken", ORDER)
    found = fault(shop.port, lambda port: port.get_order(ORDER))
    assert found.error.code in {"internal", "invalid_output"}  # a defect in our own process, garbage from another
    assert (found.again, found.certain, found.ill) == (False, False, True)


def test_a_warehouse_that_was_quicker(shop: Two) -> None:
    """A refusal that contradicts an earlier look-up is a conflict."""
    misbehave(shop.file, "cancel_order", "overtaken", OPEN.order["id"])
    with pytest.raises(Refusal, match="a moment ago") as refused:
        shop.port.cancel_order(OPEN.order["id"], "key-1")
    assert refused.value.code == "conflict"
