"""ESCALATED: a person is asked, one card at a time, and the run goes where the chosen option leads."""

from typing import Any

from langgraph.types import interrupt

from graph import history
from graph.amounts import limits_in
from graph.answers import CANCELLED, payload, read
from graph.cards import card_for
from graph.contract import Failure, Finding, Retry, Review, TaskResult
from graph.domain import Domain, Tool
from graph.errors import IllegalTransition
from graph.escalation import Answer, Answered, Escalation, Question
from graph.funding import funded, unaffordable
from graph.ports import Deps, by_run
from graph.rows import CardAnswered, CardOpened
from graph.schedule import AT_ONCE, SECOND, granted_again
from graph.simplified import simplified
from graph.state import RunState, Update
from graph.toolcall import Permit, ToolCall
from graph.values import Json, Micros


async def escalated(state: RunState, deps: Deps) -> Update:
    """Raise the card, wait, and apply the answer. The node runs again from its top when it is answered."""
    question = state["question"]
    if question is None:
        raise IllegalTransition("escalated was entered without a question")
    domain = deps.domains.get(state["header"].domain)
    if state["asked"] >= domain.policy.max_escalations:
        message = f"{state['asked']} cards were answered and the run still cannot go on: {question.message}"
        return {"failure": Failure(cause="too_many_escalations", message=message)}
    run = by_run(state["header"])
    card = card_for(question, state, domain, deps.clock.now())
    await deps.records.append(run, CardOpened(card=card, at=deps.clock.now()))
    answer = _ask(card, state)
    await deps.records.append(run, CardAnswered(answer=answer, at=deps.clock.now()))
    if answer.option == CANCELLED:
        return {"cancelled": True}
    return await _applied(question, card, answer, state, deps)


def _ask(card: Escalation, state: RunState) -> Answer:
    """Interrupt until something on the card is chosen that can be done."""
    asked = payload(card)
    raw: Any = interrupt(asked)
    while True:
        answer = read(raw, card)
        if answer is not None and (fault := unaffordable(card, answer, state["header"].budget, state["spend"])) is None:
            return answer
        choices = ", ".join(option.id for option in card.options)
        raw = interrupt({**asked, "error": fault if answer is not None else f"choose one of: {choices}"})


async def _applied(question: Question, card: Escalation, answer: Answer, state: RunState, deps: Deps) -> Update:
    option = card.option(answer.option)
    if option is None:
        raise IllegalTransition(f"{answer.option} is not on card {card.id}")
    answered = Answered(question=question, answer=answer, leads_to=option.leads_to)
    update: Update = {
        "answers": [*state["answers"], answered],
        "asked": state["asked"] + 1,
        "question": None,
        "faults": [],
        "plan_attempts": 0,
        "messages": [history.decided(answered)],
    }
    if option.leads_to in {"rejected", "failed"}:
        ends = "rejected" if option.leads_to == "rejected" else "failed"
        stopped = Failure(cause="stopped", message=_stopped(question, answer), ends=ends)
        return {**update, "question": question, "failure": stopped}  # a resume asks again
    return {**update, **await _consequence(answered, state, deps)}


def _stopped(question: Question, answer: Answer) -> str:
    return f"{answer.actor} chose {answer.option} when asked: {question.message}"


async def _consequence(  # noqa: PLR0911 one line a choice
    answered: Answered, state: RunState, deps: Deps
) -> Update:
    """What a choice changes, besides where the run goes."""
    domain = deps.domains.get(state["header"].domain)
    question, answer = answered.question, answered.answer
    match (question.kind, answer.option):
        case ("effect_approval", "approve"):
            return _permitted(question, answer, state, domain)
        case ("unknown_outcome", "it_happened" | "did_not"):
            return await _outcome_told(question, answer, state, deps)
        case ("unknown_outcome", "check_again"):
            return {"retries": _looked_up(question, state, domain)}
        case ("tasks_exhausted", "retry"):
            return {"retries": _again(question, state, domain)}
        case ("review_failed", "revise"):
            finding = Finding(check="person", message=answer.note or "a person asked for changes")
            return {"review": Review(stage="work", verdict="revise", findings=(finding,))}
        case ("budget", "raise"):
            header = funded(state, {**question.limits, **limits_in(answer.note)})
            return {"header": header, "simplified": False, "retries": _afforded(state, domain)}
        case ("budget", "simplify"):
            return await simplified(state, domain, deps)
        case _:
            return {}


