"""What model calls cost, as it can be asked of the ledger. Amounts are as charged: a call nobody settled, in full."""

from typing import Literal, Protocol

from graph.contract import RunStatus
from graph.rows import Alerted
from graph.values import Frozen, Json, Micros, RunId, TaskId

CostsBy = Literal["day", "domain", "tenant", "model", "state", "role"]
"""What a sum can be taken by; a day is UTC's."""


class CallView(Frozen):
    """One model call as it was charged."""

    at: Micros
    state: str
    task_id: TaskId | None = None
    role: str
    tier: str = ""
    model: str = ""
    endpoint: str = ""
    hop: int = 0
    """0 for the tier's first model, then counting along its fallback chain."""
    outcome: str
    """`ok`, `invalid`, `error`; `open` while it runs, `unknown` where its process died."""
    error: str | None = None
    attempt: int = 1
    tries: int = 1
    tokens: int
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    usd_micros: int
    seconds: float
    estimated: bool = False
    """The tokens are our own count, or what was reserved."""
    priced: bool = True
    """Whether a price is known; where it is not, the dollars say nothing."""


class CostLine(Frozen):
    """A sum over model calls."""

    key: str
    runs: int
    calls: int
    tokens: int
    cached_tokens: int
    usd_micros: int
    seconds: float
    """Waited for models, parallel calls added up."""
    estimated: int
    """Calls whose tokens are our own count."""
    unpriced: int
    """Calls whose price is not known."""
    unknown: int
    """Calls that nobody settled, charged in full."""


class RunCost(Frozen):
    """What one finished run cost."""

    run_id: RunId
    domain: str
    status: RunStatus
    cause: str
    request: Json
    tokens: int
    usd_micros: int
    calls: int
    worked: float
    """Seconds of work by the clock on the wall."""
    unpriced: int
    ended_at: Micros


class CostReads(Protocol):
    """What can be asked of the ledger. None of these writes."""

    async def model_calls(self, run_id: RunId) -> list[CallView]:
        """Every model call of a run, in order; refused ones never happened."""
        ...

    async def costs(self, by: CostsBy, *, since: Micros | None = None, domain: str | None = None) -> list[CostLine]:
        """Sums of all that was charged; days in order, else the dearest first."""
        ...

    async def run_costs(self, domain: str, *, limit: int = 1_000) -> list[RunCost]:
        """What a domain's finished runs cost, the newest first."""
        ...

    async def alerts(self, run_id: RunId) -> list[Alerted]:
        """What somebody should look at, in order."""
        ...
