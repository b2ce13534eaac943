"""What a worker or a validator works with: its own tools and one model call at a time, both through ports."""

from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from graph.contract import Header, Task, WorkOrder
from graph.domain import Domain, Role
from graph.errors import ToolFailed, Waiting
from graph.ports import CallContext, Deps, ModelCall
from graph.prose import Prose
from graph.saying import aloud
from graph.tokens import MICROS
from graph.toolcall import Permit, ToolCall, ToolError, ToolResult
from graph.trail import Trail
from graph.values import Json, Micros

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Workbench:
    """A `WorkContext` over the ports."""

    domain: Domain
    deps: Deps
    header: Header
    task: Task
    state: str
    attempt: int = 1
    permits: tuple[Permit, ...] = ()
    kept: Json | None = None
    """What the worker kept when it began to wait for a tool."""
    trail: Trail = field(default_factory=Trail)
    deadline: Micros | None = None
    """When the task's time is over."""

    def withdrawn(self) -> frozenset[str]:
        """Tools whose breaker is open."""
        return frozenset(self.deps.tools.withdrawn(self.domain))

    async def tool(self, name: str, args: BaseModel | Json) -> ToolResult:
        """Call one tool through the hardened pipeline."""
        call = ToolCall(tool=name, args=args.model_dump(mode="json") if isinstance(args, BaseModel) else args)
        context = CallContext(
            header=self.header,
            task=self.task,
            attempt=self.attempt,
            permits=self.permits,
            trail=self.trail,
            deadline=self.deadline,
        )
        return await self.deps.tools.call(self.domain, call, context)

    async def value(self, name: str, args: BaseModel | Json) -> Json:
        """Call one tool. Raises `ToolFailed` where it gives no value; in a worker, `Waiting` where it comes later."""
        result = await self.tool(name, args)
        if result.value is not None:
            return result.value
        if result.pending is not None and self.state == "worker":
            raise Waiting(result.pending)
        raise ToolFailed(result.error or _not_yet(name))

    async def model(self, role: Role, brief: BaseModel, answer: type[M], *, streams: Prose | str | None = None) -> M:
        """One structured model call, charged to the run; the field that `streams` names is said aloud as it grows."""
        prose = Prose(path=(streams,)) if isinstance(streams, str) else streams
        call = ModelCall(
            header=self.header,
            role=role,
            state=self.state,
            task_id=self.task.id,
            worker=self.task.worker,
            attempt=self.attempt,
            streams=prose,
        )
        says = aloud(self.header, self.task) if prose else None
        return await self.deps.models.structured(call, brief, answer, says)


def bench(order: WorkOrder, domain: Domain, deps: Deps) -> Workbench:
    """The workbench of one dispatched task; it sees the worker's tools, or the subset that the task names."""
    worker = domain.worker(order.task.worker)
    tools = order.task.tools or (worker.tools if worker else ())
    task = order.task.model_copy(update={"tools": tools})
    trail = Trail(kept=worker is not None and worker.keeps_steps)
    deadline = Micros(deps.clock.now() + round(worker.timeout_seconds * MICROS)) if worker else None
    return Workbench(
        domain, deps, order.header, task, "worker", order.attempt, order.permits, order.kept, trail, deadline
    )


def _not_yet(name: str) -> ToolError:
    return ToolError(code="unavailable", message=f"{name} has not answered yet", retryable=True, retry_after=30.0)
