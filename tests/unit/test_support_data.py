"""The shop's committed data: whole, consistent, and large enough to choose from."""

import random
from collections import Counter
from datetime import date
from itertools import combinations, pairwise

import pytest

from surefoot.domains.support.data import make
from surefoot.domains.support.draw import everything
from surefoot.domains.support.shop import Refusal, Shop, open_shop
from surefoot.domains.support.shop.database import connect, rows, terms
from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.shop.rehearsal import effects, misbehave

CUSTOMERS, ORDERS, PAYMENTS, PARCELS = (rows(name) for name in ("customers", "orders", "payments", "shipments"))
ARTICLES = rows("articles")

FOUND = {
    "How long is a gift card valid?": "Using a gift card and how long it is valid",
    "what does it cost to ship to another country": "Shipping to other countries",
    "I have forgotten my password": "You have forgotten your password",
    "the warranty on a lamp": "Warranty",
    "can I wash my wool blanket": "Washing and caring for wool",
    "which size of slippers do I need": "Which size of slippers fits",
    "please erase my personal data": "Having your personal data erased",
    "Do you offer cash on delivery?": "Ways to pay",
    "is express possible": "Express delivery",
    "can you send me a label so that I can send a parcel back": "How to send a parcel back with our label",
    "unsubscribing from your newsletter": "Newsletter: subscribe and unsubscribe",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """One shop for all; what changes anything has an order of its own."""
    return open_shop(tmp_path_factory.mktemp("shop") / "shop.db")


def one_apart(one: str, other: str) -> bool:
    """Whether two addresses differ by one missing letter."""
    long, short = sorted((one, other), key=len, reverse=True)
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def test_there_is_enough_to_choose_from() -> None:
    """At least 200 customers with 600 orders between them, and 40 articles."""
    assert len(CUSTOMERS) >= 200
    assert len(ORDERS) >= 600
    assert len(ARTICLES) == 40


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (CUSTOMERS, "id"), (CUSTOMERS, "email"), (ORDERS, "id"), (PAYMENTS, "id"), (PAYMENTS, "order_id"),
        (PARCELS, "order_id"), (PARCELS, "tracking_number"), (ARTICLES, "id"), (ARTICLES, "title"),
    ],
)  # fmt: skip
def test_what_names_a_row_is_unique(table: list[Row], name: str) -> None:
    """No two rows have one id, address, number or title."""
    assert [value for value, count in Counter(row[name] for row in table).items() if count > 1] == []


def test_some_customers_are_easily_mixed_up() -> None:
    """A few people have one name, and one e-mail address is nearly another's."""
    names = Counter(customer["name"] for customer in CUSTOMERS)
    assert sum(count > 1 for count in names.values()) >= 3
    pairs = combinations([customer["email"] for customer in CUSTOMERS], 2)
    assert ("elena.petrova@mail.example", "elena.petrov@mail.example") in {pair for pair in pairs if one_apart(*pair)}


def test_every_order_is_paid_as_its_items_say() -> None:
    """One payment an order, of what the items cost; what was cancelled was paid back in full."""
    paid = {payment["order_id"]: payment for payment in PAYMENTS}
    assert paid.keys() == {order["id"] for order in ORDERS}
    for order in ORDERS:
        payment = paid[order["id"]]
        assert payment["amount_cents"] == sum(item["quantity"] * item["price_cents"] for item in order["items"]) > 0
        assert payment["refunded_cents"] in {0, payment["amount_cents"]}
        assert order["status"] != "cancelled" or payment["refunded_cents"] == payment["amount_cents"]


def test_every_parcel_tells_the_story_of_its_order() -> None:
    """What was shipped has a parcel, what was not has none; events are in order and end at the door if delivered."""
    parcels = {parcel["order_id"]: parcel for parcel in PARCELS}
    shipped = {order["id"] for order in ORDERS if order["status"] in {"shipped", "delivered"}}
    assert parcels.keys() == shipped
    for order in ORDERS:
        days = [event["on"] for event in parcels.get(order["id"], {"events": []})["events"]]
        assert all(before < after for before, after in pairwise([order["placed_on"], *days]))
        assert max([order["placed_on"], *days]) <= terms()["today"]
        assert order["delivered_on"] == (days[-1] if order["status"] == "delivered" else None)


