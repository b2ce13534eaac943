"""Plans by rule. An effect is proposed where the customer asks for it; policy and facts decide whether it happens.

A first plan looks up, quotes, drafts and proposes. What comes back (a denied call, a person's no, a conflict at
delivery, an order that cannot be found) makes the next plan answer without that effect.
"""

from collections.abc import Iterator
from typing import Any

from graph.briefs import PlanningBrief
from graph.contract import Plan, Task
from graph.refs import REF
from graph.values import Json, TaskId
from surefoot.domains.support.briefs import Purpose
from surefoot.domains.support.rules.standing import EFFECTS, Standing, facts_of, named, purpose_of
from surefoot.domains.support.rules.wishes import Wish
from surefoot.domains.support.threads import mails, newest

ASK = "The rules do not understand this ticket. What should the customer be told? Your note is sent word for word."
QUOTED = {"refund", "no_refund", "window", "offer", "label", "no_label", "which_reason"}
"""Purposes whose letter needs to know what the terms say."""
NOTED = {"refund", "cancel"}
"""Effects that colleagues find a note about on the order."""
LONG_THREAD, MOST_MAILS = 5, 10
"""Older mails that make a thread long, and how many of them are read."""
RELAY = Wish("article")
"""In place of a wish, where a colleague said what to write: it needs to know the customer and no order."""
Answers = tuple[tuple[Wish, Purpose], ...]


def plan(brief: PlanningBrief) -> Plan:
    """The whole plan, from everything that is known by now."""
    standing = Standing.of(brief)
    answers: Answers = tuple((wish, purpose_of(standing, wish)) for wish in standing.ticket.wishes)
    if standing.guidance:
        answers = ((RELAY, "relay"),)
    if not answers:
        ask = Task(id=TaskId("ask"), worker="ask_colleague", input={"question": ASK})
        return Plan(tasks=(ask,), summary="ask a colleague")
    effects = tuple(task for wish, purpose in answers for task in _effect(standing, wish, purpose))
    tasks = (
        *_older_mails(standing),
        *_lookups(standing, answers),
        _draft(standing, answers),
        *effects,
        *_notes(standing, answers),
    )
    about = ", ".join(dict.fromkeys(purpose.replace("_", " ") for _, purpose in answers))
    return Plan(tasks=(*tasks, *_reply(standing, effects)), summary=f"answer the customer ({about})")


def _older_mails(standing: Standing) -> Iterator[Task]:
    """A long thread goes on the record mail by mail, the newest ones first."""
    older = mails(standing.request.message)[1:]
    for number, mail in enumerate(older[:MOST_MAILS] if len(older) >= LONG_THREAD else (), start=1):
        name = TaskId(f"mail-{number}")
        if standing.found(name) is None:
            yield Task(id=name, worker="read_mail", input={"mail": mail[:4_000]}, rationale="what was said before")


def _lookups(standing: Standing, answers: Answers) -> Iterator[Task]:
    """Who writes, about which order, and what the terms say; each once, and nothing that is known already."""
    planned: set[str] = set()
    for wish, purpose in answers:
        steps = (_which, _facts, _quote)
        for task in (made for step in steps for made in step(standing, wish, purpose)):
            if task.id not in planned and standing.found(task.id) is None:
                planned.add(task.id)
                yield task


def _which(standing: Standing, wish: Wish, purpose: Purpose) -> Iterator[Task]:
    if _is_searched_for(wish, purpose) and standing.found(facts_of(wish)) is None:
        wanted = {"customer_email": standing.request.customer_email, "message": standing.request.message[:4_000],
                  "wants": wish.intent}  # fmt: skip
        yield Task(id=TaskId("which"), worker="investigate", input=wanted, rationale="the ticket names no order")


def _is_searched_for(wish: Wish, purpose: Purpose) -> bool:
    return wish.order_id is None and purpose not in {"which_order", "article", "relay", "erase", "no_erase"}


