"""Tasks and results, as the tests of pure decisions write them."""

from typing import Any

from graph.contract import Task, TaskResult
from graph.toolcall import ToolError, ToolErrorCode
from graph.values import Json


def task(name: str, worker: str = "find", **more: Any) -> Task:
    """A task of a plan."""
    given: Json = {"id": name, "worker": worker, "input": {"name": "Ada"}, **more}
    return Task.model_validate(given)


def greet(task_id: str = "greet", **args: Any) -> Task:
    """A delivery."""
    given = {"name": "Ada", "text": {"$ref": "draft.text"}, "price": 1, **args}
    return task(task_id, "greet", stage="deliver", input=given)


def result(name: str, status: str = "success", *, attempt: int = 1, code: ToolErrorCode = "unavailable",
           output: Json | None = None, retry_after: float | None = None) -> TaskResult:  # fmt: skip
    """What became of a task."""
    error = ToolError(code=code, message="no", retry_after=retry_after) if status == "failure" else None
    given = {"task_id": name, "worker": "find", "attempt": attempt, "status": status, "output": output, "error": error}
    return TaskResult.model_validate(given)
