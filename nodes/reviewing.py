"""REVIEWING: the work is judged before anything leaves, and the receipts after it; code first, then a model."""

from graph import history
from graph.briefs import ReviewBrief, ReviewVerdict
from graph.contract import Finding, Plan, Review, TaskResult
from graph.digest import at_hand
from graph.domain import Basis, Decision, Domain
from graph.errors import InvalidAnswer
from graph.escalation import Question
from graph.ports import Deps, ModelCall, by_run
from graph.refs import Unresolved, resolved
from graph.state import RunState, Update
from graph.toolcall import EffectDone, Permit, ToolCall
from graph.values import Json


async def reviewing(state: RunState, deps: Deps) -> Update:
    """Judge the stage at hand: pass it on, ask for changes, or ask a person."""
    domain = deps.domains.get(state["header"].domain)
    effects = await deps.effects.done(by_run(state["header"]))
    if state["stage"] == "deliver":
        return _receipts(state, domain, effects)
    return await _work(state, domain, effects, deps)


async def _work(state: RunState, domain: Domain, effects: tuple[EffectDone, ...], deps: Deps) -> Update:
    plan, broken = _exact(state)
    brief = _brief(state, plan, effects)
    decisions = {task_id: _decide(call, domain, state) for task_id, call in _calls(plan).items()}
    findings = [*broken, *(finding for check in domain.work_checks for finding in check(brief)), *_denied(decisions)]
    if findings:
        return _verdict(state, Review(stage="work", verdict="revise", findings=tuple(findings)))
    if not _model_review_is_over(state):
        review = await _model_review(state, brief, deps)
        if review.verdict != "pass":
            return _not_passed(state, review)
    asked = {task_id: decision for task_id, decision in decisions.items() if decision.verdict == "ask"}
    if asked:
        return {**_approval(plan, asked), "plan": plan}
    return _passed(state, plan, decisions)


def _exact(state: RunState) -> tuple[Plan, list[Finding]]:
    """The plan with its deliveries as they would be made: what is judged and approved is what is sent."""
    plan = state["plan"]
    if plan is None:
        return Plan(tasks=()), [Finding(check="plan", message="there is no plan to review")]
    tasks, broken = [], []
    for task in plan.tasks:
        try:
            known = task.stage == "deliver"
            tasks.append(task.model_copy(update={"input": resolved(task.input, state["results"])}) if known else task)
        except Unresolved as error:
            broken.append(Finding(check="references", message=str(error), task=task.id))
            tasks.append(task)
    return plan.model_copy(update={"tasks": tuple(tasks)}), broken


def _calls(plan: Plan) -> dict[str, ToolCall]:
    """The exact tool call of each delivery, by task id."""
    return {task.id: ToolCall(tool=task.worker, args=task.input) for task in plan.tasks if task.stage == "deliver"}


def _brief(state: RunState, plan: Plan, effects: tuple[EffectDone, ...]) -> ReviewBrief:
    calls: dict[str, Json] = {task_id: call.args for task_id, call in _calls(plan).items()}
    return ReviewBrief(
        request=state["request"],
        stage=state["stage"],
        plan=plan,
        results=dict(state["results"]),
        calls=calls,
        effects=effects,
        answers=tuple(state["answers"]),
        room=state["room"],
        at_hand=at_hand(plan),
    )


def _decide(call: ToolCall, domain: Domain, state: RunState) -> Decision:
    """What policy says of one exact call; a person's permit stands."""
    if any(permit.call == call for permit in state["permits"]):
        return Decision("allow", "permitted by a person")
    tool = domain.tool(call.tool)
    gate = domain.gate(tool) if tool else "never"
    match gate:
        case "free":
            return Decision("allow", "free")
        case "reviewed":
            return domain.policy.judge(call, Basis(state["request"], state["results"], state["header"].tenant))
        case "person":
            return Decision("ask", f"{call.tool} always needs a person.")
        case "never":
            return Decision("deny", f"policy never allows {call.tool}")