def _facts(standing: Standing, wish: Wish, purpose: Purpose) -> Iterator[Task]:
    order: Any = wish.order_id
    if _is_searched_for(wish, purpose):
        order = {REF: f"{standing.found('which') or 'which'}.order_id"}
    wanted: Json = {"customer_email": standing.request.customer_email, "order_id": order}
    yield Task(id=TaskId(facts_of(wish)), worker="find_facts", input=wanted, rationale="who writes, about which order")


def _quote(standing: Standing, wish: Wish, purpose: Purpose) -> Iterator[Task]:
    if purpose in QUOTED:
        given = wish.reason if wish.intent not in {"label", "window"} else None
        wanted: Json = {"order_id": _order(standing, wish), "reason": given or "changed_mind"}
        yield Task(id=TaskId(named("quote", wish)), worker="quote", input=wanted, rationale="what the terms say")


def _draft(standing: Standing, answers: Answers) -> Task:
    given: Json = {
        "message": newest(standing.request.message),
        "language": standing.ticket.language or "en",
        "parts": [_part(standing, wish, purpose) for wish, purpose in answers],
        "guidance": standing.guidance,
        "corrections": [finding.message for finding in standing.brief.findings],
    }
    return Task(id=TaskId("draft"), worker="draft_reply", input=given, rationale="the letter, reviewed before it goes")


def _part(standing: Standing, wish: Wish, purpose: Purpose) -> Json:
    part: Json = {"purpose": purpose, "facts": {REF: _known(standing, facts_of(wish))}, "question": wish.question}
    if purpose in QUOTED:
        part["quote"] = {REF: _known(standing, named("quote", wish))}
    if purpose == "address":
        part["address"] = wish.address
    if purpose.startswith("no_"):
        part["obstacle"] = standing.failure(named(purpose.removeprefix("no_"), wish)) or ""
    return part


def _effect(standing: Standing, wish: Wish, purpose: Purpose) -> Iterator[Task]:
    tool = EFFECTS.get(purpose)
    if tool and not standing.done(tool, None if purpose == "erase" else standing.order_id(wish)):
        name, call = TaskId(named(purpose, wish)), _call(standing, wish, purpose)
        yield Task(id=name, stage="deliver", worker=tool, input=call, rationale="what the customer asks for")


def _call(standing: Standing, wish: Wish, purpose: Purpose) -> Json:
    match purpose:
        case "refund":
            quote = _known(standing, named("quote", wish))
            return {name: {REF: f"{quote}.{name}"} for name in ("order_id", "payment_id", "amount_cents", "reason")}
        case "erase":
            return {"customer_id": {REF: f"{_known(standing, facts_of(wish))}.customer.id"}}
        case "address":
            return {"order_id": _order(standing, wish), "address": wish.address}
        case _:
            return {"order_id": _order(standing, wish)}


def _notes(standing: Standing, answers: Answers) -> Iterator[Task]:
    for wish, purpose in answers:
        name = named("note", wish)
        if purpose in NOTED and not standing.done("add_note", standing.order_id(wish)) and not standing.failure(name):
            text = f"The customer asked to {purpose}: {(wish.reason or purpose).replace('_', ' ')}. Done by the agent."
            note: Json = {"order_id": _order(standing, wish), "text": text}
            after = tuple(task.id for task in _effect(standing, wish, purpose))
            yield Task(id=TaskId(name), stage="deliver", worker="add_note", input=note, depends_on=after)


def _reply(standing: Standing, effects: tuple[Task, ...]) -> Iterator[Task]:
    """Nothing is told before the effects that it speaks of have happened."""
    if not standing.done("send_reply"):
        letter: Json = {"to": standing.request.customer_email, "text": {REF: "draft.text"}}
        after = tuple(task.id for task in effects)
        yield Task(id=TaskId("reply"), stage="deliver", worker="send_reply", input=letter, depends_on=after)


def _order(standing: Standing, wish: Wish) -> Any:
    """The order's number, or where it will be found."""
    return standing.order_id(wish) or {REF: f"{_known(standing, facts_of(wish))}.order.id"}


def _known(standing: Standing, name: str) -> str:
    return standing.found(name) or name
