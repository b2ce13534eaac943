"""Checks by code: the job before any money is spent, the work before anything leaves, the receipts after it left."""

import hashlib
from functools import reduce

from graph.briefs import ReviewBrief
from graph.contract import Finding, outputs_of
from graph.domain import WorkContext
from graph.errors import ToolFailed
from graph.values import Json
from surefoot.domains.support import reading
from surefoot.domains.support.policy import own_order
from surefoot.domains.support.schemas import FindCustomer, SupportRequest
from surefoot.domains.support.wording import dollars, holding_letter

TOOL_OF_PROMISE = {"refund": "issue_refund", "cancel": "cancel_order"}
MEANT = ("order_id", "payment_id", "amount_cents", "to")
"""Arguments that a receipt repeats."""


async def message_says_something(request: SupportRequest, context: WorkContext) -> list[str]:  # noqa: ARG001
    """A ticket without words cannot be answered."""
    return [] if request.message.strip() else ["message: it is blank, say what the customer wants"]


async def customer_is_known(request: SupportRequest, context: WorkContext) -> list[str]:
    """Only customers are served. Raises `ToolFailed` where the shop cannot be asked."""
    try:
        await context.value("find_customer", FindCustomer(email=request.customer_email))
    except ToolFailed as failed:
        if failed.error.code != "not_found":
            raise
        return [f"customer_email: {failed.error.message}; use the address that the order was placed with"]
    return []


def numbers_come_from_facts(brief: ReviewBrief) -> list[Finding]:
    """Every amount, date, number of days, order and tracking number of a letter is in the facts."""
    known = reading.stated_in(_sources(brief))
    return [
        _finding(brief, "numbers_come_from_facts", f"the letter says {claim}, which no fact supports")
        for text in _letters(brief)
        for claim in sorted(reading.stated_by(text) - known)
    ]


def promises_are_kept(brief: ReviewBrief) -> list[Finding]:
    """A letter may say that something was done only where it was, or is part of this delivery."""
    return [
        _finding(
            brief, "promises_are_kept", f"the letter promises {clause.strip()!r}, but no such {tool} is on its way"
        )
        for text in _letters(brief)
        for promise, tool in TOOL_OF_PROMISE.items()
        for clause in reading.promises(promise, text)
        if not _kept(clause, tool, brief)
    ]


def calls_concern_the_customer(brief: ReviewBrief) -> list[Finding]:
    """Facts, calls and letters are about and for the customer who wrote, and nobody else."""
    email = _writer(brief)
    looked_at = [facts["customer"]["email"] for facts in outputs_of(brief.results, "find_facts")]
    findings = [f"the account of {other} was looked at, but {email} wrote" for other in looked_at if other != email]
    sent_to = [args["to"] for args in brief.calls.values() if "to" in args]
    findings += [f"a letter would go to {other}, but {email} wrote" for other in sent_to if other != email]
    for order_id in sorted({args["order_id"] for args in brief.calls.values() if "order_id" in args}):
        facts = own_order(order_id, brief.results)
        if facts is None or facts["customer"]["email"] != email:
            findings.append(f"{order_id} is not known to be an order of {email}")
    return [_finding(brief, "calls_concern_the_customer", message) for message in findings]


def receipts_match(brief: ReviewBrief) -> list[Finding]:
    """Every delivery has a receipt, and it says what was meant."""
    findings = []
    for task in brief.plan.tasks:
        if task.stage != "deliver":
            continue
        result = brief.results.get(task.id)
        receipt = result.output if result and result.status == "success" else None
        message = _mismatch(brief.calls.get(task.id, {}), receipt)
        if message:
            findings.append(Finding(check="receipts_match", message=f"{task.worker}: {message}", task=task.id))
    return findings


def _mismatch(meant: Json, receipt: Json | None) -> str | None:
    if receipt is None:
        return "there is no receipt"
    for name in MEANT:
        if name in meant and name in receipt and meant[name] != receipt[name]:
            return f"{name} {receipt[name]} on the receipt, {meant[name]} was meant"
    if "sha256" in receipt and receipt["sha256"] != hashlib.sha256(meant.get("text", "").encode()).hexdigest():
        return "the mail server took another text"
    return None


def _kept(clause: str, tool: str, brief: ReviewBrief) -> bool:
    """The effect, with the amount that is named, is part of this delivery, happened in this run or before it."""
    calls = [brief.calls[task.id] for task in brief.plan.tasks if task.worker == tool and task.id in brief.calls]
    done = [effect.args for effect in brief.effects if effect.tool == tool]
    paid = {dollars(args["amount_cents"]) for args in (*calls, *done) if "amount_cents" in args}
    if calls or done:
        return tool != "issue_refund" or paid.issuperset(reading.amounts(clause))
    orders = [facts["order"] for facts in outputs_of(brief.results, "find_facts") if facts["order"]]
    if tool == "cancel_order":
        return any(order["status"] == "cancelled" for order in orders)
    return any(order["payment"]["refunded_cents"] > 0 for order in orders)


def _sources(brief: ReviewBrief) -> list[Json]:
    """What a letter may quote: the writer's own facts, and the terms on the writer's own orders."""
    facts = [found for found in outputs_of(brief.results, "find_facts") if found["customer"]["email"] == _writer(brief)]
    quotes = outputs_of(brief.results, "quote")
    return [*facts, *(quote for quote in quotes if own_order(quote["order_id"], brief.results))]


def _writer(brief: ReviewBrief) -> str:
    return SupportRequest.model_validate(brief.request).customer_email


def _letters(brief: ReviewBrief) -> list[str]:
    """The agent's own words in the letters of this plan: neither the holding letter nor what a colleague dictated."""
    sent = [args["text"] for args in brief.calls.values() if "to" in args]
    dictated = [told.answer.note for told in brief.answers if told.question.kind == "task_needs_human"]
    own = [text for text in sent if text != holding_letter(brief.results)]
    return [reduce(lambda text, note: text.replace(note, ""), filter(None, dictated), text) for text in own]


def _finding(brief: ReviewBrief, check: str, message: str) -> Finding:
    drafts = [task.id for task in brief.plan.tasks if task.worker == "draft_reply"]
    return Finding(check=check, message=message, task=drafts[0] if drafts else None)
