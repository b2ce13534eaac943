import asyncio
from dataclasses import replace

import pytest

from fakes import FakeClock
from graph.domain import Domain, Tool
from graph.limits import BreakerRule
from graph.rows import BreakerTurned
from graph.toolcall import ToolResult
from toolbox import Ask, Bench, Flaky, Function, Said, domain, tool, yes

ONE = BreakerRule(faults=1, open_seconds=10)


def turned(bench: Bench) -> list[tuple[str, str, float | None]]:
    """Every recorded turn of a breaker: which tool, what it is now, and for how many seconds."""
    rows = [row for row in bench.records.rows.get("run-1", []) if isinstance(row, BreakerTurned)]
    return [(row.tool, row.state, (row.until - row.at) / 1e6 if row.until else None) for row in rows]


def slow(clock: FakeClock, seconds: float) -> Function:
    """A tool that takes its time."""

    async def answer(ask: Ask) -> Said:
        clock.advance(seconds)
        return yes(ask)

    return answer


async def test_a_tools_rule_comes_before_the_policys() -> None:
    """The policy's rule is for tools that have none."""
    bench = Bench()
    used = (tool(Flaky(ValueError()), breaker=ONE), tool(Flaky(*[ValueError()] * 9), name="other"))
    where = domain(*used)
    where = replace(where, policy=replace(where.policy, breaker=BreakerRule(faults=2, open_seconds=3)))
    await bench.error(where)
    await bench.error(where, name="other")
    assert set(bench.tools.withdrawn(where)) == {"act"}
    await bench.error(where, name="other")
    now = bench.clock.now()
    assert bench.tools.withdrawn(where) == {"act": now + 10_000_000, "other": now + 3_000_000}


@pytest.mark.parametrize(("limit", "opens"), [(None, False), (2.0, True), (5.0, False)])
async def test_slow_calls_are_faults_where_the_rule_says_so(limit: float | None, opens: bool) -> None:
    """Three good answers of three seconds each; their values are given all the same."""
    bench = Bench()
    rule = BreakerRule(faults=3, open_seconds=10, slow_seconds=limit)
    where = domain(tool(slow(bench.clock, 3.0), breaker=rule))
    assert all([(await bench.call(where, {"order": f"{n}"})).ok for n in range(3)])
    assert bool(bench.tools.withdrawn(where)) == opens


async def test_a_quick_answer_starts_the_count_again() -> None:
    """Slow calls, like other faults, count in a row."""
    bench = Bench()
    rule = BreakerRule(faults=2, slow_seconds=2.0)
    for seconds in (3.0, 0.1, 3.0, 0.1):
        where = domain(tool(slow(bench.clock, seconds), breaker=rule))
        assert (await bench.call(where, {"order": f"{seconds}"})).ok
    assert bench.tools.withdrawn(where) == {}


async def test_each_opening_and_closing_is_a_record() -> None:
    """Opened, opened again by a bad probe, closed by a good one; in the run that saw it."""
    bench = Bench()
    where = domain(tool(Flaky(ValueError(), ValueError()), breaker=ONE))
    await bench.error(where)
    bench.clock.advance(10)
    await bench.error(where)
    bench.clock.advance(10)
    assert (await bench.call(where)).ok
    assert turned(bench) == [("act", "open", 10.0), ("act", "open", 10.0), ("act", "closed", None)]


async def at_once(bench: Bench, where: Domain, count: int) -> list[ToolResult]:
    """So many calls together."""
    return await asyncio.gather(*(bench.call(where, {"order": f"{number}"}) for number in range(count)))


async def test_half_open_lets_one_of_many_concurrent_calls_through() -> None:
    """Fifty runs that all find the time come send the sick backend one call, not fifty."""
    bench, calls = Bench(), list[str]()
    answers, probing, sick = asyncio.Event(), asyncio.Event(), [True]

    async def act(ask: Ask) -> Said:
        calls.append(ask.order)
        probing.set()
        await answers.wait()
        if sick:
            raise ValueError
        return yes(ask)

    where = domain(tool(act, breaker=ONE))
    answers.set()
    assert not (await bench.call(where)).ok
    bench.clock.advance(10)
    answers.clear()
    probing.clear()
    crowd = asyncio.create_task(at_once(bench, where, 50))
    await asyncio.wait_for(probing.wait(), timeout=10)
    sick.clear()
    answers.set()
    results = await crowd
    assert len(calls) == 2
    assert [result.ok for result in results].count(True) == 1
    refused = [result.error for result in results if result.error]
    assert {error.code for error in refused} == {"withdrawn"}
    assert all(error.retry_after for error in refused)
    assert [result.ok for result in await at_once(bench, where, 50)].count(True) == 50


async def test_concurrent_faults_open_it_once() -> None:
    """Calls that were under way when it opened neither open it again nor prolong it."""
    bench, gate = Bench(), asyncio.Event()

    async def act(_: Ask) -> Said:
        await gate.wait()
        raise ValueError

    where = domain(tool(act, breaker=ONE))
    under_way = asyncio.create_task(at_once(bench, where, 20))
    await asyncio.sleep(0.01)
    gate.set()
    await under_way
    assert turned(bench) == [("act", "open", 10.0)]


@pytest.mark.parametrize("used", [tool(breaker=ONE), tool()])
async def test_a_healthy_tool_has_no_such_records(used: Tool) -> None:
    """Nothing opened, so nothing is said."""
    bench = Bench()
    assert (await bench.call(used)).ok
    assert turned(bench) == []
