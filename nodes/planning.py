"""PLANNING: the orchestrator asks for a plan and checks it as a whole before anything runs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from graph import history
from graph.briefs import PlanningBrief
from graph.chat import of_run
from graph.contract import Failure, Plan, PlanFault, Schedule
from graph.digest import at_hand
from graph.domain import Domain
from graph.errors import InvalidAnswer, PlanRefused
from graph.escalation import Question
from graph.plans import Ground, accepted
from graph.ports import Deps, ModelCall, by_run
from graph.schedule import SECOND
from graph.state import RunState, Update
from graph.toolcall import EffectDone
from graph.values import Micros
from graph.workercards import catalog_of

MOST_ATTEMPTS: Final = 4
"""One attempt and three retries, one a superstep; then a person."""


async def planning(state: RunState, deps: Deps) -> Update:
    """One attempt at a plan: accepted, refused with faults for the next attempt, or handed to a person."""
    domain = deps.domains.get(state["header"].domain)
    if state["plan_number"] - state["header"].plans_forgiven >= domain.policy.max_plans:
        return {"failure": Failure(cause="too_many_plans", message=f"{state['plan_number']} plans led nowhere")}
    effects = await deps.effects.done(by_run(state["header"]))
    withdrawn = deps.tools.withdrawn(domain)
    ground = Ground(domain, state["results"], effects, _tokens_left(state), withdrawn=frozenset(withdrawn))
    try:
        proposal = await deps.models.structured(_call(state), brief_for(state, domain, effects, withdrawn), Plan)
        plan = accepted(proposal, state["plan_number"] + 1, ground)
    except InvalidAnswer as error:
        return _refused(state, (PlanFault(code="invalid_plan", message=str(error)),))
    except PlanRefused as refused:
        return _refused(state, refused.faults)
    return _in_force(plan, domain, state)


def _call(state: RunState) -> ModelCall:
    return ModelCall(header=state["header"], role="plan", state="planning", attempt=state["plan_attempts"] + 1)


def brief_for(
    state: RunState, domain: Domain, effects: tuple[EffectDone, ...], withdrawn: Mapping[str, Micros]
) -> PlanningBrief:
    """Everything the planner may know."""
    review = state["review"]
    return PlanningBrief(
        request=state["request"],
        plan_number=state["plan_number"] + 1,
        workers=catalog_of(domain, frozenset(withdrawn)),
        withdrawn={tool: _utc(until) for tool, until in withdrawn.items()},
        results=dict(state["results"]),
        effects=effects,
        faults=tuple(state["faults"]),
        findings=review.findings if review and review.verdict == "revise" else (),
        answers=tuple(state["answers"]),
        history="\n".join(message.text for message in of_run(state["messages"])),
        room=state["room"],
        at_hand=at_hand(state["plan"]),
    )


def _utc(at: Micros) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _tokens_left(state: RunState) -> int | None:
    budget = state["header"].budget
    if budget.tokens is None:
        return None
    return max(0, int(budget.tokens * budget.alert_at) - state["spend"].tokens)


def _refused(state: RunState, faults: tuple[PlanFault, ...]) -> Update:
    attempts = state["plan_attempts"] + 1
    update: Update = {"faults": list(faults), "plan_attempts": attempts}
    if attempts >= MOST_ATTEMPTS:
        message = f"The planner gave up after {attempts} attempts. How should the run go on?"
        update["question"] = Question(kind="planner_gave_up", asked_by="planning", message=message, faults=faults[:4])
    return update


def _in_force(plan: Plan, domain: Domain, state: RunState) -> Update:
    reason = domain.policy.plan_needs_approval(plan)
    ask = (
        Question(kind="plan_approval", asked_by="planning", message=reason, plan_number=plan.number) if reason else None
    )
    return {
        "plan": plan,
        "plan_number": plan.number,
        "plan_attempts": 0,
        "faults": [],
        "stage": "work",
        "retries": {},
        "schedule": Schedule(),
        "review": None,
        "question": ask,
        "permits": [permit for permit in state["permits"] if permit.by != "policy"],
        "messages": [history.planned(plan)],
    }
