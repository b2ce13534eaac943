"""The types that a user fills in: a domain is one folder that builds one `Domain`.

A domain declares what its tools may do to the world and what policy says of it;
no model's words can widen either.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel

from graph.briefs import ReviewBrief, SimplifyBrief
from graph.contract import Budget, Ceiling, Finding, Header, Plan, Stage, Task, TaskResult
from graph.escalation import Evidence, QuestionKind
from graph.policy import Basis, Decision, Gate, Policy
from graph.prompt import Prompt
from graph.prose import Prose
from graph.tool import Effect, EffectIdentity, Stakes, Tool
from graph.toolcall import EffectDone, ToolCall, ToolResult
from graph.values import Json

__all__ = [
    "Basis", "CallStory", "Check", "Decision", "Domain", "Effect", "EffectIdentity", "Gate", "Policy", "Role",
    "RuleModel", "Stakes", "Tool", "Validator", "WorkContext", "Worker", "deliver_worker",
]  # fmt: skip

M = TypeVar("M", bound=BaseModel)

Role = Literal["classify", "parse", "plan", "work", "review", "summarize", "answer"]


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

    @property
    def kept(self) -> Json | None:
        """What the worker gave to `Waiting` to go on with; `None` where it did not wait before."""
        ...

    def withdrawn(self) -> frozenset[str]:
        """Tools that are withdrawn now: their backends are down."""
        ...

    async def tool(self, name: str, args: BaseModel | Json) -> ToolResult:
        """Call one of the worker's own tools through the hardened pipeline. Never raises on a tool's failure."""
        ...

    async def value(self, name: str, args: BaseModel | Json) -> Json:
        """Like `tool`, but returns the value, or raises `ToolFailed`, which fails the task.

        Where the answer comes later it raises `Waiting`: the worker is entered again when it is due.
        """
        ...

    async def model(self, role: Role, brief: BaseModel, answer: type[M], *, streams: Prose | str | None = None) -> M:
        """One structured model call. Raises `ModelError` or `BudgetRefused`.

        `streams` names the answer's field that people may read as a draft while it is written.
        """
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
    chooses: bool = False
    """Its tools are a choice, as a model worker's are: it can work while some of them are withdrawn."""
    keeps_steps: bool = False
    """Its finished calls survive a death, so that what it calls next is a new call. Set by `model_worker`."""

    def lacks(self, withdrawn: frozenset[str]) -> frozenset[str]:
        """The withdrawn tools that it cannot work without."""
        missing = withdrawn & frozenset(self.tools)
        return frozenset() if self.chooses and len(missing) < len(self.tools) else missing


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
class CallStory:
    """One proposed call in the domain's terms, for a card."""

    attempted: str
    if_approved: str
    if_declined: str
    facts: tuple[Evidence, ...] = ()


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
    prompts: Mapping[str, Prompt]
    """What a role, or `work:<worker>`, is told; without one, our own few words."""
    rules: RuleModel
    validators: tuple[Validator, ...] = ()
    work_checks: tuple[Check, ...] = ()
    """Run on the work before anything leaves."""
    receipt_checks: tuple[Check, ...] = ()
    """Run on the delivery: receipts against what was meant."""
    conclude: Callable[[Mapping[str, TaskResult], tuple[EffectDone, ...]], Json] = _no_conclusion
    """The outcome's data, from all results and effects."""
    from_message: Callable[[str], Json] | None = None
    """A request from a chat message. Raises `BadRequest` naming what is missing."""
    to_message: Callable[[Json], str | None] | None = None
    """What a chat is told at the end, from the outcome's data; `None` leaves the outcome's own line."""
    simplify: Callable[[SimplifyBrief], Plan] | None = None
    """A plan of function workers that gives a simplified answer from the facts at hand."""
    short_answer: type[BaseModel] | None = None
    """What the role `answer` writes for `simplify`, paid from what is kept beyond the alert; `None`: none is asked."""
    decline_message: str = "We could not handle this request automatically; a colleague will get in touch."
    tell: Callable[[ToolCall, Mapping[str, TaskResult]], CallStory] | None = None
    """A proposed call in the domain's terms, for a card."""
    impacts: Mapping[tuple[QuestionKind, str], str] = field(default_factory=dict)
    """The expected impact of a card's option in the domain's terms."""
    budget: Budget = field(default_factory=Budget)
    ceiling: Ceiling | None = None
    """What all its runs may spend together a day, by the policy's time zone."""
    tiers: Mapping[str, str] = field(default_factory=dict)
    """The tier of a role, or of `repair`, where it is not our own; settings win over it (docs/budgets.md)."""
    kind: Callable[[Json], str | None] | None = None
    """What kind of job a request is, such as `refund`: what it will cost is estimated from runs of its kind."""

    def worker(self, name: str) -> Worker | None:
        """The worker of that name, or `None`."""
        return next((worker for worker in self.workers if worker.name == name), None)

    def tool(self, name: str) -> Tool | None:
        """The tool of that name, or `None`."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def gate(self, tool: Tool) -> Gate:
        """What policy says of the tool's kind; a pair that policy lacks is refused."""
        return self.policy.gates.get((tool.effect, tool.stakes), "never")