def test_every_order_belongs_to_somebody_who_lives_somewhere(shop: Shop) -> None:
    """Each customer has an address, and every order is on its way to one."""
    homes = {row["customer_id"]: row["address"] for row in rows("addresses")}
    assert homes.keys() == {customer["id"] for customer in CUSTOMERS} >= {order["customer_id"] for order in ORDERS}
    assert all(any(sign.isdigit() for sign in home) and home.count(",") >= 2 for home in homes.values())
    with connect(shop.path) as db:
        going = {row["id"]: row["address"] for row in db.execute("SELECT o.id, address FROM orders o JOIN addresses a "
                                                                 "ON a.order_id = o.id")}  # fmt: skip
    assert going == {order["id"]: homes[order["customer_id"]] for order in ORDERS}


def test_addresses_are_what_the_generator_makes() -> None:
    """They can be made again from their script, like the other data."""
    assert rows("addresses") == make.addresses()
    assert date.fromisoformat(terms()["today"]) == make.TODAY


def test_one_seed_makes_one_shop() -> None:
    """Two runs of the generator agree, another seed does not."""
    first, again, other = (list(make.sales(random.Random(seed))) for seed in (1, 1, 2))  # noqa: S311 repeatable
    assert first == again != other


def test_every_situation_has_orders_of_many_customers() -> None:
    """Each thing that can be true of an order is true of some, also where it is the customer's only one."""
    assert min(Counter(drawn.situation for drawn in everything()).values()) >= 30
    sole = Counter(drawn.situation for drawn in everything() if drawn.sole)
    assert sole.keys() == {drawn.situation for drawn in everything()}


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article["id"])
def test_an_article_can_be_read_in_a_minute(article: Row) -> None:
    """60 to 150 words, and a title that is no sentence."""
    assert 60 <= len(article["body"].split()) <= 150
    assert not article["title"].endswith(".")


def test_articles_agree_with_the_terms() -> None:
    """Windows, fees and days that articles name are the ones that the shop applies."""
    text = {article["title"]: article["body"] for article in ARTICLES}
    known = terms()
    fee = f"${known['return_shipping_cents'] / 100:.2f}"
    assert f"within {known['return_window_days']} days" in text["Returning something that you do not want to keep"]
    assert fee in text["Returning something that you do not want to keep"]
    assert f"up to {known['damaged_window_days']} days" in text["Something arrived broken or damaged"]
    assert f"more than {known['lost_after_days']} days" in text["A parcel that does not arrive"]
    assert f"up to {known['payout_days']} days" in text["When and how refunds are paid"]


@pytest.mark.parametrize("question", FOUND)
def test_a_customers_question_finds_its_article(shop: Shop, question: str) -> None:
    """The article that answers is the first or the second one found."""
    assert FOUND[question] in [hit["title"] for hit in shop.search_articles(question, 2)]


def test_a_search_gives_as_many_articles_as_were_asked_for(shop: Shop) -> None:
    """Best first, each with a part of its body."""
    hits = shop.search_articles("delivery of my order", 5)
    assert len(hits) == 5
    assert shop.search_articles("delivery of my order", 2) == hits[:2]
    for hit in hits:
        assert hit["excerpt"].split(" ... ")[0][:40] in shop.get_article(hit["id"])["body"]


@pytest.mark.parametrize("query", ['gift AND "card', "NEAR(gift card)", "title:gift* -card", "gift; DROP TABLE x --"])
def test_a_query_is_words_and_no_program(shop: Shop, query: str) -> None:
    """Operators of the search engine that stand in a letter are searched like any word."""
    assert any("gift card" in hit["title"] for hit in shop.search_articles(query, 5))


@pytest.mark.parametrize("query", ["", "?!", "   ", "xyzzy"])
def test_a_query_that_matches_nothing_finds_nothing(shop: Shop, query: str) -> None:
    """No words, or none that any article has."""
    assert shop.search_articles(query, 5) == []


def test_an_article_that_does_not_exist_is_refused(shop: Shop) -> None:
    """The shop says not found."""
    with pytest.raises(Refusal) as refused:
        shop.get_article("H-99")
    assert refused.value.code == "not_found"


def test_a_receipt_can_be_lost_once(shop: Shop) -> None:
    """The call that makes the effect breaks; the same call made again is given the receipt, and nothing twice."""
    order = ORDERS[0]["id"]
    misbehave(shop, "add_note", "lost_receipt", order)
    with pytest.raises(ConnectionError):
        shop.add_note(order, "hello", "key-1")
    assert shop.add_note(order, "hello", "key-1")["order_id"] == order
    assert len(effects(shop, order)) == 1


def test_a_shop_can_answer_nonsense(shop: Shop) -> None:
    """Neither a refusal nor an outage, and nothing happens."""
    order = ORDERS[1]["id"]
    misbehave(shop, "add_note", "broken", order)
    with pytest.raises(ValueError, match="empty page"):
        shop.add_note(order, "hello", "key-1")
    assert effects(shop, order) == []
