"""Plans by rule. An effect is proposed where the customer asks for it; policy and facts decide whether it happens.

A first plan looks up, quotes, drafts and proposes. What comes back (a denied call, a person's no, a conflict at
delivery) makes the next plan answer without that effect.
"""

from graph.briefs import PlanningBrief
from graph.contract import Plan, Task
from graph.refs import REF
from graph.values import Json, TaskId
from surefoot.domains.support.rules.standing import Standing, purpose_of
from surefoot.domains.support.workers import Purpose

ASK = "The rules do not understand this ticket. What should the customer be told? Your note is sent word for word."
EFFECTS = {"refund": "issue_refund", "cancel": "cancel_order"}
QUOTED = {"refund", "no_refund", "window"}
"""Purposes whose letter needs to know what the terms say."""


def plan(brief: PlanningBrief) -> Plan:
    """The whole plan, from everything that is known by now."""
    standing = Standing.of(brief)
    if standing.ticket.intent == "unclear" and not standing.guidance:
        ask = Task(id=TaskId("ask"), worker="ask_colleague", input={"question": ASK})
        return Plan(tasks=(ask,), summary="ask a colleague")
    purpose = purpose_of(standing)
    steps = (_look_up, _quote, _draft, _effect, _note, _reply)
    tasks = tuple(task for step in steps if (task := step(standing, purpose)))
    return Plan(tasks=tasks, summary=f"answer the customer ({purpose.replace('_', ' ')})")


def _look_up(standing: Standing, purpose: Purpose) -> Task | None:  # noqa: ARG001 every letter needs the facts
    if standing.found("find_facts"):
        return None
    wanted: Json = {"customer_email": standing.request.customer_email, "order_id": standing.ticket.order_id}
    return Task(id=TaskId("facts"), worker="find_facts", input=wanted, rationale="who writes, about which order")


def _quote(standing: Standing, purpose: Purpose) -> Task | None:
    if purpose not in QUOTED or standing.found("quote"):
        return None
    wanted: Json = {"order_id": standing.ticket.order_id, "reason": standing.ticket.reason}
    return Task(id=TaskId("quote"), worker="quote", input=wanted, rationale="what the terms say")


def _draft(standing: Standing, purpose: Purpose) -> Task:
    given: Json = {
        "purpose": purpose,
        "message": standing.request.message,
        "facts": {REF: standing.found("find_facts") or "facts"},
        "obstacle": _obstacle(standing, purpose),
        "guidance": standing.guidance,
    }
    if purpose in QUOTED:
        given["quote"] = {REF: standing.found("quote") or "quote"}
    return Task(id=TaskId("draft"), worker="draft_reply", input=given, rationale="the letter, reviewed before it goes")


def _effect(standing: Standing, purpose: Purpose) -> Task | None:
    tool = EFFECTS.get(purpose)
    if tool is None or standing.done(tool):
        return None
    call = _refund_call(standing) if purpose == "refund" else {"order_id": standing.ticket.order_id}
    return Task(id=TaskId(purpose), stage="deliver", worker=tool, input=call, rationale="what the customer asks for")


def _refund_call(standing: Standing) -> Json:
    quote = standing.found("quote") or "quote"
    return {name: {REF: f"{quote}.{name}"} for name in ("order_id", "payment_id", "amount_cents", "reason")}


def _note(standing: Standing, purpose: Purpose) -> Task | None:
    if purpose not in EFFECTS or standing.done("add_note") or standing.failure("add_note"):
        return None
    text = f"The customer asked to {purpose}: {standing.ticket.reason.replace('_', ' ')}. Done by the agent."
    note: Json = {"order_id": standing.ticket.order_id, "text": text}
    return Task(id=TaskId("note"), stage="deliver", worker="add_note", input=note, depends_on=_after(standing, purpose))


def _reply(standing: Standing, purpose: Purpose) -> Task | None:
    if standing.done("send_reply"):
        return None
    letter: Json = {"to": standing.request.customer_email, "text": {REF: "draft.text"}}
    return Task(
        id=TaskId("reply"), stage="deliver", worker="send_reply", input=letter, depends_on=_after(standing, purpose)
    )


def _after(standing: Standing, purpose: Purpose) -> tuple[TaskId, ...]:
    """Nothing is told or noted before the effect that it speaks of has happened."""
    tool = EFFECTS.get(purpose)
    return (TaskId(purpose),) if tool and not standing.done(tool) else ()


def _obstacle(standing: Standing, purpose: Purpose) -> str:
    tool = {"no_refund": "issue_refund", "no_cancel": "cancel_order"}.get(purpose)
    return (standing.failure(tool) if tool else None) or ""
