"""A thread with a connection of its own: nothing that blocks on SQLite runs on an event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from graph.errors import StorageError

T = TypeVar("T")

Operation = Callable[[sqlite3.Connection], T]
"""Work on a connection. It runs in the lane's thread, so it captures data, never a loop or a task."""


class Posted:
    """An operation, and the future that tells its caller how it went."""

    def __init__(self, op: Operation[Any]) -> None:
        self.op = op
        self.future: Future[Any] = Future()
        self.future.set_running_or_notify_cancel()  # from here on a caller's cancellation cannot undo it

    def resolve(self, value: object, error: BaseException | None) -> None:
        """Hand the result, or the error, to the caller."""
        if error is None:
            self.future.set_result(value)
        else:
            self.future.set_exception(error)


class Lane:
    """Runs operations in order, in batches of up to `batch`. May be used from any loop and any thread."""

    batch = 1
    most_later = 64

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        """Blocks until the connection is open, and raises what opening it raised."""
        self._connect = connect
        self._queue: SimpleQueue[list[Posted] | None] = SimpleQueue()
        self._later: list[Posted] = []
        """Operations that nobody waits for: they go ahead of the next one that somebody does."""
        self._gate = Lock()
        self._closed = False
        self._opened: Future[None] = Future()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._opened.result()

    async def submit(self, op: Operation[T]) -> T:
        """The operation's result. What was submitted is carried out even if the caller is cancelled meanwhile."""
        return await asyncio.wrap_future(self._post(op))

    def later(self, op: Operation[Any]) -> Future[Any]:
        """Carry out the operation before the next submitted one, or once `most_later` are waiting, or at closing."""
        posted = Posted(op)
        with self._gate:
            self._refuse_closed()
            self._later.append(posted)
            if len(self._later) >= self.most_later:
                self._release()
        return posted.future

    def close(self) -> None:
        """Finish what is queued and held, then end the thread; blocks. Later submissions raise `StorageError`."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._release()
                self._queue.put(None)
        self._thread.join()

    def _post(self, op: Operation[T]) -> Future[T]:
        posted = Posted(op)
        with self._gate:
            self._refuse_closed()
            self._release(posted)
        return posted.future

    def _release(self, *posted: Posted) -> None:
        # One item of the queue: what goes ahead shares a group with what it goes ahead of.
        if released := [*self._later, *posted]:
            self._queue.put(released)
        self._later = []

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StorageError("the database was closed: open it again")

    def _run(self) -> None:
        try:
            connection = self._connect()
        except BaseException as error:  # noqa: BLE001 it belongs to whoever opens the lane
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        try:
            while batch := self._next():
                self._serve(connection, batch)
        finally:
            connection.close()

    def _next(self) -> list[Posted]:
        batch = self._queue.get() or []
        while batch and len(batch) < self.batch:
            try:
                posted = self._queue.get_nowait()
            except Empty:
                break
            if posted is None:
                self._queue.put(None)  # closed: this batch is the last one
                break
            batch.extend(posted)
        return batch

    def _serve(self, connection: sqlite3.Connection, batch: list[Posted]) -> None:
        for posted in batch:
            posted.resolve(*attempt(connection, posted.op))


def attempt(connection: sqlite3.Connection, op: Operation[Any]) -> tuple[Any, BaseException | None]:
    """An operation's result, or its error, which belongs to its caller and not to the thread."""
    try:
        return op(connection), None
    except BaseException as error:  # noqa: BLE001 delivered to the caller
        return None, error
