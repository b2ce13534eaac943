import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NOON, FakeClock
from graph.errors import DomainMistake
from graph.limits import BreakerRule, Rate
from graph.tokens import MICROS, Bucket, book
from graph.values import Micros
from surefoot.clock import SystemClock
from toolbox import Bench, Flaky, context, domain, effect, tool
from tools.rate import LONGEST_WAIT_SECONDS, Turns

TEN = Rate(calls=10, seconds=1.0, burst=2)


def waits(rate: Rate, count: int, now: int = NOON) -> list[float]:
    """How long each of `count` calls that come at once has to wait."""
    bucket, found = Bucket(), []
    for _ in range(count):
        bucket, turn = book(rate, bucket, Micros(now), patience=1e9)
        found.append(turn.wait)
    return found


def test_a_burst_passes_and_the_rest_keeps_the_rate() -> None:
    """A bucket at rest lets its burst pass at once; after that one call comes every tenth of a second."""
    assert waits(TEN, 6) == pytest.approx([0, 0, 0.1, 0.2, 0.3, 0.4])


def test_without_a_burst_a_full_bucket_is_one_periods_calls() -> None:
    """The field's usual token bucket."""
    assert waits(Rate(calls=3), 4) == pytest.approx([0, 0, 0, 1 / 3], abs=1e-3)


def test_a_call_that_cannot_wait_books_nothing() -> None:
    """It is told its wait, and who comes after it gets the turn."""
    bucket, _ = book(Rate(calls=1), Bucket(), NOON, 0)
    refused, turn = book(Rate(calls=1), bucket, NOON, patience=0.5)
    assert (turn.fits, turn.wait) == (False, 1.0)
    assert book(Rate(calls=1), refused, NOON, patience=1.0)[1].wait == 1.0


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    """Turns move with the clock: an hour back costs no hour."""
    bucket, _ = book(Rate(calls=1), Bucket(), NOON, 0)
    _, turn = book(Rate(calls=1), bucket, Micros(NOON - 3600 * MICROS), patience=1e9)
    assert turn.wait == pytest.approx(1.0, abs=0.001)


@given(
    calls=st.integers(1, 5_000),
    seconds=st.floats(0.001, 3_600),
    burst=st.none() | st.integers(1, 50),
    gaps=st.lists(st.integers(0, 3 * MICROS), min_size=1, max_size=60),
)
def test_no_window_ever_sees_more_than_burst_and_rate(
    calls: int, seconds: float, burst: int | None, gaps: list[int]
) -> None:
    """Whenever calls come, in any window pass at most the burst and what the rate refills; and in order."""
    rate = Rate(calls, seconds, burst)
    bucket, now, passed = Bucket(), int(NOON), list[float]()
    for gap in gaps:
        now += gap
        bucket, turn = book(rate, bucket, Micros(now), patience=1e12)
        passed.append((now - NOON) / MICROS + turn.wait)
    assert passed == sorted(passed)
    most, per_second = burst or calls, calls / (round(seconds * 1_000) / 1_000)
    for first, begun in enumerate(passed):
        for count, ended in enumerate(passed[first:], start=1):
            assert count <= most + (ended - begun) * per_second + 1 + 1e-3


async def test_the_record_tells_the_wait() -> None:
    """Who asks why a call took long finds how much of it was waiting for a turn."""
    bench, where = Bench(), domain(tool(rate=Rate(calls=1, seconds=2.0)))
    for number in range(3):
        assert (await bench.call(where, {"order": str(number)})).ok
    assert [row.waited for row in bench.records.tool_calls("run-1")] == [0.0, 2.0, 2.0]
    assert bench.clock.sleeps == [2.0, 2.0]


async def test_every_try_takes_a_turn() -> None:
    """The backend counts tries, not calls."""
    bench = Bench()
    assert (await bench.call(tool(Flaky(ConnectionError()), rate=Rate(calls=1, seconds=4.0)))).ok
    (row,) = bench.records.tool_calls("run-1")
    assert row.tries == 2
    assert row.waited == pytest.approx(3.9)


async def test_a_call_that_could_not_run_in_time_ends_at_once() -> None:
    """It says when to come back and does not wait; the backend is not called, and its breaker learns nothing."""
    bench, flaky = Bench(), Flaky()
    where = domain(tool(flaky, rate=Rate(calls=1, seconds=10.0), breaker=BreakerRule(faults=1)))
    by = replace(context(), deadline=Micros(bench.clock.now() + 9 * MICROS))
    assert (await bench.call(where, by=by)).ok
    error = await bench.error(where, {"order": "B2"}, by=by)
    assert (error.code, error.retryable, error.retry_after, error.attempts) == ("rate_limited", True, 10.0, 0)
    assert (bench.clock.sleeps, flaky.calls) == ([], 1)
    assert bench.tools.withdrawn(where) == {}
    bench.clock.advance(10.0)
    later = replace(context(), deadline=Micros(bench.clock.now() + 9 * MICROS))
    assert (await bench.call(where, {"order": "B2"}, by=later)).ok


