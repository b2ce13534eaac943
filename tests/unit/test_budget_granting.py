"""The pure decision on a reservation: granted, clipped or refused, and never beyond a limit."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NOON
from graph.charges import Limits, Pool, Reservation
from graph.contract import Spend
from graph.granting import grant
from graph.values import Micros

TENANT: Final = Pool(
    scope="tenant", name="acme", since=NOON, until=Micros(NOON + 1), tokens=1_000, usd_micros=5_000,
    free_at="2025-12-02 00:00 UTC",
)  # fmt: skip


def wanted(prompt: int = 100, answer: int = 400, least: int = 50, price: int = 2) -> Reservation:
    """A call whose tokens all cost the same."""
    tokens = prompt + answer
    return Reservation(
        id="a", role="work", tokens=tokens, usd_micros=tokens * price, answer_tokens=answer,
        answer_micros=answer * price, least_answer=least,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "spend", "answer"),
    [
        (Limits(), Spend(tokens=10**9), 400),
        (Limits(tokens=1_000), Spend(), 400),
        (Limits(tokens=1_000), Spend(tokens=600), 300),
        (Limits(tokens=1_000), Spend(tokens=850), 50),
        (Limits(usd_micros=1_000), Spend(usd_micros=400), 200),
        (Limits(tokens=1_000, usd_micros=1_000), Spend(tokens=700, usd_micros=600), 100),
        (Limits(calls=3), Spend(calls=2), 400),
    ],
)
def test_an_answer_is_clipped_to_what_is_left(limits: Limits, spend: Spend, answer: int) -> None:
    """The tightest limit says how long it may be; the whole prompt stays reserved."""
    granted = grant(wanted(), limits, spend, (), closed=False)
    assert (granted.refused, granted.answer_tokens, granted.tokens) == ("", answer, 100 + answer)
    assert granted.usd_micros == granted.tokens * 2


@pytest.mark.parametrize(
    ("limits", "spend", "told"),
    [
        (Limits(tokens=1_000), Spend(tokens=851), "the run's budget: 149 of 1,000 tokens are left"),
        (Limits(usd_micros=1_000), Spend(usd_micros=800), "the run's budget: $0.0002 of $0.0010 are left"),
        (Limits(calls=3), Spend(calls=3), "the run's budget: 0 of 3 calls are left"),
        (Limits(tokens=100), Spend(tokens=900), "the run's budget: 0 of 100 tokens are left"),
    ],
)
def test_an_answer_that_would_be_of_no_use_is_refused(limits: Limits, spend: Spend, told: str) -> None:
    """In one line that names role, size, limit and what is left of it."""
    refused = grant(wanted(), limits, spend, (), closed=False).refused
    assert refused == f"a work call of about 500 tokens would pass {told}"


@pytest.mark.parametrize(
    ("pool", "told"),
    [
        (Spend(tokens=900), "100 of 1,000 tokens are left"),
        (Spend(usd_micros=4_900), "$0.0001 of $0.0050 are left"),
    ],
)
def test_a_ceiling_says_that_it_was_one(pool: Spend, told: str) -> None:
    """Which ceiling, and when it is free again."""
    refused = grant(wanted(), Limits(tokens=10**6, pools=(TENANT,)), Spend(), (pool,), closed=False).refused
    assert f"the day's ceiling of tenant acme: {told}; it is free again at 2025-12-02 00:00 UTC" in refused


def test_a_closed_budget_grants_nothing() -> None:
    """However much of it is left."""
    assert "closes the run's budget" in grant(wanted(), Limits(), Spend(), (), closed=True).refused


def test_a_reservation_without_an_answer_is_taken_whole_or_not() -> None:
    """There is nothing to clip."""
    whole = Reservation(id="a", role="work", tokens=10, usd_micros=100)
    assert grant(whole, Limits(tokens=10, usd_micros=100), Spend(), (), closed=False).tokens == 10
    assert grant(whole, Limits(tokens=9), Spend(), (), closed=False).refused
    assert grant(whole, Limits(usd_micros=99), Spend(), (), closed=False).refused


COUNT: Final = st.integers(0, 5_000)


@given(
    prompt=COUNT, answer=st.integers(1, 5_000), least=COUNT, price=st.integers(0, 50), spent=COUNT, paid=COUNT,
    tokens=st.none() | st.integers(1, 9_000), micros=st.none() | st.integers(1, 99_000), pooled=COUNT,
)  # fmt: skip
def test_what_is_granted_fits_under_every_limit(  # noqa: PLR0917 a column each
    prompt: int, answer: int, least: int, price: int, spent: int, paid: int, tokens: int | None, micros: int | None,
    pooled: int,
) -> None:  # fmt: skip
    """And is never more than was asked for, nor an answer below the least."""
    asked = wanted(prompt, answer, least, price)
    limits = Limits(tokens=tokens, usd_micros=micros, pools=(TENANT,))
    granted = grant(asked, limits, Spend(tokens=spent, usd_micros=paid), (Spend(tokens=pooled),), closed=False)
    if granted.refused:
        assert granted.tokens == 0
        return
    assert min(least or answer, answer) <= granted.answer_tokens <= answer
    assert granted.tokens == prompt + granted.answer_tokens
    assert tokens is None or spent + granted.tokens <= tokens
    assert micros is None or paid + granted.usd_micros <= micros
    assert pooled + granted.tokens <= 1_000
    assert granted.usd_micros <= 5_000
