"""An event loop on a thread of its own, for callers that have none to lend."""

import asyncio
from asyncio import Task
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future, wait
from contextlib import AbstractAsyncContextManager
from threading import Lock, Thread, current_thread
from typing import Any, Generic, TypeVar

from graph.errors import SurefootError
from surefoot.api.apart import let_go

A = TypeVar("A")
T = TypeVar("T")


class Background(Generic[A]):
    """Holds something asynchronous open, and works with it for other threads, any number of them at once."""

    def __init__(self, name: str, opening: AbstractAsyncContextManager[A]) -> None:
        """Blocks until it is open, and raises what opening it raised."""
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._closed = False
        self._gate = Lock()
        self._tasks: set[Task[Any]] = set()
        self._opened: Future[A] = Future()
        self._ended: Future[None] = Future()
        self._thread = Thread(target=self._run, args=(opening,), name=name, daemon=True)
        self._thread.start()
        try:
            self.held = self._opened.result()
        except KeyboardInterrupt:
            self.close()
            raise
        except Exception:
            self._thread.join()
            raise

    def do(self, work: Callable[[A], Coroutine[Any, Any, T]]) -> T:
        """What `work` comes to; blocks. Ctrl-C cancels it, waits until it has let go, and goes on as Ctrl-C."""
        ended: Future[T] = Future()
        begun: list[Task[T]] = []
        self._post(lambda: begun.append(self._begin(work(self.held), ended)))
        try:
            return ended.result()
        except CancelledError as error:
            raise SurefootError("the agent was closed meanwhile; what it drove can be resumed") from error
        except KeyboardInterrupt:
            self._loop.call_soon_threadsafe(lambda: begun[0].cancel())  # noqa: PLW0108 it may not have begun yet
            wait([ended])
            raise

    def close(self) -> None:
        """Cancel what is under way, close what is held, end the thread; blocks. Idempotent."""
        self._refuse_own_thread()
        with self._gate:
            if not self._closed:
                self._closed = True
                self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._ended.result()

    def _post(self, begin: Callable[[], None]) -> None:
        self._refuse_own_thread()
        with self._gate:
            if self._closed:
                raise SurefootError("the agent was closed: open it again")
            self._loop.call_soon_threadsafe(begin)

    def _refuse_own_thread(self) -> None:
        if current_thread() is self._thread:
            raise SurefootError("a listener runs on the agent's own thread and cannot call it: do that after the run")

    def _begin(self, work: Coroutine[Any, Any, T], ended: Future[T]) -> Task[T]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: _hand_over(done, ended))
        return task

    def _run(self, opening: AbstractAsyncContextManager[A]) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve(opening))
        except BaseException as error:  # noqa: BLE001 it belongs to whoever opens, or closes
            opening_failed = not self._opened.done()
            (self._opened if opening_failed else self._ended).set_exception(error)
        if not self._ended.done():
            self._ended.set_result(None)

    async def _serve(self, opening: AbstractAsyncContextManager[A]) -> None:
        async with opening as held:
            self._opened.set_result(held)
            await self._closing.wait()
            await let_go(self._tasks)


def _hand_over(task: Task[T], ended: Future[T]) -> None:
    if task.cancelled():
        ended.set_exception(CancelledError())
    elif error := task.exception():
        ended.set_exception(error)
    else:
        ended.set_result(task.result())
