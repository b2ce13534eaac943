"""What a run is doing right now, as a stream of small events for a terminal or a log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from graph.contract import WorkOrder
from graph.saying import SAYS
from graph.values import RunId


@dataclass(frozen=True)
class Event:
    """A node was entered, or left; or a draft for a person has grown, or begins anew."""

    run_id: RunId
    node: str
    phase: Literal["enter", "leave", "raise", "says", "again"]
    detail: str = ""
    """Of `says`: the next letters of the draft, which nobody has reviewed yet."""
    draft: str = ""
    """Of `says` and `again`: which draft. Another one begins with no letters; `again` takes back all letters so far."""

    @property
    def within_a_worker(self) -> bool:
        """A model worker's own step: a `@task`, and no state of the machine."""
        return self.node.startswith("_")

    @property
    def about_a_draft(self) -> bool:
        """A draft's letters; not a step of the run."""
        return self.phase in {"says", "again"}


Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Nobody listens."""


def events_of(run_id: RunId, mode: str, chunk: Any) -> Iterator[Event]:
    """The events in a chunk of LangGraph's stream; a domain's own chunks of mode `custom` are none of ours."""
    if mode == "tasks":
        yield _step(run_id, chunk)
    elif isinstance(chunk, dict) and chunk.get("type") == SAYS:
        if chunk["again"]:
            yield Event(run_id, "worker", "again", draft=chunk["draft"])
        if chunk["text"]:
            yield Event(run_id, "worker", "says", chunk["text"], draft=chunk["draft"])


def _step(run_id: RunId, chunk: dict[str, Any]) -> Event:
    node = str(chunk["name"])
    if "input" in chunk:
        given = chunk["input"]
        worker = given.task.worker if isinstance(given, WorkOrder) else ""
        return Event(run_id, node, "enter", worker)
    if chunk.get("error"):
        return Event(run_id, node, "raise", str(chunk["error"]))
    return Event(run_id, node, "leave", "waits for a person" if chunk.get("interrupts") else "")
