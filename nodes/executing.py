"""EXECUTING: the orchestrator dispatches what is ready and waits for what is due; it never calls a tool."""

from graph import history
from graph.contract import Failure, Plan, Schedule, TaskResult
from graph.domain import Domain
from graph.escalation import Question, QuestionKind
from graph.ports import Deps, by_run
from graph.rows import RunParked
from graph.schedule import SECOND, Standing, queue_retries, schedule, stopping, unresolvable
from graph.state import RunState, Update
from graph.toolcall import ToolCall
from graph.values import Micros


async def executing(state: RunState, deps: Deps) -> Update:
    """Queue the failed for retry, then dispatch, wait, park, hand on, or give up on what is lost."""
    plan = state["plan"]
    if plan is None:
        return {"failure": Failure(cause="no_plan", message="there is nothing to execute")}
    domain = deps.domains.get(state["header"].domain)
    now = deps.clock.now()
    standing = Standing(plan, state["stage"], state["results"], state["retries"], domain.policy, now)
    retries = queue_retries(standing, deps.clock.jitter)
    standing = Standing(plan, state["stage"], state["results"], retries, domain.policy, now)
    if stopped := stopping(standing):
        return {"failure": _stopped(stopped)}
    found = schedule(standing)
    update: Update = {"retries": retries, "schedule": found, "messages": _news(plan, state)}
    if broken := unresolvable(plan, found.ready, state["results"]):
        return {**update, "schedule": Schedule(), "results": broken}
    if found.exhausted:
        return {**update, **_given_up(found, plan, state, domain)}
    if found.wake_at is not None:
        return {**update, **await _wait(found.wake_at, state, domain, deps)}
    return update


def _news(plan: Plan, state: RunState) -> list[object]:
    """Results that the history does not have yet."""
    known = history.known_ids(state["messages"])
    found = [state["results"][task.id] for task in plan.tasks if task.id in state["results"]]
    results = [result for result in found if result.pending is None]
    return [message for result in results if (message := history.settled(result)).id not in known]


async def _wait(wake_at: Micros, state: RunState, domain: Domain, deps: Deps) -> Update:
    """A wait of seconds is slept; a longer one parks the run, where somebody wakes it."""
    seconds = max(0.0, (wake_at - deps.clock.now()) / SECOND)
    if seconds > domain.policy.park_after_seconds and state["header"].parks:
        await deps.records.append(by_run(state["header"]), RunParked(wake_at=wake_at))
        return {"status": "parked", "resume_at": "executing"}
    await deps.clock.sleep(seconds)
    return {"schedule": Schedule()}


def _stopped(result: TaskResult) -> Failure:
    return Failure(cause=result.stops or "internal", message=_said(result))


def _given_up(found: Schedule, plan: Plan, state: RunState, domain: Domain) -> Update:
    """Tasks that need a person ask for one; for the rest, policy decides."""
    lost = [state["results"][task_id] for task_id in found.exhausted]
    for result in lost:
        if question := _question(result, plan):
            return {"question": question}
    first = next((result for result in lost if result.error and result.error.final == "escalate"), lost[0])
    if first.error and first.error.final == "escalate":
        return {"question": _exhausted(first, plan)}
    match domain.policy.on_exhausted(first):
        case "replan":
            return {}
        case "escalate":
            return {"question": _exhausted(first, plan)}
        case "fail":
            code = first.error.code if first.error else "internal"
            return {"failure": Failure(cause=f"tool_{code}", message=_what(first))}


def _question(result: TaskResult, plan: Plan) -> Question | None:
    if result.status == "needs_human":
        return _ask("task_needs_human", plan, result, result.question or "The worker needs a decision.")
    code = result.error.code if result.error else "internal"
    if code == "unknown_outcome":
        return _ask("unknown_outcome", plan, result, f"{_what(result)} Did it happen?")
    if code == "needs_approval":
        return _ask("effect_approval", plan, result, f"May {result.worker} be done exactly as shown?")
    return None


def _exhausted(result: TaskResult, plan: Plan) -> Question:
    return _ask("tasks_exhausted", plan, result, f"{_what(result)} How should the run go on?")


def _ask(kind: QuestionKind, plan: Plan, result: TaskResult, message: str) -> Question:
    task = next(task for task in plan.tasks if task.id == result.task_id)
    calls = (ToolCall(tool=result.worker, args=task.input),) if kind == "effect_approval" else ()
    return Question(
        kind=kind,
        asked_by="executing",
        message=message,
        plan_number=plan.number,
        task=result.task_id,
        effect_key=result.error.effect_key if result.error else None,
        calls=calls,
    )


def _what(result: TaskResult) -> str:
    return f"Task {result.task_id} failed after {result.attempt} attempts: {_said(result)}."


def _said(result: TaskResult) -> str:
    return result.error.message if result.error else result.question or "no reason given"
