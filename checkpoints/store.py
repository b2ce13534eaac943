"""All that survives the process, bound together: one SQLite file behind every storage port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiosqlite

from checkpoints.fence import FencedWriter
from checkpoints.lane import Lane, Operation, T
from checkpoints.opening import BUSY_SECONDS, open_reader
from checkpoints.records.decisions import StoredDecisions
from checkpoints.records.effects import StoredEffects
from checkpoints.records.history import StoredRecords
from checkpoints.records.jobs import StoredJobs
from checkpoints.records.leases import StoredLeases
from checkpoints.records.ledger import StoredLedger
from checkpoints.records.rates import StoredRates
from checkpoints.records.reads import StoredReads
from checkpoints.saver.fenced import FencedSaver
from checkpoints.writer import Writer, acquire, release
from graph.ports import Clock


@dataclass(frozen=True)
class Store:
    """An open database. Opened twice in one process, both share the one writer and its leases."""

    path: Path
    writer: Writer
    reader: Lane
    saver: FencedSaver
    records: StoredRecords
    ledger: StoredLedger
    effects: StoredEffects
    leases: StoredLeases
    jobs: StoredJobs
    decisions: StoredDecisions
    rates: StoredRates
    reads: StoredReads

    @classmethod
    @asynccontextmanager
    async def open(cls, path: str | Path, *, clock: Clock, busy_seconds: float = BUSY_SECONDS) -> AsyncIterator[Self]:
        """Open the file, and create it or bring it to the newest schema where needed.

        Raises `StorageError`, one line with the remedy, for what cannot be used; that is left untouched.
        """
        path = Path(path)
        async with AsyncExitStack() as stack:
            writer = await asyncio.to_thread(acquire, path, busy_seconds)
            stack.push_async_callback(asyncio.to_thread, release, writer)
            reader = await asyncio.to_thread(Lane, f"reader of {path.name}", lambda: open_reader(path, busy_seconds))
            stack.push_async_callback(asyncio.to_thread, reader.close)
            connection = await stack.enter_async_context(aiosqlite.connect(path, timeout=busy_seconds))
            await connection.execute("PRAGMA query_only = ON")
            yield cls._bind(path, writer, reader, connection, clock)

    @classmethod
    def _bind(cls, path: Path, writer: Writer, reader: Lane, connection: aiosqlite.Connection, clock: Clock) -> Self:
        fenced = FencedWriter(writer, clock)
        return cls(
            path=path,
            writer=writer,
            reader=reader,
            saver=FencedSaver(connection, fenced),
            records=StoredRecords(fenced),
            ledger=StoredLedger(fenced, reader),
            effects=StoredEffects(fenced, reader),
            leases=StoredLeases(fenced),
            jobs=StoredJobs(fenced),
            decisions=StoredDecisions(writer),
            rates=StoredRates(writer, clock),
            reads=StoredReads(reader, clock),
        )

    async def read(self, op: Operation[T]) -> T:
        """Run a query on a connection that cannot write, off the event loop."""
        return await self.reader.submit(op)
