"""The budget breaker's detour: ask a person, answer simply, or decline gracefully, as the budget says."""

from graph.contract import Failure
from graph.domain import Domain
from graph.escalation import Question
from graph.ports import Deps, by_run
from graph.simplified import simplified
from graph.state import RunState, Update
from graph.states import WORKING, NodeName


async def fallback(state: RunState, deps: Deps) -> Update:
    """What follows a tripped breaker. A decline is not offered once an effect is done."""
    domain = deps.domains.get(state["header"].domain)
    match state["header"].budget.on_alert:
        case "simplify" if domain.simplify is not None:
            return await simplified(state, domain, deps)
        case "decline" if not await deps.effects.done(by_run(state["header"])):
            return {"failure": Failure(cause="budget", message=domain.decline_message, ends="rejected")}
        case _:
            return {"question": _question(state, domain)}


def _question(state: RunState, domain: Domain) -> Question:
    limit = f"{state['header'].budget.alert_at:.0%} of its budget"
    return Question(
        kind="budget",
        asked_by=_origin(state),
        message=f"The run has used {limit} and {domain.name} is not done. Spend more?",
        plan_number=state["plan_number"],
    )


def _origin(state: RunState) -> NodeName:
    """The state that was about to spend when the breaker tripped."""
    source = state["transitions"][-1].source
    return next((node for node in WORKING if node == source), "planning")
