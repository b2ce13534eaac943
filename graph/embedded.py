"""A run inside another graph: it is driven there, on a namespace of the other graph's thread.

LangGraph names a namespace by the path of tasks that lead to it, each `node:uuid`, with a number after it where one
task calls a graph more than once. The run's own thread id is the other graph's with that path behind it, so that
many runs of one superstep keep apart.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from graph.values import RunId, ThreadId

_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PLACE: Final = re.compile(rf"^(?P<parent>.*?)\|[^|:]+:{_UUID}(?:\|.*)?$", re.DOTALL)


def names(configurable: Mapping[str, Any], *, otherwise: str) -> tuple[ThreadId, RunId]:
    """The thread and run of an input, from what LangGraph tells the node that receives it; a replay names the same.

    `otherwise` stands for whatever the graph has not got: a thread, or a checkpointer.
    """
    thread_id = str(configurable.get("thread_id") or otherwise)
    namespace = str(configurable.get("checkpoint_ns") or "").rpartition("|")[0]  # without the node's own task
    checkpoint_id = str(configurable.get("checkpoint_map", {}).get(namespace, "")) or otherwise
    own = f"{thread_id}|{namespace}" if namespace else thread_id
    return ThreadId(own), RunId(f"{thread_id}.{checkpoint_id[-12:]}")


def parent_of(thread_id: str) -> str | None:
    """The thread of the graph that drives the run; `None` where the run has a thread to itself."""
    found = _PLACE.match(thread_id)
    return found["parent"] if found else None
