from pathlib import Path

import pytest

from graph.domain import Domain
from graph.errors import ToolFailed
from shopkit import orders
from surefoot.domains.support import domain
from surefoot.domains.support.deliveries import AddressChanged, ChangeAddress, EraseCustomer, ReturnLabel
from surefoot.domains.support.schemas import ArticleList, OrderRef, SearchArticles

GOOD, LATE, OPEN = orders("refundable", "late", "open")
NEW_TOOLS = ("search_articles", "change_address", "create_return_label", "erase_customer")
HOME = "Elm Street 5, 04109 Leipzig, Germany"


@pytest.fixture
def support(tmp_path: Path) -> Domain:
    """The domain over a fresh shop."""
    return domain(tmp_path)


def test_every_effect_names_what_makes_it_one(support: Domain) -> None:
    """Each effect has an identity and a backend that honours keys, and nobody may do it without policy's word."""
    for tool in support.tools:
        if tool.effect != "read":
            assert tool.identity is not None, tool.name
            assert tool.honours_keys, tool.name
            assert support.gate(tool) in {"free", "reviewed", "person"}, tool.name
    assert {tool.name for tool in support.tools} >= set(NEW_TOOLS)


def test_no_effect_is_free(support: Domain) -> None:
    """Every effect is judged on the exact call; erasing asks a person."""
    gates = {tool.name: support.gate(tool) for tool in support.tools if tool.effect != "read"}
    assert {name: gate for name, gate in gates.items() if gate != "reviewed"} == {"erase_customer": "person"}


def test_an_order_goes_to_one_new_address_a_run(support: Domain) -> None:
    """The order is the effect's identity: another address for it in the same run is a conflict, not a second change."""
    tool = support.tool("change_address")
    assert tool is not None
    assert tool.identity is not None
    assert tool.identity.fields == ("order_id",)


def test_articles_come_whole(support: Domain) -> None:
    """A search gives the best articles with their full text, so that letters can be checked against it."""
    tool = support.tool("search_articles")
    assert tool is not None
    found = ArticleList.model_validate(tool.call(SearchArticles(query="how long is a gift card valid", limit=1)))
    (article,) = found.articles
    assert "gift card" in article.title.lower()
    assert len(article.body.split()) >= 60


def test_receipts_have_their_shape(support: Domain) -> None:
    """Each new effect gives the receipt that its tool declares."""
    change, label = support.tool("change_address"), support.tool("create_return_label")
    assert change is not None
    assert label is not None
    changed = change.call(ChangeAddress(order_id=OPEN.order["id"], address=HOME), "key-1")
    assert changed == AddressChanged(order_id=OPEN.order["id"], address=HOME)
    made = label.call(OrderRef(order_id=GOOD.order["id"]), "key-2")
    assert isinstance(made, ReturnLabel)
    assert made.label.startswith("RL-")


def test_the_shops_no_is_told_with_its_code(support: Domain) -> None:
    """A refusal is an error that a model can act on, never a crash."""
    label, erase = support.tool("create_return_label"), support.tool("erase_customer")
    assert label is not None
    assert erase is not None
    with pytest.raises(ToolFailed) as late:
        label.call(OrderRef(order_id=LATE.order["id"]), "key-1")
    assert late.value.error.code == "denied"
    with pytest.raises(ToolFailed) as waiting:
        erase.call(EraseCustomer(customer_id=OPEN.customer["id"]), "key-2")
    assert waiting.value.error.code == "conflict"
    assert "still to arrive" in waiting.value.error.message
