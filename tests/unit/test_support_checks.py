import hashlib

import pytest

from graph.briefs import ReviewBrief
from graph.escalation import Answer, Answered, Question
from graph.toolcall import EffectDone
from graph.values import Json
from shopkit import facts, orders, quote, refund_call, result, review
from surefoot.domains.support.checks import (
    calls_concern_the_customer,
    numbers_come_from_facts,
    promises_are_kept,
    receipts_match,
)
from surefoot.domains.support.promising import Promise, promises
from surefoot.domains.support.wording import day, dollars, holding_letter

GOOD, LATE, SENT, OPEN = orders("refundable", "late", "in_transit", "open")
PAID = dollars(GOOD.order["payment"]["amount_cents"])
DELIVERED = day(GOOD.order["delivered_on"])
TRACKING = GOOD.shipment["tracking_number"] if GOOD.shipment else ""

TRUE_LETTERS = {
    "amount": f"You paid {PAID}.",
    "date": f"It was delivered on {DELIVERED}.",
    "date without its year": f"It was delivered on {DELIVERED.rsplit(' ', 1)[0]}.",
    "ISO date": f"It was delivered on {GOOD.order['delivered_on']}.",
    "order": f"Your order {GOOD.order['id']} has arrived.",
    "tracking number": f"The parcel was {TRACKING}.",
    "window": f"You can return things within {quote(GOOD)['window_days']} days.",
    "no numbers": "Thank you for your kind words.",
}

FALSE_LETTERS = {
    "amount": "You paid $1.23.",
    "amount in words of money": "You paid 1.23 dollars.",
    "amount without a currency": "You paid 1.23 for it.",
    "amount in another currency": f"You paid {PAID.replace('$', '€')}.",
    "amount with a thousands separator": "You paid $1,230.",
    "date": "It was delivered on 1 January 2026.",
    "American date": "It was delivered on January 1st, 2026.",
    "impossible date": "It was delivered on 31 February 2026.",
    "date without its year": "It was delivered on 1 Jan.",
    "ISO date": "It was delivered on 2026-01-01.",
    "order": "Your order SF-99999 has arrived.",
    "another customer's order": f"Your order {LATE.order['id']} has arrived.",
    "tracking number": "The parcel was NW000000000.",
    "window": "You can return things within 365 days.",
    "business days": "You will have the money in 2 business days.",
}

PROMISES: list[tuple[Promise, str]] = [
    ("refund", f"We have refunded {PAID}."),
    ("refund", "Your refund has been issued."),
    ("refund", "We are refunding you today."),
    ("refund", "You will be fully refunded."),
    ("refund", "We'll refund you."),
    ("refund", "We have processed your refund."),
    ("refund", f"The refund of {PAID} is on its way."),
    ("refund", f"We have refunded {PAID}, not $4.00."),
    ("refund", "We are not happy about this, but we have refunded you."),
    ("refund", "We refunded the mug, and the rest will be refunded at once."),
    ("refund", "We already refunded the mug."),
    ("cancel", "Today we cancelled it."),
    ("refund", "Your refund will reach you by 1 May 2026."),
    ("cancel", "We have cancelled your order."),
    ("cancel", "Your order is now canceled."),
    ("cancel", "The cancellation has been confirmed."),
]

NO_PROMISES: list[tuple[Promise, str]] = [
    ("refund", "We cannot refund your order."),
    ("refund", "We have received your request for a refund."),
    ("refund", "If it arrives broken, we will refund you."),
    ("refund", "We are sorry that we won\u2019t refund this."),
    ("refund", "It has not been refunded."),
    ("refund", "A refund may be made."),
    ("cancel", "We were unable to cancel the order."),
    ("cancel", "Would you like us to have it cancelled?"),
    ("cancel", "Your order is on its way."),
]


def messages(brief: ReviewBrief) -> list[str]:
    """What the check of numbers finds."""
    return [finding.message for finding in numbers_come_from_facts(brief)]


@pytest.mark.parametrize("kind", TRUE_LETTERS)
def test_what_the_facts_say_may_be_written(kind: str) -> None:
    """Numbers from the facts pass, however they are spelled."""
    assert messages(review(GOOD, TRUE_LETTERS[kind])) == []


@pytest.mark.parametrize("kind", FALSE_LETTERS)
def test_what_no_fact_supports_is_found(kind: str) -> None:
    """A wrong amount, date, number of days, order or tracking number is found, once."""
    assert len(messages(review(GOOD, FALSE_LETTERS[kind]))) == 1


def test_facts_about_others_support_nothing() -> None:
    """Another customer's facts are no source for a letter, and looking at them is a finding of its own."""
    brief = review(GOOD, f"Your order {LATE.order['id']} has arrived.")
    leaked = brief.model_copy(
        update={"results": {**brief.results, "1/more": result("1/more", "find_facts", facts(LATE))}}
    )
    assert messages(leaked)
    assert calls_concern_the_customer(leaked)


