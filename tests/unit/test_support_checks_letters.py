import pytest

from graph.briefs import ReviewBrief
from graph.values import Json
from shopkit import orders, quote, refund_call, request, result, review
from surefoot.domains.support import reading
from surefoot.domains.support.checks import (
    calls_concern_the_customer,
    letters_keep_to_the_house_style,
    numbers_come_from_facts,
    promises_are_kept,
)
from surefoot.domains.support.house import House, faults_of
from surefoot.domains.support.language import Language, language_of
from surefoot.domains.support.promising import Promise, promises
from surefoot.domains.support.wording import day, dollars, letter

GOOD, LATE, OPEN = orders("refundable", "late", "open")
DELIVERED = str(GOOD.order["delivered_on"])
PAID = dollars(GOOD.order["payment"]["amount_cents"])
HOME = "Elm Street 5, 04109 Leipzig, Germany"
ARTICLE = {
    "id": "H-1",
    "title": "Gift cards",
    "body": "A gift card is valid for 3 years. We will send a label on Monday.",
}


def about(
    text: str, calls: dict[str, Json] | None = None, message: str = "Please help me with the order."
) -> ReviewBrief:
    """A letter that keeps to the house style but for the text, about the order of `GOOD`."""
    brief = review(GOOD, letter(GOOD.customer["name"], text), calls)
    return brief.model_copy(update={"request": request(GOOD, message)})


def style(
    text: str, calls: dict[str, Json] | None = None, message: str = "Please help me with the order."
) -> list[str]:
    """What the house style has against a letter."""
    return [finding.message for finding in letters_keep_to_the_house_style(about(text, calls, message))]


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_days_are_read_in_every_language_that_they_are_written_in(language: Language) -> None:
    """A day of the facts is recognized as each language spells it, and another day is not."""
    assert reading.stated_by(day("2026-03-16", language)) == {"16 March 2026"}
    assert numbers_come_from_facts(about(f"({day(DELIVERED, language)})")) == []
    assert len(numbers_come_from_facts(about(f"({day('2026-01-01', language)})"))) == 1


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("36,50 $", "$36.50"), ("36,50 €", "€36.50"), ("1.234,50 $", "$1,234.50"), ("12.50 dollars", "$12.50"),
        ("16.03.2026", "16 March 2026"), ("30 Tage", "30 days"), ("30 días", "30 days"), ("30 jours", "30 days"),
        ("15%", "15%"), ("call +49 341 123456", "49341123456"), ("Leeds 99999", "99999"), ("RL-500001", "RL-500001"),
        ("see https://shop.example/x", "https://shop.example/x"), ("write to a@b.example.", "a@b.example"),
    ],
)  # fmt: skip
def test_what_a_letter_states_has_one_spelling(text: str, claim: str) -> None:
    """Amounts, days, spans, shares, contacts and long numbers are read in the forms that people use."""
    assert reading.stated_by(text) == {claim}


@pytest.mark.parametrize(
    "text", ["Call +49 341 123456.", "Write to help@elsewhere.example.", "You get 15% off.", "1 Rue X, 69003"]
)
def test_contacts_and_shares_need_a_fact_too(text: str) -> None:
    """A telephone number, an address or a discount that nobody gave does not leave the house."""
    assert len(numbers_come_from_facts(about(text))) == 1


def test_a_help_article_is_a_source() -> None:
    """What a letter takes from an article that it consulted is supported, and the article's words promise nothing."""
    brief = about(ARTICLE["body"])
    drafted = {"text": ARTICLE["body"], "articles": [ARTICLE]}
    with_article = brief.model_copy(
        update={"results": {**brief.results, "1/draft": result("1/draft", "draft_reply", drafted)}}
    )
    assert promises_are_kept(brief)
    assert promises_are_kept(with_article) == []
    claims = brief.model_copy(
        update={"calls": {"1/send_reply": {"to": GOOD.customer["email"], "text": "It costs $4.95."}}}
    )
    priced = {"text": "", "articles": [{**ARTICLE, "body": "Delivery costs $4.95."}]}
    priced_results = {**brief.results, "1/draft": result("1/draft", "draft_reply", priced)}
    assert numbers_come_from_facts(claims)
    assert numbers_come_from_facts(claims.model_copy(update={"results": priced_results})) == []


def test_a_new_address_is_a_source_where_it_is_set() -> None:
    """The letter may state the address that this delivery sets, and no other one."""
    call: Json = {"order_id": GOOD.order["id"], "address": HOME}
    assert numbers_come_from_facts(about(f"It goes to {HOME}.", {"change_address": call})) == []
    assert numbers_come_from_facts(about(f"It goes to {HOME}."))


