"""The fence: a process whose lease was taken over writes nothing."""

import sqlite3
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

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
            if (lost := self.writer.lost.pop(thread_id, None)) is not None:
                raise lost
            self.check(connection, thread_id)
            return op(connection)

        return await self.writer.submit(checked)

    def queue(self, thread_id: ThreadId, op: Operation[Any]) -> None:
        """Write with the thread's next submitted operation, before it. What fails here is raised there, once."""
        queued = _Queued(self, thread_id, op)
        self.writer.later(queued).add_done_callback(queued.settled)

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


@dataclass
class _Queued:
    """A write that nobody waits for, and its failure, kept for the thread's next one."""

    fenced: FencedWriter
    thread_id: ThreadId
    op: Operation[Any]
    noted: bool = False

    def __call__(self, connection: sqlite3.Connection) -> None:
        try:
            self.fenced.check(connection, self.thread_id)
            self.op(connection)
        except BaseException as error:
            self._note(error)
            raise

    def settled(self, future: Future[Any]) -> None:
        """Also where the whole group failed, as on a full disk, and the operation with it."""
        error = future.exception()
        if error is not None and not self.noted:
            self._note(error)

    def _note(self, error: BaseException) -> None:
        self.noted = True
        self.fenced.writer.lost[self.thread_id] = error
