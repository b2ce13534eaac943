"""Figures: spans, percentiles, limits as people write them, what is proposed, what is estimated."""

from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tiering import ARRANGEMENTS, cost
from fakes import NOON
from graph.amounts import limits_from, limits_in, most_used
from graph.contract import Budget, Spend
from graph.costs import CallView, RunCost
from graph.errors import BadRequest
from graph.values import Json, Micros, RunId
from surefoot.costs.estimate import estimate
from surefoot.costs.figures import percentile, rounded_up
from surefoot.costs.since import since
from surefoot.costs.suggestion import suggested
from toydomain import toy

DAY: Final = 86_400_000_000


def run_cost(number: int, **changes: Any) -> RunCost:
    """A finished run that used a thousand tokens for each of its number."""
    fields: Json = {
        "run_id": RunId(f"run-{number}"), "domain": "toy", "status": "complete", "cause": "done",
        "request": {"name": "Ada"}, "tokens": 1_000 * number, "usd_micros": 1_000 * number, "calls": 3, "worked": 2.0,
        "unpriced": 0, "ended_at": NOON, **changes,
    }  # fmt: skip
    return RunCost.model_validate(fields)


# -- spans and numbers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "back"), [("7d", 7 * DAY), ("24h", DAY), ("30m", DAY // 48), ("2w", 14 * DAY)])
def test_a_span_counts_back_from_now(text: str, back: int) -> None:
    """Minutes, hours, days and weeks."""
    assert since(text, NOON) == NOON - back


def test_a_day_begins_at_midnight_utc() -> None:
    """A day is the moment that it begins; none given means no limit."""
    assert since("1970-01-02", NOON) == DAY
    assert since(None, NOON) is None


@pytest.mark.parametrize("text", ["", "7", "0d", "-1d", "7x", "999999w", "2026-13-01", "yesterday"])
def test_no_time_at_all(text: str) -> None:
    """What is no span and no day is refused in one line that shows both."""
    with pytest.raises(BadRequest, match=r"--since: .* is no time; give 30m, 24h, 7d"):
        since(text, NOON)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_a_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    """It is a value that was seen, and at least that share of the values do not pass it."""
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


@given(st.floats(1e-6, 1e12))
def test_rounding_up_never_rounds_down(amount: float) -> None:
    """A proposed limit is at least what it was made from, and at most a tenth above it."""
    assert amount * (1 - 1e-9) <= rounded_up(amount) <= amount * 1.1 + 1e-9
    assert rounded_up(0) == 0


# -- limits in words -----------------------------------------------------------------------------------


def test_limits_may_be_given_together_or_apart() -> None:
    """Commas and repetition are the same, dollar signs and underscores are read."""
    assert limits_from(["usd=$0.20,tokens=50_000", "calls=8"]) == {"usd": 0.2, "tokens": 50_000, "calls": 8}
    assert limits_in("fine by me: usd=0.30, but no=more") == {"usd": 0.3}


@pytest.mark.parametrize(
    "word",
    ["usd=0", "usd=-1", "usd=nan", "usd=inf", "usd=1e300", "tokens=1.5", "tokens=0", "seconds=-2", "calls=none",
     "euros=3", "usd", "alert_at=0.5", ""],
)  # fmt: skip
def test_a_limit_that_is_none(word: str) -> None:
    """Zero, negative, not a number, absurd, unknown or missing: one line that shows the word and an example."""
    with pytest.raises(BadRequest) as refused:
        limits_from([word])
    assert str(refused.value).startswith("--budget: ")
    assert "=" in str(refused.value) or "tokens, usd" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_limit_given_twice() -> None:
    """Nobody can say which of two is meant."""
    with pytest.raises(BadRequest, match="usd is given twice"):
        limits_from(["usd=1", "usd=2"])


def test_what_is_used_up_most_is_told() -> None:
    """The limit with the largest share, in its own unit; nothing where nothing is limited."""
    assert most_used(Budget(tokens=1_000, usd=1.0), Spend(tokens=830, usd_micros=10)) == "830 of 1,000 tokens (83%)"
    assert most_used(Budget(usd=0.5), Spend(usd_micros=450_000)) == "$0.4500 of $0.5000 (90%)"
    assert not most_used(Budget(tokens=None, usd=None, seconds=None, calls=None), Spend(tokens=5))


# -- what is proposed ----------------------------------------------------------------------------------


