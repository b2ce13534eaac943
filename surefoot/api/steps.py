"""A run's steps while it is driven, as an async iterator."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Protocol, Self

from graph.errors import SurefootError
from surefoot.api.apart import let_go
from surefoot.api.run import Run
from surefoot.progress import Event, Listener


class Drive(Protocol):
    """Drives one run."""

    def __call__(self, *, listener: Listener) -> Coroutine[Any, Any, Run]:
        """The run at its end; `listener` hears each step."""
        ...


class Steps(AsyncIterator[Event]):
    """A run's events while it is driven; afterwards `run` is the run.

    The run begins with the first step that is asked for. Whoever leaves the loop early does not stop it: call `aclose`,
    which leaves the run `interrupted` and ready for `resume`. Cancelling the task that waits for a step does the same.

    Example:
        >>> steps = agent.stream({"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"})
        >>> [event.node async for event in steps if event.phase == "enter"][:3]
        ['intake', 'validating', 'planning']
        >>> steps.run.status
        'complete'
    """

    def __init__(self, drive: Drive, driven: set[asyncio.Task[Any]]) -> None:
        self._drive = drive
        self._driven = driven
        self._task: asyncio.Task[Run] | None = None
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """The next event. Raises what `run` raises."""
        task = self._begun()
        event = None if task.done() and self._events.empty() else await self._next()
        if event is None:
            await task
            raise StopAsyncIteration
        return event

    @property
    def run(self) -> Run:
        """How the run stands after its last event. Raises `SurefootError` before that."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            raise SurefootError("the run is not driven to its end yet: iterate over its steps first")
        return self._task.result()

    async def aclose(self) -> None:
        """Stop driving, if it is driven; the run stays as it is and can be resumed. Idempotent."""
        if self._task is not None:
            await let_go([self._task])

    def _begun(self) -> asyncio.Task[Run]:
        if self._task is None:
            self._task = asyncio.create_task(self._drive(listener=self._events.put_nowait))
            self._driven.add(self._task)
            self._task.add_done_callback(self._ended)
        return self._task

    def _ended(self, task: asyncio.Task[Run]) -> None:
        self._driven.discard(task)
        self._events.put_nowait(None)

    async def _next(self) -> Event | None:
        try:
            return await self._events.get()
        except asyncio.CancelledError:
            await self.aclose()
            raise
