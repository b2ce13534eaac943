"""An event loop for callers that have none: one daemon thread a process, so that nothing outlives the process."""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

T = TypeVar("T")

_starting: Final = threading.Lock()
_loops: Final[list[asyncio.AbstractEventLoop]] = []


def aside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of the coroutine that `work` makes, run in the other thread; blocks. The context comes along."""
    told: Future[T] = Future()
    context = contextvars.copy_context()

    def begin() -> None:
        task = asyncio.get_running_loop().create_task(work(), context=context)
        task.add_done_callback(lambda done: _tell(told, done))

    _loop().call_soon_threadsafe(begin)
    return told.result()


def _tell(told: "Future[T]", done: "asyncio.Task[T]") -> None:
    if done.cancelled():
        told.cancel()
    elif error := done.exception():
        told.set_exception(error)
    else:
        told.set_result(done.result())


def _loop() -> asyncio.AbstractEventLoop:
    with _starting:
        if not _loops:
            _loops.append(asyncio.new_event_loop())
            threading.Thread(target=_loops[0].run_forever, daemon=True, name="surefoot-aside").start()
        return _loops[0]
