"""The simplified answer: the domain's plan of function workers, from the facts at hand."""

from graph import history
from graph.briefs import SimplifyBrief
from graph.contract import Failure, Schedule
from graph.domain import Domain
from graph.errors import BudgetRefused, ModelError, PlanRefused
from graph.plans import Ground, accepted
from graph.ports import Deps, ModelCall, by_run
from graph.state import RunState, Update, where
from graph.values import Json


async def simplified(state: RunState, domain: Domain, deps: Deps) -> Update:
    """The simplified plan in force and ready for review, or the failure that no such plan exists."""
    if domain.simplify is None:
        return {"failure": Failure(cause="budget", message=f"{domain.name} has no simplified answer")}
    effects = await deps.effects.done(by_run(state["header"]))
    number = state["plan_number"] + 1
    brief = SimplifyBrief(request=state["request"], plan_number=number, results=dict(state["results"]), effects=effects)
    brief = brief.model_copy(update={"answer": await _written(brief, state, domain, deps)})
    try:
        plan = accepted(domain.simplify(brief), number, Ground(domain, state["results"], effects))
    except PlanRefused as refused:
        return {"failure": Failure(cause="budget", message=f"the simplified plan was refused: {refused}")}
    return {
        "plan": plan,
        "plan_number": number,
        "stage": "work",
        "retries": {},
        "schedule": Schedule(),
        "review": None,
        "simplified": True,
        "messages": [history.planned(plan)],
    }


async def _written(brief: SimplifyBrief, state: RunState, domain: Domain, deps: Deps) -> Json | None:
    """A short answer from the facts at hand, inside what is kept for it; the domain does without where it fails."""
    if domain.short_answer is None:
        return None
    call = ModelCall(header=state["header"], role="answer", state=where(state) or "fallback")
    try:
        answer = await deps.models.structured(call, brief, domain.short_answer)
    except (ModelError, BudgetRefused):
        return None
    return answer.model_dump(mode="json")
