"""The types that a user fills in: a domain is one folder that builds one `Domain`.

A domain declares what its tools may do to the world and what policy says of it;
no model's words can widen either.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel

from graph.briefs import ReviewBrief, SimplifyBrief
from graph.contract import Budget, Finding, Header, Plan, Stage, Task, TaskResult
from graph.escalation import Evidence, QuestionKind
from graph.toolcall import EffectDone, ToolCall, ToolResult
from graph.values import Json

M = TypeVar("M", bound=BaseModel)

Effect = Literal["read", "write", "irreversible"]
Stakes = Literal["none", "money", "customer", "compliance"]
Role = Literal["classify", "parse", "plan", "work", "review", "summarize", "answer"]

Gate = Literal["free", "reviewed", "person", "never"]
"""free: the call passes. reviewed: `Policy.judge` decides on the exact call, at REVIEWING.
person: a person decides on the exact call. never: refused."""


@dataclass(frozen=True)
class EffectIdentity:
    """What makes two calls the same effect: the input fields that name it, never the prose."""

    fields: tuple[str, ...] = ()
    """Names of input fields; empty means once a scope."""
    scope: Literal["run", "tenant"] = "run"


@dataclass(frozen=True)
class Tool:
    """One verb on the world."""

    name: str
    purpose: str
    input: type[BaseModel]
    output: type[BaseModel]
    call: Callable[..., Any]
    """`(input) -> output` for reads, `(input, key: str) -> output` for effects; sync or async."""
    effect: Effect = "read"
    stakes: Stakes = "none"
    identity: EffectIdentity | None = None
    """Required of every tool that is not a read."""
    honours_keys: bool = False
    """The backend does a call with a known idempotency key once, however often it is made."""
    probe: str | None = None
    """A read tool that answers done, not_done or unknown for this effect."""
    timeout_seconds: float = 20.0
    attempts: int = 3
    """Tries within one call, retryable errors only."""

    @property
    def outward(self) -> bool:
        """Whether it cannot be undone or touches a customer: legal in stage `deliver` only."""
        return self.effect == "irreversible" or self.stakes == "customer"


class WorkContext(Protocol):
    """What a worker, or a validator, may use."""

    @property
    def header(self) -> Header:
        """The run's frozen header."""
        ...

    @property
    def task(self) -> Task:
        """The task at hand, its references resolved."""
        ...

    async def tool(self, name: str, args: BaseModel | Json) -> ToolResult:
        """Call one of the worker's own tools through the hardened pipeline. Never raises on a tool's failure."""
        ...

    async def value(self, name: str, args: BaseModel | Json) -> Json:
        """Like `tool`, but returns the value, or raises `ToolFailed`, which fails the task."""
        ...

    async def model(self, role: Role, brief: BaseModel, answer: type[M]) -> M:
        """One structured model call. Raises `ModelError` or `BudgetRefused`."""
        ...


@dataclass(frozen=True)
class Worker:
    """A stateless worker with a documented contract. It never plans, never retries itself, never interrupts."""

    name: str
    purpose: str
    input: type[BaseModel]
    output: type[BaseModel]
    run: Callable[[Any, WorkContext], Awaitable[BaseModel]]
    """Returns the output, or raises `ToolFailed`, `NeedsHuman` or `ModelError`."""
    stage: Stage = "work"
    tools: tuple[str, ...] = ()
    delivers: str | None = None
    """The one tool that a deliver worker calls, with exactly the task's input. Set by `deliver_worker`."""
    timeout_seconds: float = 60.0
    estimated_tokens: int = 0
    """What its model calls will likely use; a plan that cannot be afforded is refused before it runs."""


def deliver_worker(tool: Tool) -> Worker:
    """A worker of stage `deliver` that makes one exact call of `tool`: what is approved is what is sent."""

    async def run(args: BaseModel, context: WorkContext) -> BaseModel:
        return tool.output.model_validate(await context.value(tool.name, args))

    return Worker(
        name=tool.name,
        purpose=tool.purpose,
        input=tool.input,
        output=tool.output,
        run=run,
        stage="deliver",
        tools=(tool.name,),
        delivers=tool.name,
        timeout_seconds=tool.timeout_seconds * tool.attempts + 10,
    )


Validator = Callable[[Any, WorkContext], Awaitable[list[str]]]
"""`(request, context) -> faults`, each naming its field and the remedy. Infrastructure raises `ToolFailed`."""