@pytest.mark.parametrize(("what", "text"), PROMISES)
def test_a_promise_needs_its_effect(what: Promise, text: str) -> None:
    """A letter that says something was done is held back unless it is being done."""
    assert promises(what, text)
    tool, args = ("issue_refund", refund_call(GOOD)) if what == "refund" else ("cancel_order", {"order_id": "x"})
    brief = review(GOOD, text)
    done = EffectDone(tool=tool, key="k", args=args)
    assert promises_are_kept(brief)
    assert promises_are_kept(review(GOOD, text, {tool: args})) == []
    assert promises_are_kept(brief.model_copy(update={"effects": (done,)})) == []


@pytest.mark.parametrize("amount", ["$1.00", "$1,230.00", "€5"])
def test_a_promise_names_the_amount_that_is_paid(amount: str) -> None:
    """A refund that is on its way does not cover a promise of another amount."""
    brief = review(GOOD, f"The refund of {amount} is on its way.", {"issue_refund": refund_call(GOOD)})
    assert len(promises_are_kept(brief)) == 1


@pytest.mark.parametrize(("what", "text"), NO_PROMISES)
def test_what_is_denied_or_supposed_is_no_promise(what: Promise, text: str) -> None:
    """Refusals, conditions and questions are not taken for promises."""
    assert not promises(what, text)


def test_a_persons_own_words_are_not_checked() -> None:
    """What a colleague dictates is theirs to answer for."""
    note = "We will refund $77.00 by 1 May 2026."
    brief = review(GOOD, f"Hello,\n\n{note}\n\nBye")
    question = Question(kind="task_needs_human", asked_by="executing", message="?")
    told = Answered(
        question=question, answer=Answer(escalation_id="e", option="answer", note=note), leads_to="planning"
    )
    assert messages(brief)
    assert promises_are_kept(brief)
    dictated = brief.model_copy(update={"answers": (told,)})
    assert messages(dictated) == []
    assert promises_are_kept(dictated) == []


def test_the_holding_letter_passes() -> None:
    """The simplified answer states only what was looked up."""
    brief = review(SENT, "")
    letter = review(SENT, holding_letter(brief.results))
    checks = (numbers_come_from_facts, promises_are_kept, calls_concern_the_customer)
    assert [finding for check in checks for finding in check(letter)] == []


STRAYS: dict[str, dict[str, Json]] = {
    "a letter to somebody else": {"send_reply": {"to": LATE.customer["email"], "text": "Hello"}},
    "a refund of another's order": {"issue_refund": refund_call(LATE)},
    "a note on another's order": {"add_note": {"order_id": LATE.order["id"], "text": "hm"}},
    "a cancellation of another's order": {"cancel_order": {"order_id": OPEN.order["id"]}},
}


@pytest.mark.parametrize("kind", STRAYS)
def test_calls_concern_nobody_but_the_writer(kind: str) -> None:
    """Whatever a plan proposes is about the customer who wrote."""
    assert len(calls_concern_the_customer(review(GOOD, "Hello", STRAYS[kind]))) == 1
    assert calls_concern_the_customer(review(GOOD, "Hello", {"issue_refund": refund_call(GOOD)})) == []


def delivered(**receipts: Json) -> ReviewBrief:
    """A delivery of a letter and a refund, with the receipts given."""
    brief = review(GOOD, "Hello", {"issue_refund": refund_call(GOOD)}, stage="deliver")
    got = {f"1/{tool}": result(f"1/{tool}", tool, receipt) for tool, receipt in receipts.items()}
    return brief.model_copy(update={"results": {**brief.results, **got}})


LETTER_RECEIPT: Json = {
    "message_id": 1, "to": GOOD.customer["email"], "sha256": hashlib.sha256(b"Hello").hexdigest(),
}  # fmt: skip
REFUND_RECEIPT: Json = {name: refund_call(GOOD)[name] for name in ("order_id", "payment_id", "amount_cents")}


def test_receipts_that_say_what_was_meant_pass() -> None:
    """A delivery is over when every receipt matches."""
    assert receipts_match(delivered(send_reply=LETTER_RECEIPT, issue_refund=REFUND_RECEIPT)) == []


@pytest.mark.parametrize(
    ("receipts", "said"),
    [
        ({"issue_refund": REFUND_RECEIPT}, "send_reply: there is no receipt"),
        ({"send_reply": LETTER_RECEIPT, "issue_refund": {**REFUND_RECEIPT, "amount_cents": 1}}, "amount_cents 1"),
        ({"send_reply": {**LETTER_RECEIPT, "sha256": "0"}, "issue_refund": REFUND_RECEIPT}, "another text"),
        ({"send_reply": {**LETTER_RECEIPT, "to": "x@y.example"}, "issue_refund": REFUND_RECEIPT}, "to x@y.example"),
    ],
)
def test_receipts_that_differ_are_found(receipts: dict[str, Json], said: str) -> None:
    """A missing receipt, another amount, another text or another address each is a finding."""
    (finding,) = receipts_match(delivered(**receipts))
    assert said in finding.message
