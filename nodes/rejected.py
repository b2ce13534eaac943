"""REJECTED: the job cannot or may not be done; the caller is told why."""

from graph.contract import Failure, Outcome
from graph.history import concluded
from graph.ports import Deps, by_run
from graph.rows import DeadLetter, Record, RunEnded
from graph.state import RunState, Update


async def rejected(state: RunState, deps: Deps) -> Update:
    """Record the end; a job that VALIDATING refused is also a dead letter, to be requeued after a fix."""
    run = by_run(state["header"])
    failure = state["failure"] or Failure(cause="stopped", message="the run was stopped", ends="rejected")
    effects = await deps.effects.done(run)
    outcome = Outcome(status="rejected", cause=failure.cause, message=failure.message, effects=effects)
    rows: list[Record] = [RunEnded(outcome=outcome, at=deps.clock.now())]
    if failure.cause == "invalid":
        origin = state["transitions"][-1].source
        rows.append(DeadLetter(state=origin, cause="invalid", error=failure.message, at=deps.clock.now()))
    await deps.records.append(run, *rows)
    return {"status": "rejected", "outcome": outcome, "messages": concluded(outcome, state)}
