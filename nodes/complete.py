"""COMPLETE: the review of the delivery passed; the outcome is the domain's own, from the facts."""

from graph.contract import Outcome
from graph.history import concluded
from graph.ports import Deps, by_run
from graph.rows import RunEnded
from graph.state import RunState, Update


async def complete(state: RunState, deps: Deps) -> Update:
    """Conclude and record. A conclusion that breaks the domain's outcome schema is a defect, and raises."""
    domain = deps.domains.get(state["header"].domain)
    run = by_run(state["header"])
    effects = await deps.effects.done(run)
    data = domain.outcome.model_validate(domain.conclude(state["results"], effects)).model_dump(mode="json")
    outcome = Outcome(
        status="complete",
        cause="simplified" if state["simplified"] else "done",
        message=_said(state),
        data=data,
        effects=effects,
    )
    await deps.records.append(run, RunEnded(outcome=outcome, at=deps.clock.now()))
    return {"status": "complete", "outcome": outcome, "messages": concluded(outcome, state, domain)}


def _said(state: RunState) -> str:
    """The plan in one line; a simplified answer says that it is one."""
    plan = state["plan"]
    summary = plan.summary if plan and plan.summary else "done"
    return f"a simplified answer, as the budget was nearly used up: {summary}" if state["simplified"] else summary
