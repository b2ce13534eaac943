"""VALIDATING: the domain's validators look at the job before any money is spent on it."""

from graph.contract import Failure, Task
from graph.domain import Domain
from graph.errors import ToolFailed
from graph.ports import Deps
from graph.state import RunState, Update
from graph.values import TaskId
from graph.workbench import Workbench


async def validating(state: RunState, deps: Deps) -> Update:
    """Faults reject the job, cause `invalid`; a tool that gives no answer fails the run, which can be resumed."""
    domain = deps.domains.get(state["header"].domain)
    request = domain.request.model_validate(state["request"])
    workbench = _workbench(state, domain, deps)
    faults: list[str] = []
    try:
        for validator in domain.validators:
            faults += await validator(request, workbench)
    except ToolFailed as failed:
        return {"failure": Failure(cause=f"tool_{failed.error.code}", message=failed.error.message)}
    if faults:
        return {"failure": Failure(cause="invalid", message="; ".join(faults), ends="rejected")}
    return {"failure": None}


def _workbench(state: RunState, domain: Domain, deps: Deps) -> Workbench:
    """Validators may use every tool that only reads."""
    reads = tuple(tool.name for tool in domain.tools if tool.effect == "read")
    task = Task(id=TaskId("validating"), worker="validator", tools=reads)
    return Workbench(domain, deps, state["header"], task, "validating")
