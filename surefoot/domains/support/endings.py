"""How a run ends: the outcome's data, the simplified answer for when the budget is nearly gone, and its kind of job."""

from collections.abc import Mapping

from pydantic import ValidationError

from graph.briefs import SimplifyBrief
from graph.contract import Plan, Task, TaskResult
from graph.toolcall import EffectDone
from graph.values import Json, TaskId
from surefoot.domains.support.rules.intent import understand
from surefoot.domains.support.schemas import SupportOutcome, SupportRequest
from surefoot.domains.support.wording import holding_letter


def conclude(results: Mapping[str, TaskResult], effects: tuple[EffectDone, ...]) -> Json:  # noqa: ARG001 effects say it
    """What was done for the customer, from the effects that happened and nothing else."""
    replies = [effect.args["text"] for effect in effects if effect.tool == "send_reply"]
    refunds = [effect.args["amount_cents"] for effect in effects if effect.tool == "issue_refund"]
    outcome = SupportOutcome(
        reply=replies[-1] if replies else None,
        actions=tuple(effect.tool for effect in effects),
        refunded_cents=sum(refunds),
    )
    return outcome.model_dump(mode="json")


def simplify(brief: SimplifyBrief) -> Plan:
    """One letter from a template: it needs no model, states only what was looked up, and promises nothing."""
    request = SupportRequest.model_validate(brief.request)
    letter: Json = {"to": request.customer_email, "text": holding_letter(brief.results)}
    reply = Task(id=TaskId("reply"), stage="deliver", worker="send_reply", input=letter)
    return Plan(tasks=(reply,), summary="tell the customer that the message has reached us")


def kind(request: Json) -> str | None:
    """What a ticket asks for, as the rules read it, such as `refund` or `return+status`; `None` where they cannot."""
    try:
        asked = understand(SupportRequest.model_validate(request))
    except ValidationError:
        return None
    return "+".join(sorted({wish.intent for wish in asked.wishes})) or None