def test_a_proposal_leaves_room_above_the_99th_percentile() -> None:
    """1.5 times the 99th percentile, rounded up, and written as a domain states it."""
    found = suggested("toy", Budget(), [run_cost(number) for number in range(1, 101)])
    assert (found.runs, found.limits["tokens"].p99, found.limits["tokens"].limit) == (100, 99_000, 150_000)
    assert found.python() == "Budget(tokens=150_000, usd=0.15, seconds=3, calls=5)"


def test_a_proposal_needs_runs() -> None:
    """Fewer than twenty runs that went their way are refused; those that were cancelled or refused do not count."""
    runs = [run_cost(number) for number in range(1, 20)] + [run_cost(99, cause="cancelled"), run_cost(1, calls=0)]
    with pytest.raises(BadRequest, match=r"too few finished runs to suggest a budget \(19, and 20 are needed\)"):
        suggested("toy", Budget(), runs)


@pytest.mark.parametrize("changes", [{"unpriced": 1}, {"usd_micros": 0}])
def test_no_dollars_are_proposed_where_none_are_known(changes: Json) -> None:
    """An unknown price, or none at all, makes no limit in dollars."""
    assert "usd" not in suggested("toy", Budget(), [run_cost(5, **changes) for _ in range(20)]).limits


def test_a_proposal_says_what_was_cut_short() -> None:
    """Runs that their budget ended might have cost more."""
    runs = [run_cost(5, cause="simplified" if number < 4 else "done") for number in range(20)]
    assert suggested("toy", Budget(), runs).cut_short == 4


# -- what is estimated ---------------------------------------------------------------------------------


def free(_prompt: int, _answer: int) -> int | None:
    """What offline rules cost."""
    return 0


def test_an_estimate_is_of_its_like(tmp_path: Path) -> None:
    """Five runs of the job's own kind say more than a hundred of another; the number is told."""
    domain = toy(tmp_path)
    kinds = {**{name: getattr(domain, name) for name in domain.__dataclass_fields__}, "kind": lambda job: job["name"]}
    named = type(domain)(**kinds)
    runs = [run_cost(1, request={"name": "Bob"}) for _ in range(100)] + [run_cost(9) for _ in range(5)]
    found = estimate({"name": "Ada"}, named, runs, free)
    assert (found.kind, found.runs, found.tokens.median, found.tokens.p95) == ("Ada", 5, 9_000, 9_000)
    few = estimate({"name": "Ada"}, named, runs[:-1], free)
    assert (few.kind, few.runs, few.tokens.median) == (None, 104, 1_000)


def test_an_estimate_without_history_says_so(tmp_path: Path) -> None:
    """From the planning prompt's size and a price, where there is one; 0 runs, and the domain's budget beside it."""
    found = estimate({"name": "Ada"}, toy(tmp_path), [], lambda prompt, answer: prompt + answer)
    assert found.runs == 0
    assert found.tokens.median > 1_000
    assert found.tokens.p95 is None
    assert found.usd is not None
    assert found.usd.median == pytest.approx(found.tokens.median / 1_000_000)
    assert found.budget.tokens == 100_000
    assert estimate({"name": "Ada"}, toy(tmp_path), [], lambda _prompt, _answer: None).usd is None


def test_an_estimate_of_a_bad_request(tmp_path: Path) -> None:
    """A job that would be refused is refused, its field named."""
    with pytest.raises(BadRequest, match=r"request\.name"):
        estimate({}, toy(tmp_path), [run_cost(1)], free)


def test_unpriced_runs_give_no_dollars(tmp_path: Path) -> None:
    """One run without a known price, and dollars would be made up."""
    assert estimate({"name": "Ada"}, toy(tmp_path), [run_cost(1), run_cost(2, unpriced=1)], free).usd is None


# -- tiers ---------------------------------------------------------------------------------------------


def test_tiers_cost_less_than_the_large_model_alone() -> None:
    """At list prices one and the same set of calls costs less the more of it goes to the small model."""
    calls = [
        CallView(at=Micros(0), state="planning", role=role, outcome="ok", tokens=3_500, prompt_tokens=3_000,
                 completion_tokens=500, usd_micros=0, seconds=0.1)
        for role in ("plan", "work", "review", "summarize")
    ]  # fmt: skip
    models = {"large": "gpt-5", "small": "gpt-5-mini"}
    costs = [cost(calls, tiers, models) for tiers in ARRANGEMENTS.values()]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) == len(costs)
    with pytest.raises(SystemExit, match="knows no price"):
        cost(calls, ARRANGEMENTS["tiers as shipped"], {"large": "no-such-model", "small": "gpt-5-mini"})