def _denied(decisions: dict[str, Decision]) -> list[Finding]:
    denied = [decision.reason for decision in decisions.values() if decision.verdict == "deny"]
    return [Finding(check="policy", message=reason) for reason in denied]


def _model_review_is_over(state: RunState) -> bool:
    """A person accepted this plan's work, or it is the breaker's simplified answer."""
    accepted = (answered.answer.option == "accept" and answered.question.kind == "review_failed"
                and answered.question.plan_number == state["plan_number"] for answered in state["answers"])  # fmt: skip
    return state["simplified"] or any(accepted)


async def _model_review(state: RunState, brief: ReviewBrief, deps: Deps) -> Review:
    call = ModelCall(header=state["header"], role="review", state="reviewing", attempt=state["revisions"] + 1)
    try:
        answer = await deps.models.structured(call, brief, ReviewVerdict)
    except InvalidAnswer as error:
        return Review(
            stage="work", verdict="escalate", findings=(Finding(check="model", message=str(error)),), by="model"
        )
    findings = (Finding(check="model", message=answer.reason),) if answer.reason else ()
    return Review.model_validate({"stage": "work", "verdict": answer.verdict, "findings": findings, "by": "model"})


def _not_passed(state: RunState, review: Review) -> Update:
    update = _verdict(state, review)
    if review.verdict == "escalate":
        why = "; ".join(finding.message for finding in review.findings) or "no reason given"
        message = f"The review could not pass this work: {why} Should it be accepted?"
        update["question"] = Question(
            kind="review_failed",
            asked_by="reviewing",
            message=message,
            plan_number=state["plan_number"],
            findings=review.findings,
        )
    return update


def _approval(plan: Plan, asked: dict[str, Decision]) -> Update:
    calls = tuple(call for task_id, call in _calls(plan).items() if task_id in asked)
    reasons = " ".join(decision.reason for decision in asked.values())
    message = f"{reasons} Approve?"
    return {
        "question": Question(
            kind="effect_approval", asked_by="reviewing", message=message, plan_number=plan.number, calls=calls
        )
    }


def _passed(state: RunState, plan: Plan, decisions: dict[str, Decision]) -> Update:
    """The plan in force is exact from here on; each delivery carries policy's permit or a person's."""
    calls = _calls(plan)
    held = [permit.call for permit in state["permits"]]
    given = [Permit(call=calls[task_id], by="policy") for task_id in decisions if calls[task_id] not in held]
    update = _verdict(state, Review(stage="work", verdict="pass"))
    return {
        **update,
        "plan": plan,
        "permits": [*state["permits"], *given],
        "stage": "deliver" if calls else "work",
    }


def _receipts(state: RunState, domain: Domain, effects: tuple[EffectDone, ...]) -> Update:
    """Receipts against what was meant; a delivery that a person vouched for has none to compare."""
    plan = state["plan"] or Plan(tasks=())
    vouched = {name for name, result in state["results"].items() if _is_vouched(result)}
    compared = plan.model_copy(update={"tasks": tuple(task for task in plan.tasks if task.id not in vouched)})
    brief = _brief(state, compared, effects)
    findings = tuple(finding for check in domain.receipt_checks for finding in check(brief))
    if not findings:
        return _verdict(state, Review(stage="deliver", verdict="pass"))
    update = _verdict(state, Review(stage="deliver", verdict="escalate", findings=findings))
    message = "What was delivered differs from what was meant. Accept it?"
    update["question"] = Question(
        kind="receipt_mismatch", asked_by="reviewing", message=message, plan_number=plan.number, findings=findings
    )
    return update


def _is_vouched(result: TaskResult) -> bool:
    return result.output is not None and "confirmed_by" in result.output


def _verdict(state: RunState, review: Review) -> Update:
    return {"review": review, "messages": [history.reviewed(review, state["plan_number"])]}
