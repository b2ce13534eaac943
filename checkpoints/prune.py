"""Old checkpoints of finished runs are dropped, their last state, outcome and timeline stay.

A growing channel lives in the writes of its checkpoint's ancestors, so the last checkpoint is first given a snapshot of
each; that and the dropping are one transaction, behind the thread's fence.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.serde.types import _DeltaSnapshot
from langgraph.graph import StateGraph

from checkpoints.fence import FencedWriter
from checkpoints.store import Store
from graph.errors import Fenced
from graph.state import RunState
from graph.values import Json, Micros, RunId, ThreadId

COUNTERS: Final = "counters_since_delta_snapshot"
"""Where LangGraph counts, in a checkpoint's metadata, how old its snapshots are."""

_FINISHED: Final = """
    WITH ranked AS (
        SELECT thread_id, run_id, number, updated_at, status IN ('complete', 'rejected') AS finished,
            row_number() OVER (PARTITION BY status IN ('complete', 'rejected') ORDER BY updated_at DESC, number DESC)
                AS place
        FROM jobs
    )
    SELECT thread_id, json_group_array(run_id) AS runs FROM ranked GROUP BY thread_id
    HAVING min(finished) AND min(place) > :keep AND max(updated_at) < :before ORDER BY max(updated_at)
"""
"""Threads of which every run is finished, older than a time, and not among the newest."""
_STILL: Final = "SELECT 1 FROM jobs WHERE thread_id = ? AND status NOT IN ('complete', 'rejected') LIMIT 1"
_NEWEST: Final = """
    SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = '' ORDER BY checkpoint_id DESC LIMIT 1
"""
_LIVE: Final = "SELECT 1 FROM leases WHERE thread_id = ? AND expires_at > ?"
_WHOLE: Final = """
    UPDATE checkpoints SET type = ?, checkpoint = ?, metadata = ?, parent_checkpoint_id = NULL
    WHERE thread_id = ? AND checkpoint_ns = '' AND checkpoint_id = ?
"""
_OTHERS: Final = "WHERE thread_id = ? AND checkpoint_id <> ?"
_TABLES: Final = {
    "checkpoints": "length(checkpoint) + length(metadata)",
    "writes": "coalesce(length(value), 0)",
}


@dataclass(frozen=True)
class Pruned:
    """What was dropped of a thread, or would be."""

    thread_id: ThreadId
    run_ids: tuple[RunId, ...]
    checkpoints: int = 0
    writes: int = 0
    bytes: int = 0
    """Of their values. The file keeps its size, and what comes next uses the pages that became free."""
    busy: bool = False
    """Somebody drives the thread, or has begun another run on it: nothing was dropped."""

    def as_json(self) -> Json:
        """For machines."""
        return asdict(self)


@dataclass(frozen=True)
class Pruning:
    """Drops old checkpoints from a store."""

    store: Store

    async def due(self, before: Micros, keep: int) -> list[Pruned]:
        """Threads whose runs are all finished, ended before a time and are not among the `keep` newest; oldest first.

        Waiting, parked, interrupted and failed runs keep everything, and so does every other run of their threads.
        """

        def read(connection: sqlite3.Connection) -> list[Pruned]:
            found = connection.execute(_FINISHED, {"keep": keep, "before": before}).fetchall()
            threads = [Pruned(ThreadId(row["thread_id"]), tuple(json.loads(row["runs"]))) for row in found]
            return [_counted(connection, thread) for thread in threads]

        return [thread for thread in await self.store.read(read) if thread.checkpoints]

    async def prune(self, thread: Pruned) -> Pruned:
        """Leave the thread its last checkpoint alone, whole. One transaction: after a death it is done or not begun."""
        saver = self.store.saver
        last = await saver.aget_tuple({"configurable": {"thread_id": thread.thread_id, "checkpoint_ns": ""}})
        if last is None:
            return thread
        whole = await self._whole(last)
        metadata = {name: value for name, value in last.metadata.items() if name != COUNTERS}
        row = (*saver.serde.dumps_typed(whole), json.dumps(metadata, ensure_ascii=False).encode())
        fenced: FencedWriter = self.store.jobs.writer

        def drop(connection: sqlite3.Connection) -> Pruned:
            return _drop(connection, thread, str(whole["id"]), row, fenced.clock.now())

        try:
            return await fenced.submit(thread.thread_id, drop)
        except Fenced:
            return Pruned(thread.thread_id, thread.run_ids, busy=True)

    async def _whole(self, last: CheckpointTuple) -> dict[str, Any]:
        """The checkpoint with a snapshot of each growing channel in it."""
        checkpoint: dict[str, Any] = {**last.checkpoint}
        there = {name: spec for name, spec in growing().items() if name in checkpoint["channel_versions"]}
        missing = [name for name in there if name not in checkpoint["channel_values"]]
        values = await self._replayed(last.config, {name: there[name] for name in missing})
        return {**checkpoint, "channel_values": {**checkpoint["channel_values"], **values}}

    async def _replayed(self, config: RunnableConfig, specs: Mapping[str, DeltaChannel[Any]]) -> dict[str, Any]:
        found = await self.store.saver.aget_delta_channel_history(config=config, channels=list(specs))
        values: dict[str, Any] = {}
        for name, spec in specs.items():
            history = found[name]
            channel = spec.from_checkpoint(history["seed"] if "seed" in history else spec.checkpoint())
            channel.replay_writes(history["writes"])
            values[name] = _DeltaSnapshot(channel.get())
        return values


@cache
def growing() -> Mapping[str, DeltaChannel[Any]]:
    """The channels of a run that are kept as what each step added."""
    channels = StateGraph(RunState).channels
    return {name: channel for name, channel in channels.items() if isinstance(channel, DeltaChannel)}


def _drop(connection: sqlite3.Connection, thread: Pruned, newest: str, row: tuple[Any, ...], now: Micros) -> Pruned:
    """Put the whole last checkpoint in its row and delete all others; nothing where the thread has moved on."""
    name = thread.thread_id
    found = connection.execute(_NEWEST, (name,)).fetchone()
    moved = found is None or found[0] != newest
    if moved or connection.execute(_STILL, (name,)).fetchone() or connection.execute(_LIVE, (name, now)).fetchone():
        return Pruned(name, thread.run_ids, busy=True)
    counted = _counted(connection, thread)
    connection.execute(_WHOLE, (*row, name, newest))
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} {_OTHERS}", (name, newest))  # noqa: S608 two names
    return counted


def _counted(connection: sqlite3.Connection, thread: Pruned) -> Pruned:
    """The thread with what there is beside its last checkpoint."""
    name = thread.thread_id
    found = connection.execute(_NEWEST, (name,)).fetchone()
    given, found_in = (name, found[0] if found else ""), dict[str, tuple[int, int]]()
    for table, length in _TABLES.items():
        sql = f"SELECT count(*), coalesce(sum({length}), 0) FROM {table} {_OTHERS}"  # noqa: S608 two names
        found_in[table] = connection.execute(sql, given).fetchone()
    (checkpoints, weight), (writes, more) = found_in["checkpoints"], found_in["writes"]
    return Pruned(name, thread.run_ids, checkpoints, writes, weight + more)
