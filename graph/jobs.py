"""What the runner needs of a store: jobs, leases, decisions and reads, as operations on data."""

from typing import Literal, Protocol

from pydantic import Field

from graph.contract import Outcome, RunStatus, Transition
from graph.costs import CostReads
from graph.escalation import Answer, Escalation
from graph.ports import Records
from graph.rows import DeadLetter, ToolCalled
from graph.values import Frozen, Json, Micros, RunId, ThreadId


class Lease(Frozen):
    """The right to write for a thread. Each claim raises the fence; an older fence writes nothing."""

    thread_id: ThreadId
    holder: str
    fence: int


class Due(Frozen):
    """A legal clock, apart from any escalation's deadline."""

    at: Micros
    basis: str


class Job(Frozen):
    """A run that was accepted. The caller makes the ids."""

    run_id: RunId
    thread_id: ThreadId
    tenant: str
    domain: str
    request: Json
    context: Json = Field(default_factory=dict, description="the fields of RunContext")
    accepted_at: Micros
    parent_id: RunId | None = None
    batch_id: str | None = None
    due: Due | None = None


class RunView(Frozen):
    """A run as seen from outside the machine."""

    job: Job
    status: RunStatus
    state: str | None = None
    """The node that the run entered last; `None` before INTAKE."""
    wake_at: Micros | None = None
    resume_at: str | None = None
    outcome: Outcome | None = None
    error: str | None = None
    """What a node raised, when the run was interrupted by an exception."""
    attempts: int = 0
    cancel_requested: bool = False
    updated_at: Micros


class CardView(Frozen):
    """An escalation as it stands."""

    card: Escalation
    thread_id: ThreadId
    tenant: str
    status: Literal["open", "decided", "closed"]
    """decided: an answer was accepted and its run has not taken it up yet."""
    answer: Answer | None = None
    opened_at: Micros


class DeadLetterView(Frozen):
    """A dead letter, and whose it is."""

    run_id: RunId
    tenant: str
    letter: DeadLetter
    resolved: bool = False


class Leases(Protocol):
    """Fenced leases, one a thread."""

    async def claim(self, thread_id: ThreadId, holder: str, ttl_seconds: float) -> Lease | None:
        """The lease, its fence raised and held by this process, or `None` while another holder's is live."""
        ...

    async def renew(self, lease: Lease, ttl_seconds: float) -> bool:
        """Whether the lease was still ours."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it up; a no-op where it was taken over."""
        ...


class Jobs(Protocol):
    """Accepted runs."""

    async def accept(self, job: Job) -> None:
        """Record the job. Raises `ThreadBusy` where the thread's last run is not over."""
        ...

    async def cancel(self, run_id: RunId) -> None:
        """Set the flag that the entry guard reads."""
        ...

    async def failed_attempt(self, run_id: RunId, error: str, at: Micros) -> None:
        """A node raised: count the attempt and keep the error's line."""
        ...


class Decisions(Protocol):
    """Answers to escalations."""

    async def decide(self, answer: Answer, at: Micros) -> bool:
        """Accept the first answer to an open card; `False` says that it was too late."""
        ...


class Reads(CostReads, Protocol):
    """What can be asked of the history. None of these writes."""

    async def run(self, run_id: RunId) -> RunView | None:
        """One run. A running one whose lease is over reads as `interrupted`."""
        ...

    async def last_run(self, thread_id: ThreadId) -> RunView | None:
        """The newest run of a thread."""
        ...

    async def runs(
        self, *, status: RunStatus | None = None, domain: str | None = None, limit: int = 50
    ) -> list[RunView]:
        """Newest first."""
        ...

    async def timeline(self, run_id: RunId) -> list[Transition]:
        """Every transition, in order."""
        ...

    async def tool_calls(self, run_id: RunId) -> list[ToolCalled]:
        """Every hardened call, in order."""
        ...

    async def cards(self, *, run_id: RunId | None = None, only_open: bool = True) -> list[CardView]:
        """Escalations, the earliest deadline first."""
        ...

    async def card(self, escalation_id: str) -> CardView | None:
        """One escalation."""
        ...

    async def overdue(self, now: Micros) -> list[CardView]:
        """Open cards whose deadline has passed."""
        ...

    async def due(self, now: Micros) -> list[RunView]:
        """Parked runs whose time has come."""
        ...

    async def dead_letters(self) -> list[DeadLetterView]:
        """Newest first."""
        ...


class Stores(Protocol):
    """The store as the runner sees it."""

    @property
    def jobs(self) -> Jobs:
        """Accepted runs."""
        ...

    @property
    def leases(self) -> Leases:
        """Who drives."""
        ...

    @property
    def decisions(self) -> Decisions:
        """Answers."""
        ...

    @property
    def reads(self) -> Reads:
        """The history."""
        ...

    @property
    def records(self) -> Records:
        """What is appended to it."""
        ...
