"""LangGraph's SQLite saver, writing through the process's one writer and behind the fence.

Reads are LangGraph's own, on a connection of their own. Its synchronous methods go through the asynchronous ones
on the loop that the saver was made in, so they are fenced as well.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.types import ERROR
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from checkpoints.fence import FencedWriter
from checkpoints.records.jobs import admit_input
from checkpoints.saver.allowed import serializer
from graph.values import ThreadId

OF_A_FAILURE: Final = frozenset(WRITES_IDX_MAP) | {"__error_source_node__"}
"""What LangGraph keeps about a task apart from its writes to channels."""

_PUT: Final = """
    INSERT OR REPLACE INTO checkpoints
        (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_WRITE: Final = """
    INSERT OR {verb} INTO writes
        (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class FencedSaver(AsyncSqliteSaver):
    """A checkpointer of which a zombie writes nothing."""

    def __init__(self, conn: aiosqlite.Connection, writer: FencedWriter) -> None:
        """`conn` reads, and is open; the schema is there already."""
        super().__init__(conn, serde=serializer())
        self._writer = writer

    async def setup(self) -> None:
        """Nothing is left to do: the schema came with opening the store."""

    def get_next_version(self, current: Any, channel: None) -> str:  # noqa: ARG002 the saver's contract
        """A channel's next version, in LangGraph's form without its random end, which no packing makes small.

        LangGraph Server counts versions by itself, in the same form: threads of both can be compared.
        """
        return f"{int(str(current or 0).partition('.')[0]) + 1:032}.0"

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,  # noqa: ARG002 the saver's contract; channel values travel in the checkpoint
    ) -> RunnableConfig:
        """Save a checkpoint. Raises `Fenced`, and `ThreadBusy` for an input while the thread's run is not over."""
        place = config["configurable"]
        thread_id, namespace = ThreadId(str(place["thread_id"])), place["checkpoint_ns"]
        told = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False).encode("utf-8", "ignore")
        stored = self.serde.dumps_typed(checkpoint)
        row = (thread_id, namespace, checkpoint["id"], place.get("checkpoint_id"), *stored, told)
        is_input = metadata.get("source") == "input" and namespace == ""

        def put(connection: sqlite3.Connection) -> None:
            if is_input:
                admit_input(connection, thread_id, leased=thread_id in self._writer.writer.held)
            connection.execute(_PUT, row)

        await self._writer.submit(thread_id, put)
        return {
            "configurable": {
                "thread_id": place["thread_id"],
                "checkpoint_ns": namespace,
                "checkpoint_id": checkpoint["id"],
            }
        }

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Save a task's writes; of one that failed or was cancelled, only that it did. Raises `Fenced`."""
        writes = _settled(writes)
        place = config["configurable"]
        thread_id = ThreadId(str(place["thread_id"]))
        where = (thread_id, str(place["checkpoint_ns"]), str(place["checkpoint_id"]), task_id, task_path)
        sql = _WRITE.format(verb="REPLACE" if all(channel in WRITES_IDX_MAP for channel, _ in writes) else "IGNORE")
        rows = [
            (*where, WRITES_IDX_MAP.get(channel, index), channel, *self.serde.dumps_typed(value))
            for index, (channel, value) in enumerate(writes)
        ]

        def put(connection: sqlite3.Connection) -> None:
            connection.executemany(sql, rows)

        await self._writer.submit(thread_id, put)

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete the thread's checkpoints and writes. Raises `Fenced`."""

        def delete(connection: sqlite3.Connection) -> None:
            for table in ("checkpoints", "writes"):
                connection.execute(f"DELETE FROM {table} WHERE thread_id = ?", (str(thread_id),))  # noqa: S608 two names

        await self._writer.submit(ThreadId(str(thread_id)), delete)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy every checkpoint and write, so that growing channels keep all they are rebuilt from."""
        source, target = str(source_thread_id), ThreadId(str(target_thread_id))

        def copy(connection: sqlite3.Connection) -> None:
            for table, columns in _COPIED.items():
                connection.execute(
                    f"INSERT OR REPLACE INTO {table} (thread_id, {columns})"  # noqa: S608 two names and their columns
                    f" SELECT ?, {columns} FROM {table} WHERE thread_id = ?",
                    (target, source),
                )

        await self._writer.submit(target, copy)


def _settled(writes: Sequence[tuple[str, Any]]) -> Sequence[tuple[str, Any]]:
    """Without what a failed task had written so far, which LangGraph would take for all that it had to write.

    A node that is cancelled while its router is asked has written its channels and no edge: going on from there, the
    graph would stop with nothing left to do. So the task runs again.
    """
    if all(channel != ERROR for channel, _ in writes):
        return writes
    return [(channel, value) for channel, value in writes if channel in OF_A_FAILURE]


_COPIED: Final = {
    "checkpoints": "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "writes": "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value",
}
