"""A run as its caller sees it."""

from dataclasses import dataclass

from pydantic import BaseModel

from graph.answers import markdown
from graph.budget import MICROS_PER_USD
from graph.contract import Outcome, RunStatus, Spend
from graph.errors import BadRequest
from graph.escalation import Escalation
from graph.jobs import Reads, RunView
from graph.ports import Ledger, RunRef
from graph.values import Json


@dataclass(frozen=True)
class Run:
    """A run as its caller sees it: a value, as of the moment it was asked for.

    Example:
        >>> run = await agent.run({"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"})
        >>> run
        <Run ... complete (done), 3 model calls, ... tokens, $0.0000>
        >>> run.outcome.data["reply"]
        'Hello Elena Petrova,...'
    """

    id: str
    """What all other methods ask for."""
    thread_id: str
    """The LangGraph thread; the run's own id, where none was chosen."""
    status: RunStatus
    """`complete`, `rejected` and `failed` are over; `waiting` for a person; `parked` until a time; `interrupted` by an
    exception or a dead process, to be resumed; `queued` and `running` are somebody else's at this moment."""
    state: str | None
    """The node that the run is in, or ended in."""
    outcome: Outcome | None
    """How it ended: a stable `cause`, one line for a person, and `data` in the domain's own schema."""
    error: str | None
    """What interrupted it, in one line."""
    spend: Spend
    """Tokens, micro-dollars, calls and seconds of model time so far."""
    escalation: Escalation | None
    """The card it waits for: `options`, the `recommended` one, and the `default_option` that its deadline takes."""

    def __repr__(self) -> str:
        """One line."""
        usd = self.spend.usd_micros / MICROS_PER_USD
        spent = f"{self.spend.calls} model calls, {self.spend.tokens} tokens, ${usd:.4f}"
        return f"<Run {self.id} {self.status}{self._why()}, {spent}>"

    def _why(self) -> str:
        if self.escalation:
            options = " | ".join(option.id for option in self.escalation.options)
            return f" ({self.escalation.kind}: {options})"
        if self.outcome:
            return f" ({self.outcome.cause})"
        return f" in {self.state} ({self.error})" if self.error else ""

    def to_json(self) -> Json:
        """The run for another program or a model: `run_id`, `status`, `outcome`, one line of `message`, the `card`.

        `outcome` is the domain's own data, `card` is Markdown; each is `None` where there is none.
        """
        card, outcome = self.escalation, self.outcome
        asked = card.decision_needed if card else self.error
        return {
            "run_id": self.id,
            "status": self.status,
            "outcome": outcome.data if outcome else None,
            "message": outcome.message if outcome else asked,
            "card": markdown(card) if card else None,
        }


async def seen(view: RunView, ledger: Ledger, reads: Reads) -> Run:
    """A stored run as its caller sees it."""
    job = view.job
    cards = await reads.cards(run_id=job.run_id) if view.status == "waiting" else []
    return Run(
        id=job.run_id,
        thread_id=job.thread_id,
        status=view.status,
        state=view.state,
        outcome=view.outcome,
        error=view.error,
        spend=await ledger.spent(RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant)),
        escalation=cards[0].card if cards else None,
    )


def plain(request: object) -> Json:
    """A request as the domain's schema reads it. Raises `BadRequest`."""
    if isinstance(request, BaseModel):
        return request.model_dump(mode="json", by_alias=True)
    if not isinstance(request, dict):
        raise BadRequest(f"request: is a {type(request).__name__}; give the domain's request model, or a dict")
    return request
