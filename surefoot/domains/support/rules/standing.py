"""How a run stands: what the ticket asks for, what is known and done, and what the reply is for by now."""

from dataclasses import dataclass

from graph.briefs import PlanningBrief
from graph.contract import TaskResult, outputs_of
from graph.values import Json, TaskId
from surefoot.domains.support.rules.intent import Ticket, understand
from surefoot.domains.support.schemas import SupportRequest
from surefoot.domains.support.workers import Purpose


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

    @property
    def declined(self) -> bool:
        """Whether a person said no to the effect."""
        return any(
            given.question.kind == "effect_approval" and given.answer.option == "decline"
            for given in self.brief.answers
        )

    def done(self, tool: str) -> bool:
        """Whether this effect already happened in this run."""
        return any(effect.tool == tool for effect in self.brief.effects)

    def failure(self, worker: str) -> str | None:
        """Why a worker's last failed task failed."""
        errors = [found.error for found in self.brief.results.values() if found.worker == worker and found.error]
        return errors[-1].message if errors else None

    def found(self, worker: str) -> TaskId | None:
        """The task of any plan whose output is the newest of this worker's."""
        successes = [found.task_id for found in self.brief.results.values() if _succeeded(found, worker)]
        return successes[-1] if successes else None

    def newest(self, worker: str) -> Json | None:
        """The newest output of a worker."""
        return next(iter(outputs_of(self.brief.results, worker)), None)


def purpose_of(standing: Standing) -> Purpose:
    """What the reply is for, as things stand."""
    if standing.guidance:
        return "relay"
    if standing.declined:
        return "declined"
    match standing.ticket.intent:
        case "refund":
            return _refund(standing)
        case "cancel":
            return _cancel(standing)
        case "window":
            return "which_order" if _order_missing(standing) else "window"
        case _:
            return "status"


def _refund(standing: Standing) -> Purpose:
    if standing.done("issue_refund"):
        return "refund"
    if _order_missing(standing):
        return "which_order"
    quote = standing.newest("quote")
    against = standing.failure("issue_refund") or (quote is not None and not quote["eligible"])
    return "no_refund" if against else "refund"


def _cancel(standing: Standing) -> Purpose:
    if standing.done("cancel_order"):
        return "cancel"
    if _order_missing(standing):
        return "which_order"
    facts = standing.newest("find_facts")
    against = standing.failure("cancel_order") or (facts is not None and facts["order"]["status"] != "packed")
    return "no_cancel" if against else "cancel"


def _order_missing(standing: Standing) -> bool:
    facts = standing.newest("find_facts")
    return standing.ticket.order_id is None or (facts is not None and facts["order"] is None)


def _succeeded(result: TaskResult, worker: str) -> bool:
    return result.worker == worker and result.status == "success"
