"""The worker node: one dispatched task, run by a stateless worker, always answered with a TaskResult."""

import asyncio
from collections.abc import Awaitable, Callable

from langgraph.errors import GraphBubbleUp
from pydantic import BaseModel, ValidationError

from graph.contract import TaskResult, WorkOrder
from graph.domain import Worker
from graph.errors import (
    BudgetRefused,
    Fenced,
    InvalidAnswer,
    ModelRefused,
    ModelUnavailable,
    NeedsHuman,
    ToolFailed,
    Waiting,
)
from graph.guard import dispatched
from graph.ports import Deps, by_run
from graph.rows import Moved
from graph.state import Update
from graph.toolcall import ToolError
from graph.workbench import bench


def worker_node(deps: Deps) -> Callable[[WorkOrder], Awaitable[Update]]:
    """The node bound to its ports. Its input is the `Send`'s order, not the state."""

    async def worker(order: WorkOrder) -> Update:
        transition = dispatched(order, deps.clock.now())
        if await deps.records.append(by_run(order.header), Moved(transition=transition)):
            return {"transitions": [transition]}  # cancelled: EXECUTING's guard is told the same
        result = await _settle(order, deps)
        return {"transitions": [transition], "results": {order.task.id: result}}

    return worker


async def _settle(order: WorkOrder, deps: Deps) -> TaskResult:
    """Run the task and turn whatever happens into a result, so that no sibling is cancelled by it."""
    domain = deps.domains.get(order.header.domain)
    worker = domain.worker(order.task.worker)
    if worker is None:
        return _failed(order, ToolError(code="not_found", message=f"there is no worker {order.task.worker}"))
    try:
        output = await _run(worker, order, deps)
    except (Fenced, GraphBubbleUp):
        raise
    except NeedsHuman as question:
        return _result(order, status="needs_human", question=str(question))
    except Waiting as waiting:
        error = ToolError(code="unavailable", message=str(waiting), retryable=True)
        return _result(order, status="failure", error=error, pending=waiting.wait, kept=waiting.kept)
    except ModelRefused as refused:
        return _result(order, status="failure", error=told(refused, worker), stops="model_refused")
    except Exception as error:  # noqa: BLE001 every failure is the orchestrator's to judge
        return _failed(order, told(error, worker))
    return _result(order, status="success", output=output.model_dump(mode="json"))


async def _run(worker: Worker, order: WorkOrder, deps: Deps) -> BaseModel:
    domain = deps.domains.get(order.header.domain)
    given = worker.input.model_validate(order.task.input)
    async with asyncio.timeout(worker.timeout_seconds):
        output = await worker.run(given, bench(order, domain, deps))
    return worker.output.model_validate(output.model_dump())


def told(error: Exception, worker: Worker) -> ToolError:  # noqa: PLR0911 one line a kind of error
    """An exception as the closed set of codes knows it."""
    match error:
        case ToolFailed():
            return error.error
        case TimeoutError():
            message = f"{worker.name} took longer than {worker.timeout_seconds:g} s"
            return ToolError(code="timeout", message=message, retryable=True)
        case ModelUnavailable():
            return ToolError(code="unavailable", message=str(error), retryable=True)
        case ModelRefused():
            return ToolError(code="denied", message=str(error), hint="mend the setting, then resume")
        case InvalidAnswer():
            return ToolError(code="invalid_output", message=str(error), retryable=True)
        case BudgetRefused():
            return ToolError(code="cancelled", message=str(error))
        case ValidationError():
            return ToolError(code="invalid_input", message=_first_fault(error))
        case _:
            return ToolError(code="internal", message=f"{worker.name} raised {type(error).__name__}: {error}")


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{error.title}.{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _failed(order: WorkOrder, error: ToolError) -> TaskResult:
    return TaskResult(
        task_id=order.task.id, worker=order.task.worker, attempt=order.attempt, status="failure", error=error
    )


def _result(order: WorkOrder, **found: object) -> TaskResult:
    return TaskResult.model_validate(
        {"task_id": order.task.id, "worker": order.task.worker, "attempt": order.attempt, **found}
    )
