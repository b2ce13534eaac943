"""What travels between the states: plain, frozen, JSON-shaped values.

Every class here may end up in a checkpoint, where it is stored under its module and name:
moving or renaming one is a data migration (see docs/decisions/0004).
Money is integer micro-dollars, times are integer microseconds since the epoch, in UTC.
"""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from graph.toolcall import EffectDone, ExternalWait, Permit, ToolError
from graph.values import Frozen, Json, Micros, RunId, TaskId, ThreadId

Stage = Literal["work", "deliver"]
"""`work` finds facts and drafts; only `deliver` may touch a customer or do what cannot be undone."""

Status = Literal["running", "parked", "complete", "rejected", "failed"]
"""What the state says of itself. `waiting` and `interrupted` are seen from outside (see `RunStatus`)."""

RunStatus = Literal["queued", "running", "waiting", "parked", "interrupted", "complete", "rejected", "failed"]
"""What a caller is told. `interrupted`: a node raised or the process died, work is pending."""


MOST_TOKENS: Final = 10**12
MOST_USD: Final = 10**6
MOST_SECONDS: Final = 10**8
MOST_CALLS: Final = 10**9
"""Above these a limit is a slip of the keyboard; `None` is the way to have no limit."""


class Budget(Frozen):
    """The most that one run may spend. `None` means that this dimension is not limited."""

    tokens: int | None = Field(default=200_000, gt=0, le=MOST_TOKENS)
    usd: float | None = Field(default=0.50, gt=0, le=MOST_USD, allow_inf_nan=False)
    seconds: float | None = Field(default=600, gt=0, le=MOST_SECONDS, allow_inf_nan=False)
    calls: int | None = Field(default=60, gt=0, le=MOST_CALLS)
    alert_at: float = Field(default=0.8, gt=0, le=1, description="share of a limit at which the breaker trips")
    on_alert: Literal["escalate", "simplify", "decline"] = "escalate"


class Ceiling(Frozen):
    """The most that all runs of a domain, or of a tenant, may spend together a day. `None` limits nothing."""

    tokens: int | None = Field(default=None, gt=0, le=MOST_TOKENS)
    usd: float | None = Field(default=None, gt=0, le=MOST_USD, allow_inf_nan=False)


class Spend(Frozen):
    """What a run has spent: settled and abandoned calls in full, open ones as reserved."""

    tokens: int = 0
    usd_micros: int = 0
    seconds: float = 0.0
    """Seconds spent waiting for models, parallel calls added up."""
    worked: float = 0.0
    """Seconds of work by the clock on the wall, which `Budget.seconds` limits (see `graph.worktime`)."""
    calls: int = 0
    refused: int = 0
    """Reservations the ledger turned down, and overruns; any of them trips the breaker."""
    refusal: str = ""
    """Why the last one was turned down, in one line: which limit or ceiling, and when that is free again."""
    overrun: int = 0
    """Calls whose provider reported more than was reserved; each closes the budget until a person raises it."""


class Header(Frozen):
    """What the caller chose, frozen into the state at INTAKE; nodes read only this."""

    run_id: RunId
    thread_id: ThreadId
    tenant: str
    domain: str
    domain_version: str
    budget: Budget
    models: dict[str, str] = Field(default_factory=dict)
    """Tier to model name, as chosen for this run."""
    parks: bool = True
    """Whether somebody wakes a parked run. In Studio nobody does, so waits are slept through."""
    forgiven: int = 0
    """Refused reservations from before a person raised the budget; they do not trip the breaker again."""
    plans_forgiven: int = 0
    """Plans from before a resume with a new budget; they do not count against the policy's `max_plans`."""
    started_at: Micros


class Transition(Frozen):
    """One step of the machine. `sequence` counts from 1 within a run, so that a replay records nothing twice."""

    sequence: int
    source: str
    target: str
    reason: str
    at: Micros
    worked: float = 0.0
    """Seconds of work since the step before."""


