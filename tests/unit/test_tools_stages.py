from collections.abc import Coroutine
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from graph.contract import Stage
from graph.domain import Effect, EffectIdentity, Gate, Stakes
from graph.ports import CallContext
from graph.toolcall import Permit, ToolCall
from graph.values import Json
from toolbox import Ask, Bench, Flaky, Function, Said, context, domain, effect, tool, yes
from tools.repeats import Repeats


def permit(args: Json, name: str = "act") -> Permit:
    """A person's leave for one exact call."""
    return Permit(call=ToolCall(tool=name, args=args), by="person:ann")


async def test_a_good_call_gives_its_value_and_a_row() -> None:
    """The value is JSON of the output schema; the row tells call, result, tries and task."""
    bench = Bench()
    result = await bench.call(tool(), {"order": "A1", "amount": 3})
    assert result.value == {"text": "A1 3"}
    (row,) = bench.records.tool_calls("run-1")
    assert (row.call.args, row.result, row.tries, row.task_id) == ({"order": "A1", "amount": 3}, result, 1, "1/t")


async def test_async_and_sync_functions_are_tools_alike() -> None:
    """A coroutine function is awaited, a plain one runs in a thread, and so does one that returns a coroutine."""

    async def later(ask: Ask) -> Said:
        return yes(ask)

    def sooner(ask: Ask) -> Coroutine[Any, Any, Said]:
        return later(ask)

    used: list[Function] = [later, yes, sooner, lambda ask: {"text": ask.order}]
    assert all([(await Bench().call(tool(function))).ok for function in used])


async def test_an_unknown_tool_is_denied() -> None:
    """A name that a model made up calls nothing."""
    assert (await Bench().error(tool(), name="rm")).code == "denied"


@pytest.mark.parametrize(
    ("by", "ok"),
    [
        (context(), True),
        (context(tools=("act",)), True),
        (context(tools=("other",)), False),
        (context(worker="validator", tools=("act",)), True),
        (context(worker="validator"), False),
    ],
)
async def test_a_task_has_its_own_tools_only(by: CallContext, ok: bool) -> None:
    """An empty list means the worker's tools; a task without a worker has what it names."""
    result = await Bench().call(domain(tool(), tool(name="other")), by=by)
    assert (result.error is None or result.error.code) == (True if ok else "denied")


async def test_a_task_cannot_widen_its_workers_tools() -> None:
    """Naming a tool that the worker lacks gives no leave."""
    where = domain(tool(name="other"))
    widened = type(where)(**{**vars(where), "tools": (tool(), tool(name="other"))})
    assert (await Bench().error(widened, by=context(tools=("act",)))).code == "denied"


@pytest.mark.parametrize(
    ("kind", "stakes", "stage", "ok"),
    [
        ("irreversible", "none", "work", False),
        ("write", "customer", "work", False),
        ("write", "money", "work", True),
        ("write", "none", "work", True),
        ("write", "compliance", "work", True),
        ("irreversible", "customer", "deliver", True),
    ],
)
async def test_what_leaves_the_house_is_legal_in_delivery_only(
    kind: Effect,
    stakes: Stakes,
    stage: Stage,
    ok: bool,
) -> None:
    """Irreversible and customer-facing tools are denied to a task of stage work."""
    result = await Bench().call(effect(effect=kind, stakes=stakes), by=context(stage=stage))
    assert (result.error is None or result.error.code) == (True if ok else "denied")


@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({}, ["order"]),
        ({"order": "A1", "amount": "SECRET"}, ["amount"]),
        ({"order": "A1", "amount": -1}, ["amount"]),
        ({"order": "A1", "colour": 1, "size": 2}, ["colour", "size"]),
        ({"order": ["SECRET"], "amount": float("nan")}, ["order", "amount"]),
    ],
)
async def test_a_wrong_input_names_its_fields_and_no_values(args: Json, names: list[str]) -> None:
    """The model can mend it, and nothing secret is repeated; the tool is not called."""
    flaky = Flaky()
    error = await Bench().error(tool(flaky), args)
    assert error.code == "invalid_input"
    assert all(name in error.message for name in names)
    assert "SECRET" not in error.message
    assert error.hint
    assert flaky.calls == 0


GARBAGE: Json = {"text": 7}


class Other(BaseModel):
    """Not the output that was promised."""

    sum: int = 1


@pytest.mark.parametrize(
    "answer",
    [None, 7, "text", [], {}, {"text": 7}, Other(), object(), Said.model_construct(**GARBAGE), {"text": b"\xff"}],
)
async def test_an_answer_against_the_schema_is_refused(answer: object) -> None:
    """Garbage never reaches a worker, not even as an unchecked instance of the right class."""
    assert (await Bench().error(tool(lambda _: answer))).code == "invalid_output"


