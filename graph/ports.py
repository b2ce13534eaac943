"""Everything that touches the world, as operations on data: one import away from being faked.

Each operation is atomic and durable when it returns. No connection, SQL or callable crosses,
so that another store can stand behind the same ports. `Fenced` is the only storage exception
that the machine lets pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel

from graph.charges import Grant, Limits, Reservation, Usage
from graph.contract import Budget, Header, Spend, Task
from graph.domain import Domain, Role
from graph.limits import Rate
from graph.prose import Prose, Says
from graph.rows import Record
from graph.tokens import Turn
from graph.toolcall import EffectDone, ExternalWait, Permit, ToolCall, ToolResult
from graph.trail import Made, Trail
from graph.values import Frozen, Json, Micros, RunId, TaskId, ThreadId

M = TypeVar("M", bound=BaseModel)


class RunRef(Frozen):
    """Which run an operation belongs to. The store finds the lease that this process holds on the thread."""

    run_id: RunId
    thread_id: ThreadId
    tenant: str


class Records(Protocol):
    """The history of runs."""

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """Write rows in one transaction. Returns whether the run's cancellation was requested. Raises `Fenced`."""
        ...

    def queue(self, run: RunRef, *rows: Record) -> None:
        """Write rows later, no later than the thread's next awaited write or checkpoint, which also raises what failed.

        What is queued may be lost with the process: only for what can be asked again.
        """
        ...

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """Every hardened call of the run on record, in order; repeats are counted by it."""
        ...


# -- budget ----------------------------------------------------------------------------------------


class Ledger(Protocol):
    """Reserve before a call, settle after it."""

    async def reserve(self, run: RunRef, limits: Limits, reservation: Reservation) -> Grant:
        """Leave for one call, its answer clipped to what is left; a refusal is recorded. Raises `Fenced`.

        The same reservation again gets the same answer.
        """
        ...

    async def settle(self, run: RunRef, reservation_id: str, usage: Usage) -> None:
        """Replace a reservation by what was used; idempotent."""
        ...

    async def spent(self, run: RunRef) -> Spend:
        """Settled, open and abandoned spend of the run."""
        ...

    async def spent_by_role(self, run: RunRef) -> dict[str, Spend]:
        """The same spend, split by what it was for."""
        ...

    async def reported(self, endpoint: str, model: str, most: int) -> tuple[float, ...]:
        """Of the last calls whose endpoint reported usage, how often the reported prompt held our own count."""
        ...


# -- effects ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Begun:
    """What the journal says before an effect is tried."""

    verdict: Literal["run", "replay", "busy", "unknown", "conflict", "pending"]
    result: Json | None = None
    since: Micros | None = field(default=None, compare=False)
    """With `busy` and `unknown`: when the call in question was begun."""
    wait: ExternalWait | None = None
    """With `pending`: what the effect's answer waits for."""
    late: bool = False
    """With `unknown`: the lost call reported after all, too late to count; a person should look at what it said."""
    again_in: float | None = None
    """With `busy`: seconds until it may be begun, where that is known."""


class Effects(Protocol):
    """The journal: started, then done with its result."""

    async def begin(  # noqa: PLR0913 a claim's parts
        self, run: RunRef, key: str, call: ToolCall, holder: str, *, honours_keys: bool, quiet_seconds: float = 0.0
    ) -> Begun:
        """Claim an effect. `run` at most once a key, or again where the backend honours keys. Raises `Fenced`.

        For `quiet_seconds` after somebody said that it did not happen it is `busy`: the lost call may be in flight.
        """
        ...

    async def wait(self, run: RunRef, key: str, holder: str, wait: ExternalWait) -> None:
        """Record that it was begun and its answer comes later: nobody begins it again. Raises `Fenced`."""
        ...

    async def finish(self, run: RunRef, key: str, holder: str, result: Json) -> None:
        """Record that it happened; by another holder than the claimant it is kept as evidence only."""
        ...

    async def abandon(self, run: RunRef, key: str, holder: str) -> None:
        """Record that it certainly did not happen, so that it may be tried again."""
        ...

    async def settle(
        self, run: RunRef, key: str, verdict: Literal["done", "not_done"], by: str, result: Json | None = None
    ) -> None:
        """The word of a person, a probe or a poll on an effect whose outcome is not known, or not yet."""
        ...

    async def done(self, run: RunRef) -> tuple[EffectDone, ...]:
        """Every effect of the run that happened, oldest first."""
        ...


# -- models, tools, domains, time --------------------------------------------------------------------


class ModelCall(Frozen):
    """One call of a role, and whom it is charged to."""

    header: Header
    role: Role
    state: str
    task_id: TaskId | None = None
    worker: str | None = None
    attempt: int = 1
    streams: Prose | None = None
    """The part of the answer that people may read while it is written."""


class Models(Protocol):
    """The gateway: the only way to a model."""

    async def structured(self, call: ModelCall, brief: BaseModel, answer: type[M], says: Says | None = None) -> M:
        """A structured answer. Raises `ModelUnavailable`, `ModelRefused`, `InvalidAnswer` or `BudgetRefused`.

        `says` is told the text that `call.streams` names while it is written; its pieces add up to the accepted one.
        """
        ...

    def window(self, header: Header) -> int:
        """The context window, in tokens, of the model that plans for this run."""
        ...


@dataclass(frozen=True)
class CallContext:
    """For whom a tool is called, and with what leave."""

    header: Header
    task: Task
    attempt: int
    permits: tuple[Permit, ...]
    trail: Trail | None = field(default=None, kw_only=True)
    """The calls since the worker was entered; `None`: those of this task and attempt in this process."""
    deadline: Micros | None = None
    """When the task's time is over; a call that must wait longer than that is refused at once."""


class Rates(Protocol):
    """Token buckets that several processes share."""

    async def book(self, key: str, rate: Rate, patience: float) -> Turn:
        """The next free turn of the bucket `key`; nothing is booked where it comes later than `patience` seconds."""
        ...


class Tools(Protocol):
    """The hardened pipeline. It never raises into the graph, but for `Fenced`."""

    async def call(self, domain: Domain, call: ToolCall, context: CallContext) -> ToolResult:
        """One tool call, hardened."""
        ...

    def withdrawn(self, domain: Domain) -> Mapping[str, Micros]:
        """Tools whose breaker is open, each with the time until which it is."""
        ...


class Domains(Protocol):
    """Finds a domain by its name."""

    def get(self, name: str) -> Domain:
        """The domain. Raises `DomainMistake`."""
        ...

    def version(self, name: str) -> str:
        """A hash of its schemas, policy and prompts."""
        ...


class Clock(Protocol):
    """Time, so that tests need not wait."""

    def now(self) -> Micros:
        """Microseconds since the epoch, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def jitter(self) -> float:
        """A number in [0, 1) for full jitter."""
        ...


@dataclass(frozen=True)
class Deps:
    """Everything a node may touch, bound to it when the graph is built."""

    domains: Domains
    models: Models
    tools: Tools
    ledger: Ledger
    effects: Effects
    records: Records
    clock: Clock
    parks: bool = True
    """Whether a runner wakes parked runs. In LangGraph Studio nobody does."""
    budget: Budget | None = None
    """This process's own limits of a run; they hold beside the domain's and the caller's, and the tightest wins."""


def by_run(header: Header) -> RunRef:
    """The reference that ports are called with."""
    return RunRef(run_id=header.run_id, thread_id=header.thread_id, tenant=header.tenant)