Check = Callable[[ReviewBrief], list[Finding]]
"""A pure check of a stage's results against the facts."""


@dataclass(frozen=True)
class Decision:
    """What policy says of one exact call."""

    verdict: Literal["allow", "ask", "deny"]
    reason: str


@dataclass(frozen=True)
class CallStory:
    """One proposed call in the domain's terms, for a card."""

    attempted: str
    if_approved: str
    if_declined: str
    facts: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Basis:
    """What policy decides on: whose run it is, what was asked, and the facts found."""

    request: Json
    results: Mapping[str, TaskResult]
    tenant: str = "default"


def _allow(call: ToolCall, _basis: Basis) -> Decision:
    return Decision("allow", f"no rule of the domain is against {call.tool}")


@dataclass(frozen=True)
class Policy:
    """Data that decides what may happen. Nothing a model says changes it."""

    gates: Mapping[tuple[Effect, Stakes], Gate]
    """Must name every pair that the domain's tools have."""
    judge: Callable[[ToolCall, Basis], Decision] = _allow
    """Decides on calls behind the gate `reviewed`, from the exact call and what is known; pure."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The domain's own limits, such as an amount that needs no person; part of the domain's version."""
    plan_needs_approval: Callable[[Plan], str | None] = lambda plan: None  # noqa: ARG005 a default, not a name
    """A reason to ask a person before anything of this plan runs, or `None`."""
    on_exhausted: Callable[[TaskResult], Literal["replan", "escalate", "fail"]] = lambda result: "fail"  # noqa: ARG005
    """What follows when a task has failed for good."""
    max_tasks: int = 12
    max_parallel: int = 4
    max_revisions: int = 2
    max_plans: int = 8
    max_escalations: int = 4
    max_repeats: int = 6
    """How often one call with one input may be made in a run."""
    task_attempts: int = 3
    retry_base_seconds: float = 1.0
    retry_cap_seconds: float = 900.0
    summarize_at: float = 0.7
    """Share of the planning model's window at which the history is summarized."""
    park_after_seconds: float = 5.0
    """A wait longer than this parks the run."""
    decide_within_seconds: float = 24 * 3600
    timezone: str = "UTC"
    """Decides what a day is."""


RuleModel = Mapping[str, Callable[[Any], BaseModel]]
"""Offline rules: role, or `work:<worker>`, to a pure function of the brief."""


def _no_conclusion(_results: Mapping[str, TaskResult], _effects: tuple[EffectDone, ...]) -> Json:
    return {}


@dataclass(frozen=True)
class Domain:
    """All that Surefoot needs to know of a field of work."""

    name: str
    purpose: str
    request: type[BaseModel]
    outcome: type[BaseModel]
    tools: tuple[Tool, ...]
    workers: tuple[Worker, ...]
    policy: Policy
    prompts: Mapping[Role, str]
    """System prompt a role."""
    rules: RuleModel
    validators: tuple[Validator, ...] = ()
    work_checks: tuple[Check, ...] = ()
    """Run on the work before anything leaves."""
    receipt_checks: tuple[Check, ...] = ()
    """Run on the delivery: receipts against what was meant."""
    conclude: Callable[[Mapping[str, TaskResult], tuple[EffectDone, ...]], Json] = _no_conclusion
    """The outcome's data, from all results and effects."""
    simplify: Callable[[SimplifyBrief], Plan] | None = None
    """A plan of function workers that gives a simplified answer from the facts at hand."""
    decline_message: str = "We could not handle this request automatically; a colleague will get in touch."
    tell: Callable[[ToolCall, Mapping[str, TaskResult]], CallStory] | None = None
    """A proposed call in the domain's terms, for a card."""
    impacts: Mapping[tuple[QuestionKind, str], str] = field(default_factory=dict)
    """The expected impact of a card's option in the domain's terms."""
    budget: Budget = field(default_factory=Budget)

    def worker(self, name: str) -> Worker | None:
        """The worker of that name, or `None`."""
        return next((worker for worker in self.workers if worker.name == name), None)

    def tool(self, name: str) -> Tool | None:
        """The tool of that name, or `None`."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def gate(self, tool: Tool) -> Gate:
        """What policy says of the tool's kind; a pair that policy lacks is refused."""
        return self.policy.gates.get((tool.effect, tool.stakes), "never")
