"""How a run stands: what the ticket asks for, what is known and done, and what each part of the reply is for by now."""

from collections.abc import Mapping
from dataclasses import dataclass

from graph.briefs import PlanningBrief
from graph.contract import TaskResult
from graph.values import Json, TaskId
from surefoot.domains.support.briefs import Purpose
from surefoot.domains.support.rules.intent import understand
from surefoot.domains.support.rules.vocabulary import Intent
from surefoot.domains.support.rules.wishes import Ticket, Wish
from surefoot.domains.support.schemas import SupportRequest

EFFECTS = {
    "refund": "issue_refund", "cancel": "cancel_order", "address": "change_address", "label": "create_return_label",
    "erase": "erase_customer",
}  # fmt: skip
"""The tool behind what is asked for; for everything else a letter is enough."""

REFUSED: Mapping[Intent, tuple[Purpose, Purpose]] = {
    "refund": ("refund", "no_refund"), "cancel": ("cancel", "no_cancel"), "address": ("address", "no_address"),
    "label": ("label", "no_label"), "erase": ("erase", "no_erase"),
}  # fmt: skip
"""What a letter is for where an effect is done, and where it cannot be."""
LETTERS: Mapping[Intent, Purpose] = {
    "article": "article", "window": "window", "paid_back": "paid_back", "offer": "offer", "status": "status",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """A planning brief, read."""

    brief: PlanningBrief
    request: SupportRequest
    ticket: Ticket

    @classmethod
    def of(cls, brief: PlanningBrief) -> "Standing":
        """The standing of a brief's run."""
        request = SupportRequest.model_validate(brief.request)
        return cls(brief, request, understand(request))

    @property
    def guidance(self) -> str:
        """What a colleague said that the customer should be told."""
        notes = [given.answer.note for given in self.brief.answers if given.question.kind == "task_needs_human"]
        return next((note for note in reversed(notes) if note.strip()), "")

    def declined(self, tool: str, order_id: str | None) -> bool:
        """Whether a person said no to this effect on this order."""
        return any(
            call.tool == tool and order_id in {None, call.args.get("order_id")}
            for given in self.brief.answers
            if given.question.kind == "effect_approval" and given.answer.option == "decline"
            for call in given.question.calls
        )

    def done(self, tool: str, order_id: str | None = None) -> bool:
        """Whether this effect already happened in this run, on this order where one is named."""
        return any(
            effect.tool == tool and order_id in {None, effect.args.get("order_id")} for effect in self.brief.effects
        )

    def failure(self, name: str) -> str | None:
        """Why the newest task of this name failed, unless one of them succeeded."""
        errors = [found.error for found in self._named(name) if found.error]
        return errors[-1].message if errors and self.found(name) is None else None

    def found(self, name: str) -> TaskId | None:
        """The newest task of this name, of any plan, that succeeded."""
        return next((found.task_id for found in reversed(self._named(name)) if found.status == "success"), None)

    def output(self, name: str) -> Json | None:
        """What that task gave."""
        task = self.found(name)
        return self.brief.results[task].output if task else None

    def order_id(self, wish: Wish) -> str | None:
        """The order that a wish is about, where it is named or has been found."""
        facts = self.output(facts_of(wish))
        return wish.order_id or (facts["order"]["id"] if facts and facts["order"] else None)

    def _named(self, name: str) -> list[TaskResult]:
        return [found for found in self.brief.results.values() if found.task_id.split("/")[-1] == name]


def facts_of(wish: Wish) -> str:
    """The name of the task that looks a wish's order up."""
    return named("facts", wish)


def named(what: str, wish: Wish) -> str:
    """A task's name: the same in every plan, so that a later plan finds what an earlier one has."""
    return f"{what}-{(wish.order_id or 'own').lower()}"


def purpose_of(standing: Standing, wish: Wish) -> Purpose:
    """What a part of the reply is for, as things stand."""
    if wish.intent not in {"article", "erase"} and _order_missing(standing, wish):
        return "which_order"
    if wish.intent == "address" and not wish.address:
        return "which_address"
    if (
        wish.intent == "refund"
        and wish.reason is None
        and not standing.done(EFFECTS["refund"], standing.order_id(wish))
    ):
        return "which_reason"
    if wish.intent in REFUSED:
        return _effect(standing, wish, *REFUSED[wish.intent])
    return LETTERS[wish.intent]


def _effect(standing: Standing, wish: Wish, purpose: Purpose, refused: Purpose) -> Purpose:
    tool = EFFECTS[purpose]
    order_id = None if purpose == "erase" else standing.order_id(wish)
    if standing.done(tool, order_id):
        return purpose
    if standing.declined(tool, order_id):
        return "declined"
    return refused if standing.failure(named(purpose, wish)) or _against(standing, wish, purpose) else purpose


def _against(standing: Standing, wish: Wish, purpose: Purpose) -> bool:
    """What the facts found so far have against an effect."""
    quote, facts = standing.output(named("quote", wish)), standing.output(facts_of(wish))
    if purpose in {"refund", "label"}:
        return quote is not None and not quote["eligible"]
    return purpose in {"cancel", "address"} and facts is not None and facts["order"]["status"] != "packed"


def _order_missing(standing: Standing, wish: Wish) -> bool:
    facts = standing.output(facts_of(wish))
    not_found = wish.order_id is None and standing.failure("which") is not None
    return wish.ambiguous or not_found or (facts is not None and facts["order"] is None)
