import pytest

from fakes import FakeClock
from graph.breaker import Breaker
from graph.errors import ToolFailed
from graph.limits import BreakerRule
from toolbox import Bench, Flaky, domain, tool
from tools.breaker import Breakers

RULE = BreakerRule(faults=2, open_seconds=10)


def opened(clock: FakeClock) -> Breaker:
    """A breaker that has just opened, for ten seconds, after two faults in a row."""
    breaker = Breaker(clock, RULE)
    for _ in range(2):
        generation = breaker.admit()
        assert generation is not None
        breaker.faulted(generation)
    return breaker


def test_it_opens_after_faults_in_a_row_and_not_before() -> None:
    """Closed until N faults in a row; a success in between starts the count again."""
    breaker = Breaker(FakeClock(), RULE)
    for verdict in (breaker.faulted, breaker.succeeded, breaker.faulted):
        verdict(0)
    assert breaker.admit() == 0
    breaker.faulted(0)
    assert breaker.admit() is None
    assert breaker.open_for == 10


def test_half_open_lets_a_single_probe_pass() -> None:
    """After its time one call passes; all others are refused until its verdict."""
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(10)
    assert breaker.open_for == 0
    assert [breaker.admit() for _ in range(5)] == [1, None, None, None, None]


def test_a_good_probe_closes_it() -> None:
    """The probe's success lets every call pass again, and the count starts from nothing."""
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(10)
    breaker.succeeded(1 if breaker.admit() is not None else -1)
    assert [breaker.admit() for _ in range(3)] == [2, 2, 2]
    breaker.faulted(2)
    assert breaker.admit() == 2


def test_a_bad_probe_opens_it_for_the_whole_time_again() -> None:
    """One failed probe is enough to withdraw the tool again."""
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(10)
    breaker.faulted(1 if breaker.admit() is not None else -1)
    assert breaker.admit() is None
    assert breaker.open_for == 10


def test_a_probe_without_a_verdict_makes_room_for_the_next() -> None:
    """A probe that was cancelled or refused later on does not withdraw the tool for ever."""
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(10)
    assert breaker.admit() == 1
    breaker.released(1)
    assert breaker.admit() == 1


def test_late_verdicts_from_before_it_opened_are_ignored() -> None:
    """A slow call from the closed time neither closes an open breaker nor ends a probe."""
    clock = FakeClock()
    breaker = opened(clock)
    breaker.succeeded(0)
    assert breaker.admit() is None
    clock.advance(10)
    assert breaker.admit() == 1
    breaker.faulted(0)
    breaker.released(0)
    assert breaker.admit() is None


def test_tools_and_domains_do_not_share_a_breaker() -> None:
    """One tool's faults withdraw that tool and no other."""
    clock = FakeClock()
    breakers, one, other = Breakers(clock), tool(), tool(name="other")
    where = domain(one, other)
    for _ in range(5):
        with breakers.admitted(where, one) as admission:
            admission.judge(well=False)
    assert set(breakers.withdrawn(where)) == {"act"}
    with breakers.admitted(where, other):
        pass
    with pytest.raises(ToolFailed), breakers.admitted(where, one):
        pytest.fail("an open breaker let a call pass")


async def test_a_dead_backend_withdraws_its_tool_until_its_time() -> None:
    """Five calls that found no backend withdraw the tool; later one probe brings it back."""
    bench, dead = Bench(), Flaky(*[ConnectionError() for _ in range(15)])
    where = domain(tool(dead))
    assert [(await bench.error(where)).code for _ in range(5)] == ["unavailable"] * 5
    assert bench.tools.withdrawn(where) == {"act": bench.clock.now() + 30_000_000}
    refused = await bench.error(where)
    assert (refused.code, refused.retryable, refused.attempts) == ("withdrawn", True, 0)
    assert refused.retry_after is not None
    assert 0 < refused.retry_after <= 30
    assert dead.calls == 15
    bench.clock.advance(30)
    assert (await bench.call(where)).ok
    assert bench.tools.withdrawn(where) == {}


async def test_a_refused_call_does_not_use_up_the_probe() -> None:
    """A wrong input says nothing about the backend, so the next call is the probe."""
    bench, dead = Bench(), Flaky(*[ConnectionError() for _ in range(15)])
    where = domain(tool(dead))
    for _ in range(5):
        await bench.error(where)
    bench.clock.advance(30)
    assert (await bench.error(where, {"wrong": 1})).code == "invalid_input"
    assert (await bench.call(where)).ok
