"""The calls that one entry of a worker makes, in order: what repeats are counted by."""

from collections import Counter
from dataclasses import dataclass, field

from graph.canonical import digest
from graph.rows import ToolCalled
from graph.toolcall import ExternalWait, ToolResult
from graph.values import Frozen, TaskId


class Made(Frozen):
    """One recorded call of a run, as far as repeats go."""

    task_id: TaskId
    attempt: int
    call: str
    """The digest of tool and arguments."""
    number: int
    """Which one of its like it was in the task's attempt, from 1."""
    answer: str
    """The digest of its result."""
    pending: ExternalWait | None = None


@dataclass
class Trail:
    """Calls since a worker was entered. A function worker that is entered again begins a new one."""

    kept: bool = False
    """A model worker's finished steps survive a death, so its trail goes on with the calls on record."""
    recalled: bool = False
    """The record was read for this entry."""
    counts: Counter[str] = field(default_factory=Counter)
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Call and answer of each finished step."""
    waits: dict[str, ExternalWait] = field(default_factory=dict)
    """Calls of the task whose answer had not come when the record was read."""


def made_of(row: ToolCalled) -> Made:
    """A recorded call as repeats know it; its id ends in the call's digest and number."""
    _, call, number = row.id.rsplit("/", 2)
    return Made(
        task_id=row.task_id,
        attempt=row.attempt,
        call=call,
        number=int(number),
        answer=answer_of(row.result),
        pending=row.result.pending,
    )


def answer_of(result: ToolResult) -> str:
    """Equal for equal values, and for failures of one kind."""
    return digest([result.value, result.error.code if result.error else None], 24)