class Task(Frozen):
    """One unit of work that the planner asks of one worker."""

    id: TaskId
    stage: Stage = "work"
    worker: str
    tools: tuple[str, ...] = ()
    """A subset of the worker's tools; empty means all of them."""
    input: Json = Field(default_factory=dict)
    """The worker's input. `{"$ref": "task.field"}` stands for an earlier task's output."""
    depends_on: tuple[TaskId, ...] = ()
    rationale: str = ""


class Plan(Frozen):
    """What the planner emits: tasks, never prose."""

    number: int = 0
    """Counts the plans of a run from 1; set by PLANNING, never by a model."""
    tasks: tuple[Task, ...]
    summary: str = ""


FaultCode = Literal[
    "invalid_plan", "unknown_worker", "unknown_tool", "invalid_input", "unknown_ref", "duplicate_id", "cycle",
    "too_many_tasks", "illegal_stage", "effect_done", "over_budget", "denied",
]  # fmt: skip


class PlanFault(Frozen):
    """Why a plan was refused, told so that a planner can mend it."""

    code: FaultCode
    message: str
    task: TaskId | None = None
    field: str | None = None


class TaskResult(Frozen):
    """What a worker hands back. It never plans, retries or asks by itself."""

    task_id: TaskId
    worker: str
    attempt: int = 1
    status: Literal["success", "failure", "needs_human"]
    output: Json | None = None
    error: ToolError | None = None
    question: str | None = None
    pending: ExternalWait | None = None
    """A tool's answer comes later: no failure, the worker is entered again when it is due."""
    kept: Json | None = None
    """With `pending`: what the worker needs to go on where it was."""
    stops: str | None = None
    """The cause for which the whole run stops at once, such as `model_refused`."""


class Retry(Frozen):
    """A failed task's place in the run's retry queue."""

    attempt: int
    """The attempt that is due, counted from 1."""
    not_before: Micros
    error: ToolError
    granted: int
    """The last attempt that may be made; a resume or a person grants more."""


class Schedule(Frozen):
    """What EXECUTING found to do; routers only read it."""

    ready: tuple[TaskId, ...] = ()
    wake_at: Micros | None = None
    exhausted: tuple[TaskId, ...] = ()
    """Tasks that failed for good, so that the plan cannot be finished as it stands."""
    settled: bool = False
    """Every task of the stage succeeded."""


class WorkOrder(Frozen):
    """Everything a stateless worker is given: the argument of a `Send`."""

    header: Header
    task: Task
    """With its references already resolved."""
    attempt: int
    permits: tuple[Permit, ...]
    sequence: int
    """The transition that the dispatch is recorded under."""
    kept: Json | None = None
    """What the worker kept when it began to wait."""


class Finding(Frozen):
    """What a review holds against the work."""

    check: str
    message: str
    task: TaskId | None = None


class Review(Frozen):
    """The verdict on one stage: by code first, by a model only where code found nothing."""

    stage: Stage
    verdict: Literal["pass", "revise", "escalate"]
    findings: tuple[Finding, ...] = ()
    by: Literal["code", "model"] = "code"


class Failure(Frozen):
    """Why a run cannot go on by itself, and which terminal state says so."""

    cause: str
    message: str
    ends: Literal["rejected", "failed"] = "failed"


class Outcome(Frozen):
    """How a run ended."""

    status: Literal["complete", "rejected", "failed"]
    cause: str
    """A stable word for machines: `done`, `bad_request`, `invalid`, `cancelled`, `tool_unavailable` ..."""
    message: str
    """One line for a person."""
    disposition: Literal["favorable", "adverse", "not_applicable"] = "not_applicable"
    """What the world answered; a refusal by the world is no failure of the agent."""
    data: Json = Field(default_factory=dict)
    """The domain's own outcome, valid against its schema."""
    items: tuple[Json, ...] = ()
    effects: tuple[EffectDone, ...] = ()


def outputs_of(results: Mapping[str, TaskResult], worker: str) -> list[Json]:
    """The outputs of a worker's successful tasks, newest plan first."""
    found = [result for result in results.values() if result.worker == worker and result.status == "success"]
    return [result.output for result in reversed(found) if result.output is not None]
