"""Checks by code: the job before any money is spent, the work before anything leaves, the receipts after it left."""

import hashlib
from collections.abc import Iterator
from typing import Final

from graph.briefs import ReviewBrief
from graph.contract import Finding, outputs_of
from graph.domain import WorkContext
from graph.errors import ToolFailed
from graph.refs import refs_in
from graph.values import Json
from surefoot.domains.support import promising, reading
from surefoot.domains.support.house import HOUSE, faults_of
from surefoot.domains.support.language import spoken
from surefoot.domains.support.policy import own_order
from surefoot.domains.support.promising import Promise
from surefoot.domains.support.schemas import FindCustomer, SupportRequest
from surefoot.domains.support.threads import newest
from surefoot.domains.support.wording import dollars, holding_letter, sentences, squeezed

TOOL_OF_PROMISE: Final[dict[Promise, str]] = {
    "refund": "issue_refund", "cancel": "cancel_order", "address": "change_address", "label": "create_return_label",
    "erase": "erase_customer", "goodwill": "gift",
}  # fmt: skip
"""No tool gives gifts: nothing that a letter promises beyond the others can be kept."""
MEANT: Final = ("order_id", "payment_id", "amount_cents", "to", "address", "customer_id")
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
        for clause in promising.promises(promise, text)
        if not _kept(clause, tool, brief)
    ]


def calls_concern_the_customer(brief: ReviewBrief) -> list[Finding]:
    """Facts, calls and letters are about and for the customer who wrote, and nobody else."""
    email = _writer(brief)
    looked_at = [facts["customer"]["email"] for facts in outputs_of(brief.results, "find_facts")]
    findings = [f"the account of {other} was looked at, but {email} wrote" for other in looked_at if other != email]
    sent_to = [args["to"] for args in _exact(brief).values() if "to" in args]
    findings += [f"a letter would go to {other}, but {email} wrote" for other in sent_to if other != email]
    for order_id in sorted({args["order_id"] for args in _exact(brief).values() if "order_id" in args}):
        facts = own_order(order_id, brief.results)
        if facts is None or facts["customer"]["email"] != email:
            findings.append(f"{order_id} is not known to be an order of {email}")
    ids = {facts["customer"]["id"] for facts in outputs_of(brief.results, "find_facts")}
    erased = [args["customer_id"] for args in _exact(brief).values() if "customer_id" in args]
    findings += [f"{other} is not {email}" for other in erased if other not in ids]
    return [_finding(brief, "calls_concern_the_customer", message) for message in findings]


def letters_keep_to_the_house_style(brief: ReviewBrief) -> list[Finding]:
    """Length, tone, language and signature are the house's, and what every such letter must mention is there."""
    wrote_in = spoken(newest(SupportRequest.model_validate(brief.request).message))
    return [
        _finding(brief, "letters_keep_to_the_house_style", fault)
        for text in _letters(brief)
        for fault in (*faults_of(text, wrote_in), *_unmentioned(brief, text))
    ]


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
    """The effect, on the order and with the amount that are named, is part of this delivery or happened before."""
    calls = [args for task_id, args in _exact(brief).items() if _worker_of(brief, task_id) == tool]
    meant = [*calls, *(effect.args for effect in brief.effects if effect.tool == tool)]
    if meant:
        paid = {dollars(args["amount_cents"]) for args in meant if "amount_cents" in args}
        named = {args["order_id"] for args in meant if "order_id" in args}
        return (tool != "issue_refund" or paid.issuperset(reading.amounts(clause))) and (
            tool == "erase_customer" or named.issuperset(reading.orders(clause)) or _was_so(clause, tool, brief)
        )
    return _was_so(clause, tool, brief)


def _was_so(clause: str, tool: str, brief: ReviewBrief) -> bool:
    """It was done before this run, as the shop's own records say."""
    named = reading.orders(clause)
    known = [facts["order"] for facts in outputs_of(brief.results, "find_facts") if facts["order"]]
    orders = [order for order in known if not named or order["id"] in named]
    if tool == "cancel_order":
        return any(order["status"] == "cancelled" for order in orders)
    return tool == "issue_refund" and any(order["payment"]["refunded_cents"] > 0 for order in orders)


def _unmentioned(brief: ReviewBrief, text: str) -> Iterator[str]:
    """What a letter about an effect leaves out."""
    stated = reading.stated_by(text)
    for task in brief.plan.tasks:
        wanted = (HOUSE.must_mention or {}).get(task.worker, ())
        args = _exact(brief).get(task.id, {})
        quotes = [found for found in outputs_of(brief.results, "quote") if found["order_id"] == args.get("order_id")]
        known = {**(quotes[0] if quotes else {}), **args}
        for name in wanted:
            value = known.get(name)
            if value and not (squeezed(str(value)) in squeezed(text) or reading.stated_in({name: value}) & stated):
                yield f"the letter about {task.worker} does not mention {name}: {value}"


def _sources(brief: ReviewBrief) -> list[Json]:
    """What a letter may quote: the writer's own facts, terms on their own orders, help articles, a new address."""
    facts = [found for found in outputs_of(brief.results, "find_facts") if found["customer"]["email"] == _writer(brief)]
    quotes = [quote for quote in outputs_of(brief.results, "quote") if own_order(quote["order_id"], brief.results)]
    articles = [{"articles": draft.get("articles", [])} for draft in outputs_of(brief.results, "draft_reply")]
    addresses = [{"address": args["address"]} for args in _exact(brief).values() if "address" in args]
    return [*facts, *quotes, *articles, *addresses]


def _exact(brief: ReviewBrief) -> dict[str, Json]:
    """The calls as they would be made; one whose references point at nothing is a finding of the machine's own."""
    return {task_id: args for task_id, args in brief.calls.items() if not any(True for _ in refs_in(args))}


def _worker_of(brief: ReviewBrief, task_id: str) -> str | None:
    return next((task.worker for task in brief.plan.tasks if task.id == task_id), None)


def _writer(brief: ReviewBrief) -> str:
    return SupportRequest.model_validate(brief.request).customer_email


def _letters(brief: ReviewBrief) -> list[str]:
    """The agent's own words in the letters of this plan: no holding letter, no colleague's, no help article's."""
    sent = [args["text"] for args in _exact(brief).values() if "to" in args]
    others = [told.answer.note for told in brief.answers if told.question.kind == "task_needs_human"]
    for draft in outputs_of(brief.results, "draft_reply"):
        others += [sentence for article in draft.get("articles", []) for sentence in sentences(article["body"])]
    own = [text for text in sent if text != holding_letter(brief.results)]
    return [_without(text, others) for text in own]


def _without(text: str, others: list[str]) -> str:
    for words in filter(None, others):
        text = text.replace(words, "")
    return text


def _finding(brief: ReviewBrief, check: str, message: str) -> Finding:
    drafts = [task.id for task in brief.plan.tasks if task.worker == "draft_reply"]
    return Finding(check=check, message=message, task=drafts[0] if drafts else None)