class Figure(BaseModel):
    """An output whose numbers may be no JSON."""

    value: float


class Anything(BaseModel):
    """An output that checks nothing."""

    value: Any


@pytest.mark.parametrize(
    ("schema", "value"),
    [(Figure, float("nan")), (Figure, float("inf")), (Anything, "\ud800"), (Anything, {"deep": ["\udfff"]})],
)
async def test_a_value_that_cannot_be_written_down_is_an_invalid_output(schema: type[BaseModel], value: object) -> None:
    """NaN and half a surrogate pair are no JSON, so no record and no checkpoint could hold them."""
    assert (await Bench().error(tool(lambda _: {"value": value}, output=schema))).code == "invalid_output"


@pytest.mark.parametrize(
    ("gate", "permits", "code"),
    [
        ("free", (), None),
        ("never", (permit({"order": "A1"}),), "denied"),
        ("reviewed", (), "needs_approval"),
        ("person", (), "needs_approval"),
        ("person", (permit({"order": "A1"}),), None),
        ("reviewed", (permit({"amount": 1, "order": "A1"}),), None),
        ("person", (permit({"order": "A1", "amount": 2}),), "needs_approval"),
        ("person", (permit({"order": "A1"}, name="other"),), "needs_approval"),
        ("person", (permit({"nonsense": 1}),), "needs_approval"),
    ],
)
async def test_an_approval_is_good_for_one_exact_call(
    gate: Gate, permits: tuple[Permit, ...], code: str | None
) -> None:
    """Policy gates the kind; a permit lets pass the call that it names, defaults filled in, and no other."""
    flaky = Flaky()
    result = await Bench().call(domain(effect(flaky), gate=gate), by=context(permits=permits))
    assert (result.error.code if result.error else None) == code
    assert flaky.calls == (0 if code else 1)


async def test_a_masked_field_does_not_make_two_calls_equal() -> None:
    """Two secrets look alike in JSON; a permit for one is none for the other."""

    class Login(BaseModel):
        password: SecretStr

    used = effect(lambda _, key: Said(text=key), input=Login, identity=EffectIdentity())
    by = context(permits=(permit({"password": "one"}),))
    assert (await Bench().call(domain(used, gate="person"), {"password": "one"}, by=by)).ok
    assert (await Bench().error(domain(used, gate="person"), {"password": "two"}, by=by)).code == "needs_approval"


async def test_the_same_call_too_often_is_refused() -> None:
    """A loop ends after `max_repeats`, by run and by input."""
    bench, where = Bench(), domain(tool(), max_repeats=2)
    assert [(await bench.call(where)).ok for _ in range(2)] == [True, True]
    error = await bench.error(where)
    assert (error.code, error.retryable) == ("repeated_call", False)
    assert (await bench.call(where, {"order": "B2"})).ok
    assert (await bench.call(where, by=context(run="run-2"))).ok


async def test_later_attempts_of_a_task_are_no_repeats() -> None:
    """The run's retry queue makes a task's calls again; another task's are counted on top."""
    bench, where = Bench(), domain(tool(), max_repeats=2)
    assert all([(await bench.call(where, by=context(attempt=attempt))).ok for attempt in range(1, 9)])
    assert (await bench.call(where, by=context("2/t"))).ok
    assert (await bench.error(where, by=context("3/t"))).code == "repeated_call"


async def test_every_call_has_a_row_of_its_own_and_a_replay_has_none() -> None:
    """Rows are keyed by run, task, attempt, call and number: a new process writes the same ids again."""
    bench = Bench()
    for _ in range(2):
        await bench.call(tool())
    await bench.call(tool(), {"wrong": 1})
    assert len(bench.records.tool_calls("run-1")) == 3
    reborn = Bench(records=bench.records)
    await reborn.call(tool())
    assert len(bench.records.tool_calls("run-1")) == 3


async def test_one_and_true_are_not_the_same_call() -> None:
    """Python calls them equal, a backend may not."""

    class Loose(BaseModel):
        value: Any

    used = effect(lambda _, key: Said(text=key), input=Loose, identity=EffectIdentity())
    by = context(permits=(permit({"value": 1}),))
    assert (await Bench().error(domain(used, gate="person"), {"value": True}, by=by)).code == "needs_approval"


def test_only_the_newest_runs_are_counted() -> None:
    """A process that lives for months does not remember every run."""
    repeats = Repeats(runs_kept=2)
    numbers = [repeats.note(context(run=run), "call") for run in ("a", "b", "a", "c", "a", "b")]
    assert numbers == [1, 1, 2, 1, 3, 1]
