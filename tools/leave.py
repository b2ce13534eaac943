"""Which tools a task may call at all, whatever a model says."""

from graph.contract import Task
from graph.domain import Domain, Tool
from graph.toolcall import ToolCall
from tools.hints import refusal


def known(domain: Domain, call: ToolCall) -> Tool:
    """The tool that is called. Raises `ToolFailed` with `denied`."""
    tool = domain.tool(call.tool)
    if tool is None:
        raise refusal("denied", f"there is no tool {call.tool!r}")
    return tool


def check_leave(domain: Domain, tool: Tool, task: Task) -> None:
    """Refuse a tool that is not the task's, or not of its stage. Raises `ToolFailed` with `denied`."""
    if tool.name not in tools_of(domain, task):
        raise refusal("denied", f"{tool.name} is not among the tools of task {task.id}")
    if task.stage == "work" and tool.outward:
        raise refusal("denied", f"{tool.name} is legal only in a deliver task, after the review")


def tools_of(domain: Domain, task: Task) -> frozenset[str]:
    """The task's tools; never more than its worker's. A task of no known worker has what it names and no more."""
    worker = domain.worker(task.worker)
    if worker is None:
        return frozenset(task.tools)
    return frozenset(task.tools or worker.tools) & frozenset(worker.tools)
