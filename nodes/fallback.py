"""The budget breaker's detour: ask a person, answer simply, or decline gracefully, as the budget says."""

from graph.amounts import most_used, shown
from graph.contract import Failure
from graph.domain import Domain
from graph.escalation import Question
from graph.funding import Lack, lacking, proposed
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
            return {"question": await _question(state, domain, deps)}


async def _question(state: RunState, domain: Domain, deps: Deps) -> Question:
    spent_on = await deps.ledger.spent_by_role(by_run(state["header"]))
    origin = _origin(state)
    lack = lacking(state, origin, domain, spent_on)
    return Question(
        kind="budget",
        asked_by=origin,
        message=f"{_why(state)}, and {domain.name} is not done. {_wanted(lack)} Spend more?",
        plan_number=state["plan_number"],
        missing=lack.names,
        spent_on=spent_on,
        limits=proposed(state["header"].budget, state["spend"], lack),
    )


def _why(state: RunState) -> str:
    """The ledger's own words where it refused a call, else the limit that is used up most."""
    header, spend = state["header"], state["spend"]
    used = most_used(header.budget, spend)
    if spend.refused > header.forgiven and spend.refusal:
        return f"{spend.refusal[:1].upper()}{spend.refusal[1:].rstrip('.')}"
    return f"The run has used {used}" if used else "A call was refused"


def _wanted(lack: Lack) -> str:
    priced = f" ({shown('usd', lack.usd_micros / 1_000_000)})" if lack.usd_micros else ""
    return f"About {shown('tokens', lack.tokens)}{priced} are missing."


def _origin(state: RunState) -> NodeName:
    """The state that was about to spend when the breaker tripped."""
    source = state["transitions"][-1].source
    return next((node for node in WORKING if node == source), "planning")
