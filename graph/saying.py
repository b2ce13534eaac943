"""Drafts for whoever streams the graph: LangGraph's mode `custom` as data, mode `messages` as chunks of a message."""

from typing import Final
from uuid import uuid4

from langchain_core.messages import AIMessageChunk
from langgraph.config import get_stream_writer
from langgraph.graph.message import push_message
from langgraph.types import StreamWriter

from graph.contract import Header, Task
from graph.prose import Piece, Says

SAYS: Final = "says"
"""The `type` of our chunks in mode `custom`, where a domain's own may be too."""


def aloud(header: Header, task: Task) -> Says:
    """A sink for one draft; harmless where nobody streams, and outside of a graph.

    A chunk of mode `custom` is `{type: "says", run_id, task_id, worker, draft, text, again}`; `draft` names the model
    call, so that parallel and later drafts can be told apart. A message cannot be taken back, so in mode `messages` a
    draft that begins anew is a new message.
    """
    draft, tries = uuid4().hex, 1

    def says(piece: Piece) -> None:
        nonlocal tries
        writer = _writer()
        if writer is None:
            return
        tries += piece.again
        about = {"run_id": header.run_id, "task_id": task.id, "worker": task.worker, "draft": draft}
        writer({"type": SAYS, **about, "text": piece.text, "again": piece.again})
        if piece.text:
            push_message(AIMessageChunk(content=piece.text, id=f"{draft}-{tries}", name="draft"), state_key=None)

    return says


def _writer() -> StreamWriter | None:
    try:
        return get_stream_writer()
    except RuntimeError:  # no graph is running
        return None
