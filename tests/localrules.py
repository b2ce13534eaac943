"""What must be true of every run, whoever answered: told from its records and from the shop's own database."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.briefs import ReviewBrief
from graph.contract import Budget, Plan, Task
from graph.domain import Basis, Domain
from graph.state import RunState
from graph.toolcall import EffectDone, ToolCall
from graph.values import Json, TaskId
from store_kit import rows
from surefoot.api import Run
from surefoot.domains.support.cases import Case, check_case
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import effects as effects_of
from surefoot.domains.support.shop.rehearsal import letters
from surefoot.evaluation.results import forbidden

OVER: Final = frozenset({"complete", "rejected", "failed"})
SPENT: Final = "SELECT sum(tokens), sum(usd_micros), count(*) FROM reservations WHERE status != 'refused'"
CALLED: Final = "SELECT sum(prompt_tokens + completion_tokens), sum(usd_micros), count(*) FROM model_calls"


@dataclass(frozen=True)
class Evidence:
    """A run that has come to rest, and what it left behind."""

    case: Case
    run: Run
    state: RunState
    domain: Domain
    budget: Budget
    effects: tuple[EffectDone, ...]
    """The journal's."""
    db: Path
    shop: Path
    """The folder of the shop's database."""


def breaches(found: Evidence) -> Iterator[str]:
    """Every invariant that does not hold, in words."""
    yield from _not_at_rest(found.run)
    yield from _forbidden_effects(found)
    yield from _overspent(found)
    yield from _false_letters(found)


def _not_at_rest(run: Run) -> Iterator[str]:
    """Over, with a cause; or a person holds a card with a choice."""
    if run.status == "waiting":
        if run.escalation is None or not run.escalation.options:
            yield "it waits, but no card says for what"
    elif run.status not in OVER or run.outcome is None:
        yield f"it ended {run.status}: {run.error}"


def _forbidden_effects(found: Evidence) -> Iterator[str]:
    """What the shop's own log has: journalled, allowed by policy on the recorded facts, not ruled out by the ticket."""
    outcome, card = found.run.outcome, found.run.escalation
    unmet = check_case(
        found.case,
        found.run.status,
        outcome.cause if outcome else None,
        card.kind if card else None,
        outcome.data.get("reply") if outcome else None,
        [effect.model_dump(mode="json") for effect in found.effects],
        folder=found.shop,
    )
    yield from (f"{tool} happened, and the ticket rules it out" for tool in forbidden(unmet))
    journalled = [(effect.tool, effect.args) for effect in found.effects]
    basis = Basis(found.state["request"], found.state["results"], found.state["header"].tenant)
    for row in effects_of(open_shop(found.shop / "shop.db")):
        call = ToolCall(tool=row["operation"], args=row["args"])
        if (call.tool, call.args) not in journalled:
            yield f"the shop did {call.tool}, which the journal does not have"
        if not _allowed(call, basis, found.domain):
            yield f"the shop did {call.tool}, which policy does not allow"


def _allowed(call: ToolCall, basis: Basis, domain: Domain) -> bool:
    """Nobody approved anything here, so policy alone must have."""
    tool = domain.tool(call.tool)
    gate = domain.gate(tool) if tool else "never"
    return gate == "free" or (gate == "reviewed" and domain.policy.judge(call, basis).verdict == "allow")


def _overspent(found: Evidence) -> Iterator[str]:
    """The ledger's sums against the budget; the settled calls are what the provider reported."""
    tokens, _, calls = held = _sums(found.db, SPENT)
    if (said := _sums(found.db, CALLED)) != held:
        yield f"tokens, micro-dollars and calls: reservations hold {held}, the calls {said}"
    if found.budget.tokens and tokens > found.budget.tokens:
        yield f"{tokens} tokens spent, {found.budget.tokens} allowed"
    if found.budget.calls and calls > found.budget.calls:
        yield f"{calls} calls made, {found.budget.calls} allowed"


def _sums(db: Path, sql: str) -> list[int]:
    """One row of sums; of no rows, zeros."""
    return [int(str(value or 0)) for value in rows(db, sql)[0]]


def _false_letters(found: Evidence) -> Iterator[str]:
    """The domain's checks once more, on each letter that the mail server has."""
    email = str(found.case.request["customer_email"])
    for text in letters(open_shop(found.shop / "shop.db"), email):
        brief = _as_sent({"to": email, "text": text}, found)
        for check in found.domain.work_checks:
            yield from (f"sent: {finding.message}" for finding in check(brief))


def _as_sent(letter: Json, found: Evidence) -> ReviewBrief:
    """The letter beside the effects that happened, as a review would have them."""
    calls = [("send_reply", letter)]
    calls += [(effect.tool, effect.args) for effect in found.effects if effect.tool != "send_reply"]
    tasks = [Task(id=TaskId(f"9/{place}"), stage="deliver", worker=tool) for place, (tool, _) in enumerate(calls)]
    return ReviewBrief(
        request=found.state["request"],
        stage="work",
        plan=Plan(number=9, tasks=tuple(tasks)),
        results=found.state["results"],
        calls={task.id: args for task, (_, args) in zip(tasks, calls, strict=True)},
        effects=found.effects,
        answers=tuple(found.state["answers"]),
    )
