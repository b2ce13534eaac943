"""What EXECUTING does next: a pure function of plan, results and the retry queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from graph.contract import Plan, Retry, Schedule, Stage, Task, TaskResult, WorkOrder
from graph.domain import Policy
from graph.refs import Unresolved, resolved
from graph.state import RunState, next_sequence
from graph.toolcall import RETRYABLE_CODES, ToolError
from graph.values import Micros, TaskId
from graph.waiting import next_poll

SECOND = 1_000_000
"""Microseconds."""
AT_ONCE = Micros(0)


def backoff_seconds(attempt: int, policy: Policy, jitter: float) -> float:
    """Full jitter: anywhere between 0 and a cap that doubles with each attempt."""
    return float(min(policy.retry_cap_seconds, policy.retry_base_seconds * 2 ** (attempt - 1)) * jitter)


@dataclass(frozen=True)
class Standing:
    """How the work stands: what a schedule is made from."""

    plan: Plan
    stage: Stage
    results: Mapping[str, TaskResult]
    retries: Mapping[str, Retry]
    policy: Policy
    now: Micros


def queue_retries(standing: Standing, jitter: Callable[[], float]) -> dict[str, Retry]:
    """The retry queue with every newly failed task that may be tried again."""
    queue = dict(standing.retries)
    for task in standing.plan.tasks:
        result = standing.results.get(task.id)
        if result is not None and _may_retry(result, queue.get(task.id), standing.policy):
            queue[task.id] = _retry(result, queue.get(task.id), standing, jitter())
    return queue


def _retry(result: TaskResult, queued: Retry | None, standing: Standing, jitter: float) -> Retry:
    error = result.error or ToolError(code="internal", message="failed without an error")
    granted = queued.granted if queued else standing.policy.task_attempts
    if result.pending is not None:  # a wait is no attempt, so that it uses none up
        due = next_poll(result.pending, standing.now)
        return Retry(attempt=result.attempt + 1, not_before=due, error=error, granted=granted + 1)
    delay = error.retry_after or backoff_seconds(result.attempt, standing.policy, jitter)
    due = Micros(standing.now + int(delay * SECOND))
    return Retry(attempt=result.attempt + 1, not_before=due, error=error, granted=granted)


def _may_retry(result: TaskResult, queued: Retry | None, policy: Policy) -> bool:
    if result.status != "failure" or (queued is not None and queued.attempt > result.attempt):
        return False
    granted = queued.granted if queued else policy.task_attempts
    if result.pending is not None:
        return True
    error = result.error
    if error is None or error.final is not None or result.stops is not None:
        return False
    return (error.retryable or error.code in RETRYABLE_CODES) and result.attempt < granted


def schedule(standing: Standing) -> Schedule:
    """What is ready, what is due later, and whether the stage is settled."""
    results, retries = standing.results, standing.retries
    tasks = [task for task in standing.plan.tasks if task.stage == standing.stage]
    open_tasks = [task for task in tasks if not _succeeded(results.get(task.id))]
    if not open_tasks:
        return Schedule(settled=True)
    lost = tuple(task.id for task in open_tasks if _settled(task, results, retries))
    waiting = [task for task in open_tasks if task.id not in lost and _unblocked(task, results)]
    ready = tuple(task.id for task in waiting if _due(task, retries) <= standing.now)
    if ready:
        return Schedule(ready=ready[: standing.policy.max_parallel])
    if lost:
        return Schedule(exhausted=lost)
    return Schedule(wake_at=min((_due(task, retries) for task in waiting), default=standing.now))


def _succeeded(result: TaskResult | None) -> bool:
    return result is not None and result.status == "success"


def _settled(task: Task, results: Mapping[str, TaskResult], retries: Mapping[str, Retry]) -> bool:
    """Failed, or in need of a person, with no retry to come."""
    result = results.get(task.id)
    if result is None:
        return False
    queued = retries.get(task.id)
    return queued is None or queued.attempt <= result.attempt


def _unblocked(task: Task, results: Mapping[str, TaskResult]) -> bool:
    return all(_succeeded(results.get(name)) for name in task.depends_on)


def _due(task: Task, retries: Mapping[str, Retry]) -> Micros:
    queued = retries.get(task.id)
    return queued.not_before if queued else Micros(0)


def granted_again(
    results: Mapping[str, TaskResult],
    retries: Mapping[str, Retry],
    task_ids: tuple[TaskId, ...],
    policy: Policy,
    not_before: Micros = AT_ONCE,
) -> dict[str, Retry]:
    """The retry queue with a fresh set of attempts for tasks that were given up; none is made before `not_before`."""
    queue = dict(retries)
    for task_id in task_ids:
        result = results[task_id]
        error = result.error or ToolError(code="internal", message="given up")
        first = result.attempt + 1
        granted = result.attempt + policy.task_attempts
        queue[task_id] = Retry(attempt=first, not_before=not_before, error=error, granted=granted)
    return queue


def due_now(retries: Mapping[str, Retry], wake_at: Micros | None) -> dict[str, Retry]:
    """The retry queue of a parked run, where what it was parked for has become due; nothing more is granted."""
    return {
        task_id: queued.model_copy(update={"not_before": Micros(0)})
        if wake_at is not None and queued.not_before <= wake_at
        else queued
        for task_id, queued in retries.items()
    }


def orders(state: RunState) -> list[WorkOrder]:
    """One order a ready task, its references resolved."""
    plan = state["plan"]
    if plan is None:
        return []
    by_id = {task.id: task for task in plan.tasks}
    return [_order(by_id[task_id], state) for task_id in state["schedule"].ready]


def stopping(standing: Standing) -> TaskResult | None:
    """The newest word of a task that stops the whole run, unless a resume granted it another try."""
    found = (standing.results.get(task.id) for task in standing.plan.tasks)
    return next((each for each in found if each and each.stops and not _granted(each, standing.retries)), None)


def _granted(result: TaskResult, retries: Mapping[str, Retry]) -> bool:
    queued = retries.get(result.task_id)
    return queued is not None and queued.attempt > result.attempt


def _order(task: Task, state: RunState) -> WorkOrder:
    queued = state["retries"].get(task.id)
    known = state["results"].get(task.id)
    return WorkOrder(
        header=state["header"],
        task=task.model_copy(update={"input": resolved(task.input, state["results"])}),
        attempt=queued.attempt if queued else 1,
        permits=tuple(state["permits"]),
        sequence=next_sequence(state),
        kept=known.kept if known else None,
    )


def unresolvable(plan: Plan, ready: tuple[TaskId, ...], results: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """A failure for each ready task whose references point at nothing in the outputs as they came out."""
    failures: dict[str, TaskResult] = {}
    for task in plan.tasks:
        if task.id not in ready:
            continue
        try:
            resolved(task.input, results)
        except Unresolved as error:
            fault = ToolError(code="invalid_input", message=str(error), hint="refer to a field the output has")
            known = results.get(task.id)
            failures[task.id] = TaskResult(
                task_id=task.id,
                worker=task.worker,
                attempt=known.attempt + 1 if known else 1,
                status="failure",
                error=fault,
            )
    return failures
