"""Pure budget decisions: limits in, verdicts out."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.budget import MICROS_PER_USD, estimate_tokens, limit_for, raised, share_used, tightest, tripped
from graph.contract import Budget, Spend

UNLIMITED: Final = Budget(tokens=None, usd=None, seconds=None, calls=None)


@pytest.mark.parametrize(
    ("budget", "spend", "share"),
    [
        (UNLIMITED, Spend(tokens=10**9, calls=10**6), 0.0),
        (UNLIMITED.model_copy(update={"tokens": 100}), Spend(tokens=80), 0.8),
        (UNLIMITED.model_copy(update={"usd": 2.0}), Spend(usd_micros=MICROS_PER_USD), 0.5),
        (UNLIMITED.model_copy(update={"seconds": 10.0, "calls": 4}), Spend(seconds=1.0, calls=3), 0.75),
    ],
)
def test_the_share_is_the_largest(budget: Budget, spend: Spend, share: float) -> None:
    """Of the limits there are, the one that is used up most."""
    assert share_used(budget, spend) == pytest.approx(share)


@pytest.mark.parametrize(
    ("spend", "forgiven", "open_"),
    [
        (Spend(tokens=79), 0, False),
        (Spend(tokens=80), 0, True),
        (Spend(refused=1), 0, True),
        (Spend(refused=1), 1, False),
        (Spend(refused=2), 1, True),
    ],
)
def test_the_breaker(spend: Spend, forgiven: int, open_: bool) -> None:
    """It trips at the alert share, and at a refusal that nobody forgave."""
    assert tripped(UNLIMITED.model_copy(update={"tokens": 100}), spend, forgiven) is open_


def test_only_answers_may_use_the_reserve() -> None:
    """Beyond the alert the rest is kept for the role `answer`."""
    budget = Budget(tokens=1_000, usd=0.5, calls=10)
    assert limit_for("plan", budget) == (800, 400_000, 8)
    assert limit_for("answer", budget) == (1_000, 500_000, 10)
    assert limit_for("plan", UNLIMITED) == (None, None, None)


def test_the_tightest_budget_has_every_lowest_limit() -> None:
    """A limit that only one of them has counts; what follows an alert is the first one's choice."""
    wanted = Budget(tokens=500, usd=None, calls=90, on_alert="decline")
    kept = tightest(wanted, Budget(tokens=1_000, usd=0.2, alert_at=0.5))
    assert (kept.tokens, kept.usd, kept.calls, kept.alert_at, kept.on_alert) == (500, 0.2, 60, 0.5, "decline")


def test_a_raise_doubles_what_is_limited() -> None:
    """And leaves the rest unlimited."""
    assert raised(UNLIMITED) == UNLIMITED
    assert raised(Budget(tokens=10, usd=0.1, calls=3, seconds=5)).calls == 6


@given(st.lists(st.text(), max_size=5))
def test_the_estimate_is_an_upper_bound_of_words(texts: list[str]) -> None:
    """Never less than a token a word, and never less for more text."""
    assert estimate_tokens(texts) >= sum(len(text.split()) for text in texts) / 3
    assert estimate_tokens([*texts, "more"]) > estimate_tokens(texts)
