import asyncio
import threading
from typing import Any

import pytest
from pydantic import BaseModel

from fakes import NOON
from graph.contract import Plan, Retry, Task, TaskResult
from graph.declare import tool as declared
from graph.domain import Domain, Policy
from graph.schedule import Standing, queue_retries
from graph.toolcall import ExternalWait, ToolError
from graph.values import Micros, TaskId
from graph.waiting import LONGEST_POLL_SECONDS, Pending, next_poll, wait_from
from toolbox import Ask, Bench, Flaky, Said, context, domain, effect, tool
from tools.invoke import invoke
from tools.late import Watch
from tools.validate import read_input

HOUR = 3_600


class Key(BaseModel):
    """What a probe or a poll is asked here."""

    key: str = ""
    correlation_key: str = ""
    order: str = ""


class Told(BaseModel):
    """What it answers: anything that a test likes."""

    outcome: str
    result: dict[str, Any] | None = None
    message: str = ""


def answering(**told: Any) -> Domain:
    """A domain whose effect loses its answer and whose probe says so much."""
    asks = tool(lambda _: Told(**told), name="ask", input=Key, output=Told)
    return domain(effect(Flaky(ConnectionResetError()), honours_keys=False, probe="ask"), asks)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"outcome": "done", "result": {"text": "receipt"}}, None),
        ({"outcome": "not_done"}, "unavailable"),
        ({"outcome": "unknown"}, "unknown_outcome"),
        ({"outcome": "done"}, "unknown_outcome"),
        ({"outcome": "done", "result": {"words": "no receipt"}}, "unknown_outcome"),
        ({"outcome": "maybe"}, "unknown_outcome"),
    ],
    ids=["done", "not done", "unknown", "done without a receipt", "another receipt", "nonsense"],
)
async def test_what_a_probe_may_say(told: Any, code: str | None) -> None:
    """Only a receipt in the effect's own schema counts as done; nonsense counts as not knowing."""
    result = await Bench().call(answering(**told))
    assert (result.error.code if result.error else None) == code
    assert result.value == (told["result"] if code is None else None)


@pytest.mark.parametrize("probe", ["nobody", "act"])
async def test_a_probe_that_is_no_read_tool_knows_nothing(probe: str) -> None:
    """A misnamed probe asks nobody, and an effect is never used as one: a person finds out."""
    flaky = Flaky(ConnectionResetError())
    error = await Bench().error(domain(effect(flaky, honours_keys=False, probe=probe)))
    assert (error.code, flaky.calls) == ("unknown_outcome", 1)


async def test_a_probe_is_asked_with_what_it_takes() -> None:
    """Fields of the call that its input names, and the effect's key; it needs no place among the task's tools."""
    asked: list[Key] = []

    def ask(given: Key) -> Told:
        asked.append(given)
        return Told(outcome="unknown")

    used = effect(Flaky(ConnectionResetError()), honours_keys=False, probe="ask")
    where = domain(used, tool(ask, name="ask", input=Key, output=Told))
    bench = Bench()
    lost = await bench.error(where, by=context(tools=("act",)))
    assert asked == [Key(key=lost.effect_key or "", order="A1")]
    assert [row.call.tool for row in bench.records.tool_calls("run-1")] == ["ask", "act"]


async def test_where_keys_are_honoured_no_probe_is_needed() -> None:
    """The same key is sent again in the same call, and the probe stays silent."""
    used = effect(Flaky(ConnectionResetError()), probe="ask")
    bench = Bench()
    assert (await bench.call(domain(used, tool(name="ask", input=Key, output=Told)))).ok
    assert [row.call.tool for row in bench.records.tool_calls("run-1")] == ["act"]


def waiting(*, poll_tool: str | None = "poll", since: int = NOON, seconds: float = HOUR) -> ExternalWait:
    """A wait that begins at noon."""
    pending = Pending(correlation_key="job-1", expects="a report", within_seconds=seconds, poll_tool=poll_tool)
    return wait_from(pending, Micros(since))


@pytest.mark.parametrize(
    ("after", "distance"), [(0, 5), (4, 5), (60, 30), (1_200, LONGEST_POLL_SECONDS), (3_590, 10), (3_600, 0)]
)
def test_polls_grow_rare_and_end(after: float, distance: float) -> None:
    """Half of the time that has passed, at least the first distance, at most five minutes, never beyond the end."""
    now = Micros(NOON + round(after * 1_000_000))
    assert next_poll(waiting(), now) == now + round(distance * 1_000_000)


def test_what_cannot_be_polled_wakes_at_its_end() -> None:
    """Without a poll tool there is one wake-up."""
    assert next_poll(waiting(poll_tool=None), NOON) == NOON + HOUR * 1_000_000


