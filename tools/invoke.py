"""One try of one tool, bounded in time, whatever the tool's function does."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from graph.domain import Tool
from tools.faults import cancelled_itself
from tools.validate import Given

_left_behind: Final[set[asyncio.Task[Any]]] = set()
"""Tries that ran out of time and may still be running; held, so that they are not collected half-way."""


async def invoke(tool: Tool, given: Given, key: str | None) -> Any:
    """What the tool's function answers. Raises what it raises, and `TimeoutError` after the tool's timeout.

    A function that swallows its cancellation, or a thread that cannot be stopped, is left behind.
    """
    task = asyncio.create_task(_run(tool, (given.model,) if key is None else (given.model, key)))
    try:
        done, _ = await asyncio.wait({task}, timeout=tool.timeout_seconds)
    finally:
        if not task.done():
            _leave(task)
    if not done:
        raise TimeoutError
    return _answer(task, tool)


def _answer(task: asyncio.Task[Any], tool: Tool) -> Any:
    if task.cancelled():
        raise cancelled_itself(tool.name)
    error = task.exception()
    if error is not None:
        raise _harmless(error)
    return task.result()


def _leave(task: asyncio.Task[Any]) -> None:
    _left_behind.add(task)
    task.add_done_callback(_forget)
    task.cancel()


def _forget(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it any more; asyncio would complain at exit


async def _run(tool: Tool, arguments: tuple[Any, ...]) -> Any:
    try:
        if inspect.iscoroutinefunction(tool.call):
            return await tool.call(*arguments)
        answer = await _in_thread(tool.call, arguments)
        return await answer if inspect.isawaitable(answer) else answer
    except SystemExit as error:
        raise _harmless(error) from error


async def _in_thread(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """A daemon thread a call: a shared pool would starve behind functions that hang, and hold the process at exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(outcome: tuple[Any, BaseException | None]) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        outcome: tuple[Any, BaseException | None]
        try:
            outcome = (context.run(function, *arguments), None)
        except BaseException as error:  # noqa: BLE001 whatever it is, it belongs to the caller
            outcome = (None, error)
        with suppress(RuntimeError):  # the loop is closed: the caller has gone
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=work, daemon=True, name="surefoot-tool").start()
    value, error = await future
    if error is not None:
        raise _harmless(error)
    return value


def _harmless(error: BaseException) -> Exception:
    """A tool may not end the process: what is no `Exception` becomes one."""
    return error if isinstance(error, Exception) else RuntimeError(f"the tool raised {type(error).__name__}")
