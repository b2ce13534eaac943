"""References in a task's input: `{"$ref": "task.path"}` stands for an earlier task's output."""

from collections.abc import Iterator, Mapping
from typing import Any

from graph.contract import TaskResult
from graph.values import TaskId

REF = "$ref"


class Unresolved(LookupError):
    """A reference points at nothing; the message names it."""


def is_ref(value: Any) -> bool:
    """Whether a value is a reference."""
    return isinstance(value, dict) and set(value) == {REF} and isinstance(value[REF], str)


def refs_in(value: Any) -> Iterator[str]:
    """Every reference in a value, however deep."""
    if is_ref(value):
        yield value[REF]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from refs_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from refs_in(inner)


def task_of(ref: str) -> TaskId:
    """The task that a reference points at: all before the first dot."""
    return TaskId(ref.split(".", 1)[0])


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The value with the tasks of its references renamed."""
    if is_ref(value):
        task, dot, path = value[REF].partition(".")
        return {REF: names.get(task, task) + dot + path}
    if isinstance(value, dict):
        return {key: renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(inner, names) for inner in value]
    return value


def resolved(value: Any, results: Mapping[str, TaskResult]) -> Any:
    """The value with every reference replaced by what it points at. Raises `Unresolved`."""
    if is_ref(value):
        return _looked_up(value[REF], results)
    if isinstance(value, dict):
        return {key: resolved(inner, results) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(inner, results) for inner in value]
    return value


def _looked_up(ref: str, results: Mapping[str, TaskResult]) -> Any:
    task, *path = ref.split(".")
    result = results.get(task)
    if result is None or result.status != "success":
        raise Unresolved(f"{ref}: task {task} has no output")
    value: Any = result.output
    for step in path:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Unresolved(f"{ref}: the output of {task} has no {step}") from error
    return value
