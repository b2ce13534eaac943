"""What a run still lacks, and the limits that would pay for it."""

from pathlib import Path
from typing import Any, Final, cast

from graph.amounts import granted
from graph.contract import Budget, Plan, Spend, Task, TaskResult
from graph.funding import lacking, proposed
from graph.state import RunState
from graph.toolcall import ToolError
from graph.values import TaskId
from toydomain import toy

PARTS: Final = {
    "plan": Spend(tokens=4_000, usd_micros=40_000, calls=2),
    "work": Spend(tokens=2_000, usd_micros=20_000, calls=2),
}
SPENT: Final = Spend(tokens=6_000, usd_micros=60_000, calls=4, worked=8.0)
FIND, DRAFT, GREET = (
    Task(id=TaskId(f"1/{name}"), worker=name, stage="deliver" if name == "greet" else "work")
    for name in ("find", "draft", "greet")
)


def state(**changes: Any) -> RunState:
    """One task is done, one asks a model, one delivers."""
    done = TaskResult(task_id=FIND.id, worker="find", status="success", output={})
    fields = {"plan": Plan(number=1, tasks=(FIND, DRAFT, GREET)), "stage": "work", "results": {FIND.id: done}}
    return cast("RunState", {**fields, **changes})


def test_what_is_missing_is_named_and_priced_as_the_run_has_paid(tmp_path: Path) -> None:
    """The open tasks and the review; tokens by what such calls cost so far, dollars by what a token did."""
    lack = lacking(state(), "executing", toy(tmp_path), PARTS)
    assert lack.names == ("1/draft", "1/greet", "the review of the work")
    assert lack.calls == 3
    assert lack.tokens >= 1.5 * (1_000 + 1_500)
    assert lack.usd_micros == lack.tokens * 10


def test_a_run_without_a_plan_lacks_one(tmp_path: Path) -> None:
    """A plan, the work of it, and its review."""
    lack = lacking(state(plan=None, results={}), "planning", toy(tmp_path), {})
    assert lack.names == ("a plan", "the review of the work")
    assert (lack.calls, lack.usd_micros) == (5, 0)


def test_a_task_whose_call_was_refused_is_counted(tmp_path: Path) -> None:
    """Also where its worker did not say that it asks a model."""
    error = ToolError(code="cancelled", message="refused")
    refused = TaskResult(task_id=FIND.id, worker="find", status="failure", error=error)
    one = lacking(state(), "executing", toy(tmp_path), PARTS).calls
    assert lacking(state(results={FIND.id: refused}), "executing", toy(tmp_path), PARTS).calls > one


def test_only_limits_that_are_in_the_way_rise(tmp_path: Path) -> None:
    """Each to a readable amount at which the breaker stays shut until the missing is paid; the others stay."""
    lack = lacking(state(), "executing", toy(tmp_path), PARTS)
    budget = Budget(tokens=7_000, usd=0.07, seconds=None, calls=60)
    limits = proposed(budget, SPENT, lack)
    assert set(limits) == {"tokens", "usd"}
    raised = granted(budget, SPENT, limits)
    assert raised.tokens is not None
    assert raised.usd is not None
    assert raised.tokens * 0.8 >= SPENT.tokens + lack.tokens
    assert raised.usd * 0.8 >= (SPENT.usd_micros + lack.usd_micros) / 1_000_000 - 1e-9
    assert raised.tokens % 1_000 == 0


def test_time_rises_as_the_run_has_taken_it(tmp_path: Path) -> None:
    """Two seconds a call so far, three calls to come."""
    lack = lacking(state(), "executing", toy(tmp_path), PARTS)
    unlimited = Budget(tokens=None, usd=None, seconds=9.0, calls=None)
    assert proposed(unlimited, SPENT, lack) == {"seconds": 18}