DEEDS: list[tuple[Promise, str, str, Json]] = [
    ("address", "We have changed the address of your order.", "change_address", {"order_id": "x", "address": HOME}),
    (
        "address",
        "Wir haben die Adresse Ihrer Bestellung geändert.",
        "change_address",
        {"order_id": "x", "address": HOME},
    ),
    ("label", "We have sent you a return label.", "create_return_label", {"order_id": "x"}),
    ("label", "Le hemos enviado por correo una etiqueta.", "create_return_label", {"order_id": "x"}),
    ("erase", "We have erased your personal data.", "erase_customer", {"customer_id": "x"}),
    ("erase", "Nous avons effacé vos données.", "erase_customer", {"customer_id": "x"}),
    ("refund", "Wir haben Ihnen das Geld erstattet.", "issue_refund", refund_call(GOOD)),
    ("cancel", "Hemos cancelado su pedido.", "cancel_order", {"order_id": "x"}),
]


@pytest.mark.parametrize(("what", "text", "tool", "args"), DEEDS)
def test_every_deed_is_promised_only_where_it_is_done(what: Promise, text: str, tool: str, args: Json) -> None:
    """In each language, a letter that says it was done is held back unless it is part of the delivery."""
    assert promises(what, text)
    assert promises_are_kept(about(text))
    assert promises_are_kept(about(text, {tool: args})) == []


@pytest.mark.parametrize(
    "text", ["We will send you a replacement.", "You will get a voucher.", "We will call you tomorrow."]
)
def test_what_no_tool_can_do_is_never_promised(text: str) -> None:
    """Gifts, replacements and calls are no effect of the agent's."""
    assert promises_are_kept(about(text))


def test_a_promise_about_one_order_is_not_kept_by_another() -> None:
    """A cancellation of one order does not cover the words about another one."""
    text = f"We have cancelled your order {LATE.order['id']}."
    assert promises_are_kept(about(text, {"cancel_order": {"order_id": GOOD.order["id"]}}))
    assert promises_are_kept(about(text, {"cancel_order": {"order_id": LATE.order["id"]}})) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("PLEASE READ THIS CAREFULLY NOW.", "shouts"),
        ("Great news!!", "shouts"),
        ("Dear [Customer Name], thank you.", "placeholder"),
        ("Your order {order} is here.", "placeholder"),
        ("As an AI, I cannot say.", "must not say"),
        ("That was your own fault.", "must not say"),
        ("word " * 600, "characters"),
        ("Ihre Bestellung ist leider noch nicht da, und wir wissen nicht, wo sie ist.", "the letter is in de"),
    ],
)
def test_letters_keep_to_the_house_style(text: str, fault: str) -> None:
    """Length, tone, placeholders, forbidden sentences and language are checked by code."""
    (found,) = style(text)
    assert fault in found


def test_an_ordinary_letter_has_no_faults() -> None:
    """The house's own phrases pass, with names of articles and codes in capitals."""
    assert style(f"Your order {GOOD.order['id']} was delivered on {day(DELIVERED)}. Thank you for your patience!") == []


def test_a_letter_is_signed() -> None:
    """A letter without the house's signature does not leave."""
    assert any("signed" in fault for fault in faults_of("Hello, thank you for your message.", "en"))


def test_a_domain_can_set_a_style_of_its_own() -> None:
    """The style is data: another house has other limits."""
    short = House(most_chars=10, must_not=("hello",))
    assert len(list(faults_of(letter("Ann", "Hello again, we have your message."), "en", short))) == 2


def test_a_letter_about_a_refund_says_how_much_and_when() -> None:
    """What every such letter must mention is there, or it is a finding."""
    days = quote(GOOD)["payout_days"]
    whole = f"We have refunded {PAID} for your order {GOOD.order['id']}. It reaches you within {days} days."
    assert style(whole, {"issue_refund": refund_call(GOOD)}) == []
    (missing,) = style(
        f"We have refunded {PAID} for your order {GOOD.order['id']}.", {"issue_refund": refund_call(GOOD)}
    )
    assert "payout_days" in missing


def test_nobody_else_is_erased() -> None:
    """An erasure is for the customer who wrote."""
    assert calls_concern_the_customer(about("Hello", {"erase_customer": {"customer_id": LATE.customer["id"]}}))
    assert calls_concern_the_customer(about("Hello", {"erase_customer": {"customer_id": GOOD.customer["id"]}})) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is the parcel that I have been waiting for?", "en"),
        ("Wo ist das Paket, auf das ich warte?", "de"),
        ("¿Dónde está el paquete que estoy esperando?", "es"),
        ("Où est le colis que j'attends ?", "fr"),
        ("Dove è il pacco che sono ad aspettare da giorni? Grazie.", None),
        ("Где моя посылка? Я жду уже неделю.", None),
        ("SF-10001???", "en"),
    ],
)
def test_the_language_of_a_text_is_told_by_its_common_words(text: str, language: Language | None) -> None:
    """Ours are told apart, others are known to be others, and where nothing tells it is English."""
    assert language_of(text) == language
