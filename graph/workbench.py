"""What a worker or a validator works with: its own tools and one model call at a time, both through ports."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from graph.contract import Header, Task, WorkOrder
from graph.domain import Domain, Role
from graph.errors import ToolFailed
from graph.ports import CallContext, Deps, ModelCall
from graph.toolcall import Permit, ToolCall, ToolError, ToolResult
from graph.values import Json

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

    async def tool(self, name: str, args: BaseModel | Json) -> ToolResult:
        """Call one tool through the hardened pipeline."""
        call = ToolCall(tool=name, args=args.model_dump(mode="json") if isinstance(args, BaseModel) else args)
        context = CallContext(header=self.header, task=self.task, attempt=self.attempt, permits=self.permits)
        return await self.deps.tools.call(self.domain, call, context)

    async def value(self, name: str, args: BaseModel | Json) -> Json:
        """Call one tool. Raises `ToolFailed` where it gives no value."""
        result = await self.tool(name, args)
        if result.value is not None:
            return result.value
        raise ToolFailed(result.error or _not_yet(name))

    async def model(self, role: Role, brief: BaseModel, answer: type[M]) -> M:
        """One structured model call, charged to the run."""
        call = ModelCall(
            header=self.header,
            role=role,
            state=self.state,
            task_id=self.task.id,
            worker=self.task.worker,
            attempt=self.attempt,
        )
        return await self.deps.models.structured(call, brief, answer)


def bench(order: WorkOrder, domain: Domain, deps: Deps) -> Workbench:
    """The workbench of one dispatched task; it sees the worker's tools, or the subset that the task names."""
    worker = domain.worker(order.task.worker)
    tools = order.task.tools or (worker.tools if worker else ())
    task = order.task.model_copy(update={"tools": tools})
    return Workbench(domain, deps, order.header, task, "worker", order.attempt, order.permits)


def _not_yet(name: str) -> ToolError:
    return ToolError(code="unavailable", message=f"{name} has not answered yet", retryable=True, retry_after=30.0)
