"""The fence: a process whose lease was taken over writes nothing."""

import sqlite3
from dataclasses import dataclass

from checkpoints.lane import Operation, T
from checkpoints.writer import Writer
from graph.errors import Fenced
from graph.ports import Clock
from graph.values import ThreadId


@dataclass(frozen=True)
class FencedWriter:
    """Writes for a thread: the check and the write are one transaction."""

    writer: Writer
    clock: Clock

    async def submit(self, thread_id: ThreadId, op: Operation[T]) -> T:
        """The operation's result. Raises `Fenced`, and then nothing was written."""

        def checked(connection: sqlite3.Connection) -> T:
            self.check(connection, thread_id)
            return op(connection)

        return await self.writer.submit(checked)

    def check(self, connection: sqlite3.Connection, thread_id: ThreadId) -> None:
        """Raise `Fenced` unless this process may write for the thread; runs inside the writing transaction."""
        row = connection.execute("SELECT fence, expires_at FROM leases WHERE thread_id = ?", (thread_id,)).fetchone()
        if row is None:
            return
        ours = self.writer.held.get(thread_id)
        if ours is None and row[1] > self.clock.now():
            raise Fenced(f"thread {thread_id} is driven by another process; nothing was written")
        if ours is not None and ours.fence != row[0]:
            raise Fenced(f"the lease on thread {thread_id} was taken over; nothing was written")