def _afforded(state: RunState, domain: Domain) -> dict[str, Retry]:
    """Tasks whose model calls were refused for want of budget are tried again."""
    refused = tuple(
        result.task_id
        for result in state["results"].values()
        if result.status == "failure" and result.error is not None and result.error.code == "cancelled"
    )
    return granted_again(state["results"], state["retries"], refused, domain.policy)


def _permitted(question: Question, answer: Answer, state: RunState, domain: Domain) -> Update:
    """The approval is bound to the calls as shown; what policy had allowed beside them stays allowed."""
    asked = [Permit(call=call, by=f"person:{answer.actor}") for call in question.calls]
    if question.task:
        return {"permits": [*state["permits"], *asked], "retries": _again(question, state, domain)}
    rest = [Permit(call=call, by="policy") for call in _deliveries(state) if call not in question.calls]
    return {"permits": [*state["permits"], *asked, *rest], "stage": "deliver"}


def _deliveries(state: RunState) -> list[ToolCall]:
    plan = state["plan"]
    tasks = plan.tasks if plan else ()
    return [ToolCall(tool=task.worker, args=task.input) for task in tasks if task.stage == "deliver"]


async def _outcome_told(question: Question, answer: Answer, state: RunState, deps: Deps) -> Update:
    """A person's word on an effect: done and not repeated, or certainly not done and made again, later."""
    domain, run = deps.domains.get(state["header"].domain), by_run(state["header"])
    happened, key = answer.option == "it_happened", question.effect_key
    if key:
        await deps.effects.settle(run, key, "done" if happened else "not_done", answer.actor)
    if not happened or question.task is None:
        quiet = Micros(deps.clock.now() + round(_in_flight_seconds(question, state, domain) * SECOND))
        return {"retries": _again(question, state, domain, quiet)}
    if any(effect.key == key and effect.result is not None for effect in await deps.effects.done(run)):
        return {"retries": _again(question, state, domain)}  # the lost call left a receipt, which is replayed
    known = state["results"][question.task]
    confirmed: Json = {"confirmed_by": answer.actor, "note": answer.note}
    result = TaskResult(
        task_id=known.task_id, worker=known.worker, attempt=known.attempt + 1, status="success", output=confirmed
    )
    return {"results": {known.task_id: result}}


def _in_flight_seconds(question: Question, state: RunState, domain: Domain) -> float:
    """How long a lost call of the task's effects may still be on its way."""
    return max((tool.timeout_seconds for tool in _effects_of(question, state, domain)), default=0.0)


def _looked_up(question: Question, state: RunState, domain: Domain) -> dict[str, Retry]:
    """The task asks its probe or its poll once more; where there is none, EXECUTING asks the person again."""
    result = state["results"].get(question.task) if question.task else None
    expired = result is not None and result.error is not None and result.error.final == "escalate"
    if expired or any(tool.probe for tool in _effects_of(question, state, domain)):
        return _again(question, state, domain)
    return state["retries"]


def _effects_of(question: Question, state: RunState, domain: Domain) -> list[Tool]:
    result = state["results"].get(question.task) if question.task else None
    worker = domain.worker(result.worker) if result else None
    tools = [domain.tool(name) for name in worker.tools] if worker else []
    return [tool for tool in tools if tool is not None and tool.effect != "read"]


def _again(question: Question, state: RunState, domain: Domain, not_before: Micros = AT_ONCE) -> dict[str, Retry]:
    if question.task is None:
        return state["retries"]
    return granted_again(state["results"], state["retries"], (question.task,), domain.policy, not_before)
