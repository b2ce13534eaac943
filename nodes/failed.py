"""FAILED: the run cannot go on by itself; it says where it was, so that a resume continues there."""

from graph.contract import Failure, Outcome
from graph.history import concluded
from graph.ports import Deps, by_run
from graph.rows import DeadLetter, Record, RunEnded
from graph.state import RunState, Update
from graph.states import ACTIVE, NodeName


async def failed(state: RunState, deps: Deps) -> Update:
    """Record the end and where to resume; every failure but a cancellation is a dead letter."""
    run = by_run(state["header"])
    failure = _failure(state)
    resume_at = None if state["cancelled"] else _origin(state)
    effects = await deps.effects.done(run)
    outcome = Outcome(status="failed", cause=failure.cause, message=failure.message, effects=effects)
    rows: list[Record] = [RunEnded(outcome=outcome, resume_at=resume_at, at=deps.clock.now())]
    if resume_at:
        rows.append(DeadLetter(state=resume_at, cause=failure.cause, error=failure.message, at=deps.clock.now()))
    await deps.records.append(run, *rows)
    told = concluded(outcome, state)
    return {"status": "failed", "outcome": outcome, "resume_at": resume_at, "messages": told}


def _failure(state: RunState) -> Failure:
    if state["cancelled"]:
        return Failure(cause="cancelled", message="cancelled by the caller")
    return state["failure"] or Failure(cause="internal", message=state["transitions"][-1].reason)


def _origin(state: RunState) -> NodeName:
    """The last state at work, neither a detour nor the worker; with a question left open, the one that asked."""
    if question := state["question"]:
        return question.asked_by
    visited = (transition.source for transition in reversed(state["transitions"]))
    return next((node for name in visited for node in ACTIVE if node == name), "intake")