async def test_nobody_waits_longer_than_a_minute() -> None:
    """Without a deadline, or with a far one, a long wait belongs to the run's retry queue."""
    bench, where = Bench(), domain(tool(rate=Rate(calls=1, seconds=LONGEST_WAIT_SECONDS + 1)))
    assert (await bench.call(where)).ok
    assert (await bench.error(where, {"order": "B2"})).code == "rate_limited"


async def test_an_effect_that_got_no_turn_certainly_did_not_happen() -> None:
    """Its claim is taken back, so that it can be made later, even where the backend ignores keys."""
    bench, flaky = Bench(), Flaky()
    where = domain(effect(flaky, honours_keys=False, rate=Rate(calls=1, seconds=90.0)))
    assert (await bench.call(where)).ok
    assert (await bench.error(where, {"order": "B2"})).code == "rate_limited"
    bench.clock.advance(90.0)
    assert (await bench.call(where, {"order": "B2"}, by=context(attempt=2))).ok
    assert flaky.calls == 2


async def test_a_retry_without_a_turn_keeps_what_the_try_met() -> None:
    """An effect whose answer was lost is not taken for undone because its second try got no turn."""
    bench, flaky = Bench(), Flaky(TimeoutError())
    where = domain(effect(flaky, rate=Rate(calls=1, seconds=90.0)))
    error = await bench.error(where)
    assert (error.code, error.attempts) == ("timeout", 1)
    assert error.retry_after == pytest.approx(89.9)
    assert [claim.status for claim in bench.effects.claims.values()] == ["started"]


async def test_tools_share_the_bucket_that_they_name() -> None:
    """One API with one limit may stand behind several tools; without a name each tool has its own."""
    rate = Rate(calls=1, seconds=5.0)
    bench, apart = Bench(), domain(tool(rate=rate), tool(name="other", rate=rate))
    assert [(await bench.call(apart, name=name)).ok for name in ("act", "other")] == [True, True]
    assert bench.clock.sleeps == []
    named = replace(rate, bucket="shop")
    together = domain(tool(rate=named), tool(name="other", rate=named))
    assert [(await bench.call(together, name=name)).ok for name in ("act", "other")] == [True, True]
    assert bench.clock.sleeps == [5.0]


async def test_a_shared_rate_without_a_database_is_told() -> None:
    """Nobody is told that processes share what they cannot share."""
    error = await Bench().error(tool(rate=Rate(calls=1, shared=True)))
    assert error.code == "internal"
    assert "needs a database" in error.message


async def test_calls_pass_in_the_order_of_their_coming() -> None:
    """Sixty concurrent calls through one bucket: first come, first served, and the rate is kept on a real clock."""
    order: list[str] = []
    loop, turns = asyncio.get_running_loop(), Turns(SystemClock(), None)
    rated = tool(rate=Rate(calls=200, seconds=1.0, burst=10))
    where, ended = domain(rated), list[float]()

    async def one(number: int) -> None:
        await turns.wait(where, rated, None)
        order.append(f"{number}")
        ended.append(loop.time())

    await asyncio.gather(*(one(number) for number in range(60)))
    assert order == [f"{number}" for number in range(60)]
    assert ended[-1] - ended[9] == pytest.approx(0.25, abs=0.1)


class NeverWakes(FakeClock):
    """A clock whose sleepers sleep on."""

    async def sleep(self, seconds: float) -> None:
        """Remember, and do not come back."""
        self.sleeps.append(seconds)
        await asyncio.Event().wait()


async def test_a_turn_that_is_given_up_stays_unused() -> None:
    """A cancelled wait wakes nobody early, so that the rate is never exceeded."""
    clock = NeverWakes()
    turns, rated = Turns(clock, None), tool(rate=Rate(calls=1, seconds=1.0))
    where = domain(rated)
    waiting = [asyncio.create_task(turns.wait(where, rated, None)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    waiting.append(asyncio.create_task(turns.wait(where, rated, None)))
    await asyncio.sleep(0)
    assert clock.sleeps == [1.0, 2.0, 3.0]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Rate(calls=0), "calls=0"),
        (lambda: Rate(calls=1, burst=0), "burst=0"),
        (lambda: Rate(calls=1, seconds=0), "seconds=0"),
        (lambda: Rate(calls=1, seconds=float("nan")), "seconds=nan"),
        (lambda: BreakerRule(faults=0), "faults=0"),
        (lambda: BreakerRule(open_seconds=-1), "open_seconds=-1"),
        (lambda: BreakerRule(slow_seconds=0), "slow_seconds=0"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(make: object, names: str) -> None:
    """One clear line that names the field."""
    assert callable(make)
    with pytest.raises(DomainMistake, match=names):
        make()
