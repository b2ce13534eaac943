"""The one writer of a process and a file: it queues writes and commits them in groups.

An operation runs in a savepoint, a group in one `BEGIN IMMEDIATE` transaction with `synchronous=FULL`;
callers hear of it only after the commit. So many small durable writes cost one sync.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from checkpoints.lane import Lane, Operation, Posted, attempt
from checkpoints.opening import explain, open_writer
from graph.jobs import Lease
from graph.values import ThreadId

Outcome = tuple[Any, BaseException | None]


class Writer(Lane):
    """Writes for all event loops and threads of this process."""

    batch = 64
    """Operations that one transaction carries at most."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self.path = path
        self.held: dict[ThreadId, Lease] = {}
        """The leases that this process drives threads under; fences are checked against them."""
        self.lost: dict[ThreadId, BaseException] = {}
        """Why a thread's queued write failed, until it is told; touched in the writer's own thread only."""
        super().__init__(f"writer of {path.name}", connect)

    def _serve(self, connection: sqlite3.Connection, batch: list[Posted]) -> None:
        outcomes = self._commit(connection, batch)
        for posted, (value, error) in zip(batch, outcomes, strict=True):
            posted.resolve(value, self._told(error))

    def _commit(self, connection: sqlite3.Connection, batch: list[Posted]) -> list[Outcome]:
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [_in_savepoint(connection, posted.op) for posted in batch]
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # the first error is the one to tell
                connection.rollback()
            return [(None, error)] * len(batch)
        return outcomes

    def _told(self, error: BaseException | None) -> BaseException | None:
        """Infrastructure as one line with its remedy; each caller gets an exception of its own."""
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(error, sqlite3.IntegrityError):
            return error
        told = explain(self.path, error)
        told.__cause__ = error
        return told


def _in_savepoint(connection: sqlite3.Connection, op: Operation[Any]) -> Outcome:
    """One operation, undone by itself if it fails. Raises where SQLite rolled the whole group back."""
    connection.execute("SAVEPOINT operation")
    value, error = attempt(connection, op)
    if error is not None:
        if not connection.in_transaction:
            raise error
        connection.execute("ROLLBACK TO operation")
    connection.execute("RELEASE operation")
    return value, error


# -- one writer a file -------------------------------------------------------------------------------

_registry: dict[Path, Writer] = {}
_users: dict[Path, int] = {}
_registering = Lock()


def acquire(path: Path, busy_seconds: float) -> Writer:
    """The process's writer of a file, opened by its first user. Blocks. Raises `StorageError`."""
    key = path.resolve()
    with _registering:
        if key not in _registry:
            _registry[key] = Writer(path, lambda: open_writer(path, busy_seconds))
        _users[key] = _users.get(key, 0) + 1
        return _registry[key]


def release(writer: Writer) -> None:
    """Give a writer back; its last user closes it, which drains it. Blocks."""
    key = writer.path.resolve()
    with _registering:
        _users[key] -= 1
        if _users[key] == 0:
            del _users[key], _registry[key]
            writer.close()