async def test_a_pending_answer_is_no_error_and_no_value() -> None:
    """`ToolResult.pending` says what is waited for, and the row keeps it."""
    bench = Bench()
    result = await bench.call(tool(lambda _: Pending(correlation_key="j", expects="it", within_seconds=10.0)))
    assert (result.ok, result.value, result.error) == (False, None, None)
    assert result.pending is not None
    assert (result.pending.correlation_key, result.pending.expires_at) == ("j", NOON + 10_000_000)
    assert [row.result.pending for row in bench.records.tool_calls("run-1")] == [result.pending]


async def test_a_read_that_is_pending_is_not_begun_again() -> None:
    """The same call asks its poll tool, in the same entry of the worker too, until the value is there."""
    begun: list[str] = []
    answers = iter([Told(outcome="pending"), Told(outcome="done", result={"text": "report"})])

    def begin(ask: Ask) -> Pending:
        begun.append(ask.order)
        return Pending(correlation_key="j", expects="it", within_seconds=10.0, poll_tool="poll")

    where = domain(tool(begin), tool(lambda _: next(answers), name="poll", input=Key, output=Told))
    bench = Bench()
    results = [await bench.call(where) for _ in range(3)]
    assert [result.pending is not None for result in results] == [True, True, False]
    assert (results[-1].value, begun) == ({"text": "report"}, ["A1"])


async def test_a_wait_of_absolute_time_is_taken_as_it_is() -> None:
    """A function may give the `ExternalWait` itself, where the backend names the time."""
    assert (await Bench().call(tool(lambda _: waiting()))).pending == waiting()


def test_a_declared_tool_may_say_that_its_answer_comes_later() -> None:
    """`-> Said | Pending`: the output's schema is the value's alone."""

    @declared
    def draw_up(order: str) -> Said | Pending:
        """Draw up a report."""
        return Pending(correlation_key=order, expects="a report", within_seconds=1.0)

    @declared
    def count(order: str) -> int | Pending:
        """Count."""
        return Pending(correlation_key=order, expects="a count", within_seconds=1.0)

    assert draw_up.output is Said
    assert list(count.output.model_fields) == ["result"]
    for each in (draw_up, count):
        assert isinstance(each.call(each.input.model_validate({"order": "A1"})), Pending)


async def test_an_answer_in_time_is_not_reported_as_late() -> None:
    """Only what nobody waits for any more is told."""
    told: list[Any] = []

    async def report(answer: Any) -> None:
        told.append(answer)

    watch = Watch(tool(), report)
    given = read_input(tool(), {"order": "A1"})
    assert await invoke(watch.tool, given, None) == Said(text="A1 1")
    watch.over()
    assert await invoke(watch.tool, given, None) == Said(text="A1 1")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == [Said(text="A1 1")]


async def test_a_late_answer_of_a_coroutine_is_told_too() -> None:
    """One that swallows its cancellation and goes on."""
    told, answered = [], asyncio.Event()

    async def stubborn(ask: Ask, key: str = "") -> Said:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
        return Said(text=key)

    async def report(answer: Any) -> None:
        told.append(answer)
        answered.set()

    slow = effect(stubborn, timeout_seconds=0.02)
    with pytest.raises(TimeoutError):
        await invoke(Watch(slow, report).tool, read_input(slow, {"order": "A1"}), "key-1")
    await asyncio.wait_for(answered.wait(), timeout=5)
    assert told == [Said(text="key-1")]


async def test_a_cancelled_callers_effect_is_written_down_when_it_is_done() -> None:
    """A thread cannot be stopped: what it did is in the journal, though its caller went away in time."""
    bench, begun, go = Bench(), threading.Event(), threading.Event()

    def slow(ask: Ask, key: str) -> Said:
        begun.set()
        go.wait(5)
        return Said(text="done")

    call = asyncio.create_task(bench.call(effect(slow, honours_keys=False)))
    await asyncio.to_thread(begun.wait, 5)
    call.cancel()
    await asyncio.wait([call])
    (claim,) = bench.effects.claims.values()
    assert claim.status == "started"
    go.set()
    for _ in range(500):
        if claim.result is not None:
            break
        await asyncio.sleep(0.01)
    assert (claim.status, claim.result) == ("done", {"text": "done"})


def test_a_failure_after_waits_has_all_its_attempts() -> None:
    """Five waits, then a backend that is down: the task is tried again as if it had never waited."""
    task = Task(id=TaskId("1/act"), worker="act")
    plan, policy, queue = Plan(number=1, tasks=(task,)), Policy(gates={}, task_attempts=2), dict[str, Retry]()
    for attempt in range(1, 7):
        error = ToolError(code="unavailable", message="down or waiting", retryable=True)
        wait = waiting() if attempt < 6 else None
        result = TaskResult(task_id=task.id, worker="act", attempt=attempt, status="failure", error=error, pending=wait)
        standing = Standing(plan, "work", {task.id: result}, queue, policy, NOON)
        queue = queue_retries(standing, lambda: 0.5)
        assert queue[task.id].attempt == attempt + 1
