"""Mutations: the tickets in other words and about other people, with expectations that follow."""

import json
import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.domains.support.cases import Case, Mutation, load_cases, mutations
from surefoot.domains.support.draw import about
from surefoot.domains.support.mutations.asks import ASKS, NEW_ADDRESSES
from surefoot.domains.support.mutations.mangle import reordered, with_typos
from surefoot.domains.support.mutations.templates import GROUPS, Template, templates
from surefoot.domains.support.schemas import ORDER_ID, SupportRequest

ORIGINS = {case.id: case for case in load_cases()}
MADE = [case for case in mutations() if isinstance(case, Mutation)]
ALL = [template for group in GROUPS for template in templates(group)]
BY_ID = {template.id: template for template in ALL}

FACT = re.compile(rf"{ORDER_ID}|NW\d+|\$\d[\d,]*\.\d{{2}}")
"""What an expectation may say of an order: its number, its tracking number, an amount."""


INTENTS = sorted({case.intent for case in MADE})


def of(intent: str) -> list[Mutation]:
    """The mutations of an intent; each has some."""
    found = [case for case in MADE if case.intent == intent]
    assert found
    return found


def facts(case: Case) -> set[str]:
    """Everything that is true of the orders that a case is about."""
    return {word for order_id in case.own for word in about(order_id).words()}


def plain(text: str) -> str:
    """A text's words alone."""
    return " ".join(re.findall(r"[\w{}]+", text.lower()))


def test_there_are_three_hundred() -> None:
    """As many as asked for, each with an id of its own, in both groups."""
    assert len(MADE) == len(mutations()) == 300
    assert len({case.id for case in MADE}) == 300
    groups = Counter(case.group for case in MADE)
    assert 80 <= groups["held_out"] <= 120
    assert len(mutations(count=7)) == 7


def test_one_seed_draws_the_same() -> None:
    """Twice the same cases, and others from another seed."""
    assert mutations(3, 60) == mutations(3, 60)
    assert mutations(3, 60) != mutations(4, 60)
    assert mutations(3, 60) == mutations(3, 90)[:60]


@pytest.mark.parametrize("seed", range(8))
def test_any_seed_finds_somebody_for_every_ticket(seed: int) -> None:
    """However many are drawn, nobody runs out of customers."""
    assert len(mutations(seed, 500)) == 500


@pytest.mark.parametrize("intent", INTENTS)
def test_a_mutation_is_its_origins_situation_elsewhere(intent: str) -> None:
    """What is true of the origin's orders is true of these, they are the writer's, and the request is a valid one."""
    for case in of(intent):
        origin = ORIGINS[case.origin]
        assert (case.situation, case.also, len(case.own)) == (origin.situation, origin.also, len(origin.own))
        SupportRequest.model_validate(case.request)
        for order_id, situation in zip(case.own, (case.situation, *case.also), strict=bool(case.own)):
            assert about(order_id).situation == situation
            assert about(order_id).customer["email"] == case.request["customer_email"]
            assert about(order_id).sole or not case.sole
        assert {fault.subject for fault in case.faults} <= {*case.own, case.request["customer_email"]}


@pytest.mark.parametrize("intent", INTENTS)
def test_what_is_expected_follows_from_the_draw(intent: str) -> None:
    """Amounts, numbers and addresses of the expectation are those of the drawn order and of the new message."""
    for case in of(intent):
        expect, origin = case.expect, ORIGINS[case.origin].expect
        assert (expect.status, expect.cause, expect.waiting_kind) == (origin.status, origin.cause, origin.waiting_kind)
        assert len(expect.reply_contains) == len(origin.reply_contains)
        told = FACT.findall(json.dumps([expect.reply_contains, expect.args_contain]))
        assert set(told) <= facts(case) | {"$14.90"}
        named = {text for texts in expect.args_contain.values() for text in texts}
        for text in named - facts(case):
            assert text in case.request["message"]


@pytest.mark.parametrize("intent", INTENTS)
def test_no_number_is_mistyped(intent: str) -> None:
    """Every order number and address in the message is whole, and no slot was left empty."""
    for case in of(intent):
        message = case.request["message"]
        assert set(re.findall(r"SF-\d*", message)) <= {*case.own, *case.strangers}
        known = {about(order_id).customer["email"] for order_id in (*case.own, *case.strangers)}
        assert set(re.findall(r"\S+@[\w.]+\w", message.replace("(", " "))) <= known
        assert re.search(r"\{\w+\}", message) is None


def test_a_quoted_thread_stays_under_the_new_words() -> None:
    """A ticket with a thread keeps it, with the drawn customer's name in it."""
    threads = [case for case in MADE if case.origin.startswith("thread_")]
    assert threads
    for case in threads:
        assert len(case.request["message"]) > 3_000
        assert about(case.own[0]).customer["name"] in case.request["message"]


def test_a_third_of_the_templates_is_held_out() -> None:
    """Of every ask, and so of every intent; each intent has at least twelve."""
    held, everyone = (Counter(template.ask for template in some) for some in (templates("held_out"), ALL))
    assert held == {ask: count // 3 for ask, count in everyone.items()}
    assert min(Counter(template.intent for template in ALL).values()) >= 12
    assert {template.intent for template in ALL} <= {case.intent for case in ORIGINS.values()}


def test_no_held_out_template_is_an_open_one() -> None:
    """Not even with other punctuation; and no text stands twice."""
    assert len({template.id for template in ALL}) == len(ALL)
    assert len({plain(template.text) for template in ALL}) == len(ALL)


def test_no_template_is_a_ticket() -> None:
    """Paraphrases share no message with the tickets."""
    told = {plain(case.request["message"]) for case in ORIGINS.values()}
    assert told.isdisjoint(plain(template.text) for template in ALL)


def test_every_ask_is_of_known_tickets() -> None:
    """Each ask has templates and existing origins; a template's words speak of what its origins have."""
    assert ASKS.keys() == {template.ask for template in ALL}
    for template in ALL:
        slots = set(re.findall(r"\{(\w+)\}", template.text))
        for origin in (ORIGINS[name] for name in ASKS[template.ask].origins):
            assert len(origin.own) > 1 or "b_order" not in slots
            assert origin.strangers or not any(slot.startswith("s_") for slot in slots)


def test_the_new_address_is_spelt_as_the_tickets_expect() -> None:
    """What a mutation looks for in an address stands in the ticket's expectation, and in each new line."""
    for ask in (ask for ask in ASKS.values() if ask.address):
        texts = ORIGINS[ask.origins[0]].expect.args_contain["change_address"]
        assert set(ask.address) <= set(texts)
    assert all(part in line for line, *parts in NEW_ADDRESSES for part in parts)


@given(st.sampled_from(ALL), st.integers())
def test_typos_leave_slots_and_figures_alone(template: Template, seed: int) -> None:
    """Whatever is mistyped, every slot and every figure is as it was, and some letter is not."""
    typed = with_typos(template.text, random.Random(seed))  # noqa: S311 repeatable
    for kept in (r"\{\w+\}", r"\d+"):
        assert re.findall(kept, typed) == re.findall(kept, template.text)
    assert abs(len(typed) - len(template.text)) <= 3


@given(st.sampled_from(ALL), st.integers())
def test_reordering_loses_no_word(template: Template, seed: int) -> None:
    """The same words in another order, the last sentence where it was."""
    moved = reordered(template.text, random.Random(seed))  # noqa: S311 repeatable
    assert sorted(moved.split()) == sorted(template.text.split())
    assert moved[-5:] == template.text[-5:]
