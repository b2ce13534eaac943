"""What EXECUTING does next, as tables."""

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NOON
from graph.contract import Plan, Retry, Schedule, TaskResult
from graph.domain import Policy
from graph.schedule import (
    Standing,
    backoff_seconds,
    due_now,
    granted_again,
    queue_retries,
    schedule,
    unresolvable,
)  # fmt: skip
from graph.toolcall import ToolError
from graph.values import Micros, TaskId
from plan_kit import greet, result, task

SECOND: Final = 1_000_000


NUMBERED: Final = Plan(
    number=1,
    tasks=(task("a"), task("b"), task("c", depends_on=("a",)), greet("d", text="Hello.")),
)


def policy(**changes: Any) -> Policy:
    """Three attempts, a backoff of a second."""
    return Policy(gates={}, **changes)


def standing(*results: TaskResult, retries: dict[str, Retry] | None = None, **changes: Any) -> Standing:
    """How the plan's work stands."""
    return replace(
        Standing(NUMBERED, "work", {each.task_id: each for each in results}, retries or {}, policy(), NOON), **changes
    )


def retry(attempt: int, seconds: float = 0, granted: int = 3) -> Retry:
    """A place in the queue, so many seconds from now."""
    error = ToolError(code="unavailable", message="no")
    return Retry(attempt=attempt, not_before=Micros(NOON + int(seconds * SECOND)), error=error, granted=granted)


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        (standing(), Schedule(ready=(TaskId("a"), TaskId("b")))),
        (standing(result("a")), Schedule(ready=(TaskId("b"), TaskId("c")))),
        (standing(result("a"), result("b"), result("c")), Schedule(settled=True)),
        (standing(stage="deliver"), Schedule(ready=(TaskId("d"),))),
        (standing(result("d"), stage="deliver"), Schedule(settled=True)),
        (standing(policy=policy(max_parallel=1)), Schedule(ready=(TaskId("a"),))),
        (standing(result("a", "failure"), result("b")), Schedule(exhausted=(TaskId("a"),))),
        (standing(result("a", "needs_human"), result("b")), Schedule(exhausted=(TaskId("a"),))),
        (standing(result("a", "failure")), Schedule(ready=(TaskId("b"),))),
        (standing(result("a", "failure"), result("b"), retries={"a": retry(2)}), Schedule(ready=(TaskId("a"),))),
        (standing(result("a", "failure"), result("b"), retries={"a": retry(2, 9)}),
         Schedule(wake_at=Micros(NOON + 9 * SECOND))),
        (standing(result("a", "failure"), result("b", "failure"), retries={"a": retry(2, 9), "b": retry(2, 4)}),
         Schedule(wake_at=Micros(NOON + 4 * SECOND))),
        (standing(result("a", "failure", attempt=2), result("b"), retries={"a": retry(2)}),
         Schedule(exhausted=(TaskId("a"),))),
        (standing(plan=Plan(tasks=())), Schedule(settled=True)),
    ],
)  # fmt: skip
def test_the_schedule(stands: Standing, expected: Schedule) -> None:
    """What is ready, due later, lost or settled: the ready come first, so that siblings end before anybody is asked."""
    assert schedule(stands) == expected


@pytest.mark.parametrize(
    ("stands", "queued"),
    [
        (standing(result("a")), {}),
        (standing(result("a", "failure")), {"a": (2, 0.5, 3)}),
        (standing(result("a", "failure", attempt=2), retries={"a": retry(2)}), {"a": (3, 1.0, 3)}),
        (standing(result("a", "failure", attempt=3), retries={"a": retry(3)}), {"a": (3, 0, 3)}),
        (standing(result("a", "failure", code="conflict")), {}),
        (standing(result("a", "failure", retry_after=7)), {"a": (2, 7, 3)}),
        (standing(result("a", "needs_human")), {}),
        (standing(result("a", "failure"), retries={"a": retry(2, 4)}), {"a": (2, 4, 3)}),
        (standing(result("a", "failure", attempt=4), retries={"a": retry(4, granted=6)}), {"a": (5, 4.0, 6)}),
    ],
)
def test_the_retry_queue(stands: Standing, queued: dict[str, tuple[int, float, int]]) -> None:
    """A retryable failure is due again after a backoff or the backend's own time, as often as is granted."""
    queue = queue_retries(stands, lambda: 0.5)
    found = {name: (each.attempt, (each.not_before - NOON) / SECOND, each.granted) for name, each in queue.items()}
    assert found == queued


@given(attempt=st.integers(1, 40), jitter=st.floats(0, 1, exclude_max=True))
def test_backoff_is_bounded(attempt: int, jitter: float) -> None:
    """Never negative, never above the cap, and doubling with each attempt below it."""
    limits = policy(retry_base_seconds=2.0, retry_cap_seconds=60.0)
    seconds = backoff_seconds(attempt, limits, jitter)
    assert 0 <= seconds <= min(60.0, 2.0 * 2 ** (attempt - 1))


def test_a_grant_starts_a_fresh_set() -> None:
    """A task that was given up after three attempts has its fourth at once, and two more."""
    queue = granted_again({"a": result("a", "failure", attempt=3)}, {"b": retry(2, 9)}, (TaskId("a"),), policy())
    assert (queue["a"].attempt, queue["a"].not_before, queue["a"].granted) == (4, 0, 6)
    assert queue["b"] == retry(2, 9)


def test_a_wake_only_hastens() -> None:
    """What the run was parked for is due; the rest keeps its time, and nothing is granted."""
    queue = due_now({"a": retry(2, 4), "b": retry(2, 9)}, Micros(NOON + 4 * SECOND))
    assert queue == {"a": retry(2, 4).model_copy(update={"not_before": 0}), "b": retry(2, 9)}
    assert due_now({"a": retry(2, 4)}, None) == {"a": retry(2, 4)}


def test_what_cannot_be_resolved_fails_its_task() -> None:
    """Each time as an attempt of its own, so that a second try is told from the first."""
    broken = Plan(tasks=(task("a"), task("b", input={"name": {"$ref": "a.nothing"}})))
    known = {"a": result("a", output={"name": "Ada"})}
    (first,) = unresolvable(broken, (TaskId("b"),), known).values()
    (second,) = unresolvable(broken, (TaskId("b"),), {**known, "b": first}).values()
    assert (first.attempt, second.attempt, first.error and first.error.code) == (1, 2, "invalid_input")
    assert unresolvable(broken, (TaskId("a"),), known) == {}
