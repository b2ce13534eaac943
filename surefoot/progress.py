"""What a run is doing right now, as a stream of small events for a terminal or a log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from graph.contract import WorkOrder
from graph.values import RunId


@dataclass(frozen=True)
class Event:
    """A node was entered, or left."""

    run_id: RunId
    node: str
    phase: Literal["enter", "leave", "raise"]
    detail: str = ""

    @property
    def within_a_worker(self) -> bool:
        """A model worker's own step: a `@task`, and no state of the machine."""
        return self.node.startswith("_")


Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Nobody listens."""


def event_of(run_id: RunId, chunk: dict[str, Any]) -> Event:
    """An event from a chunk of LangGraph's `tasks` stream."""
    node = str(chunk["name"])
    if "input" in chunk:
        given = chunk["input"]
        worker = given.task.worker if isinstance(given, WorkOrder) else ""
        return Event(run_id, node, "enter", worker)
    if chunk.get("error"):
        return Event(run_id, node, "raise", str(chunk["error"]))
    return Event(run_id, node, "leave", "waits for a person" if chunk.get("interrupts") else "")
