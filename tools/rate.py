"""Rate limits: calls wait for their turn, first come, first served, and only as long as their task can wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from graph.domain import Domain, Tool
from graph.errors import DomainMistake, ToolFailed
from graph.limits import Rate
from graph.ports import Clock, Rates
from graph.tokens import MICROS, Bucket, Turn, book
from graph.values import Micros
from tools.hints import refusal

LONGEST_WAIT_SECONDS: Final = 60.0
"""Where the task's deadline is later, or unknown: a longer wait belongs to the run's retry queue, which holds no
slot."""


class MemoryRates:
    """Implements `graph.ports.Rates` for the runs of one process. No method awaits, so each booking is whole."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    async def book(self, key: str, rate: Rate, patience: float) -> Turn:
        """The next turn within `patience` seconds."""
        bucket, turn = book(rate, self._buckets.get(key, Bucket()), self._clock.now(), patience)
        self._buckets[key] = bucket
        return turn


class Turns:
    """The turns of every domain's tools."""

    def __init__(self, clock: Clock, shared: Rates | None) -> None:
        self._clock = clock
        self._own = MemoryRates(clock)
        self._shared = shared
        self._waiting: dict[str, asyncio.Future[None]] = {}
        """By bucket, the last one to come of those that have not passed yet."""

    async def wait(self, domain: Domain, tool: Tool, deadline: Micros | None) -> float:
        """Wait for the tool's next turn; returns the seconds waited.

        Raises:
            ToolFailed: With `rate_limited`, at once, where the turn would come too late.
        """
        if tool.rate is None:
            return 0.0
        key = f"{domain.name}/{tool.rate.bucket or tool.name}"
        with self._behind(key) as ahead:
            turn = await self._kept(tool, tool.rate).book(key, tool.rate, self._patience(deadline))
            if not turn.fits:
                raise _too_late(tool, tool.rate, turn)
            if (left := turn.at - self._clock.now()) > 0:
                await self._clock.sleep(left / MICROS)
            if ahead is not None and not ahead.done():
                await asyncio.wait({ahead})
        return turn.wait

    @contextmanager
    def _behind(self, key: str) -> Iterator[asyncio.Future[None] | None]:
        """Who came before and has not passed yet: timers that are due at once do not go off in order."""
        loop, ahead = asyncio.get_running_loop(), self._waiting.get(key)
        passed = self._waiting[key] = loop.create_future()
        try:
            yield ahead if ahead is not None and ahead.get_loop() is loop else None
        finally:
            passed.set_result(None)
            if self._waiting.get(key) is passed:
                del self._waiting[key]

    def _patience(self, deadline: Micros | None) -> float:
        left = LONGEST_WAIT_SECONDS if deadline is None else (deadline - self._clock.now()) / MICROS
        return min(left, LONGEST_WAIT_SECONDS)

    def _kept(self, tool: Tool, rate: Rate) -> Rates:
        if not rate.shared:
            return self._own
        if self._shared is None:
            raise DomainMistake(f"tool {tool.name} shares its rate with other processes, which needs a database")
        return self._shared


def _too_late(tool: Tool, rate: Rate, turn: Turn) -> ToolFailed:
    per = f"{rate.calls} calls in {rate.seconds:g} s"
    message = f"{tool.name} is limited to {per}: the next turn would come too late for this task"
    return refusal("rate_limited", message, retry_after=round(turn.wait, 3))
