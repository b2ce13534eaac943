"""An effect whose function answers after its caller gave it up: what it says is told, not lost."""

import asyncio
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from graph.domain import Tool

Report = Callable[[Any], Awaitable[None]]

_reports: set[asyncio.Task[None]] = set()
"""Held, so that they are not collected half-way."""

log = logging.getLogger(__name__)


class Watch:
    """Watches the tries of one call of a tool. Made on the loop that its reports belong to."""

    def __init__(self, tool: Tool, report: Report) -> None:
        self._tool = tool
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._over = False

    def over(self) -> None:
        """Nobody waits any more: whatever is answered from here on is late."""
        self._over = True

    @property
    def tool(self) -> Tool:
        """The tool with its function under watch."""
        watched = self._awaited if inspect.iscoroutinefunction(self._tool.call) else self._called
        return replace(self._tool, call=watched)

    async def _awaited(self, *arguments: Any) -> Any:
        began = time.monotonic()
        answer = await self._tool.call(*arguments)
        if self._late(began):
            self._tell(answer)
        return answer

    def _called(self, *arguments: Any) -> Any:
        began = time.monotonic()
        answer = self._tool.call(*arguments)
        if self._late(began) and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, answer)
        return answer

    def _late(self, began: float) -> bool:
        return self._over or time.monotonic() - began > self._tool.timeout_seconds

    def _tell(self, answer: Any) -> None:
        task = self._loop.create_task(_told(self._report, answer))
        _reports.add(task)
        task.add_done_callback(_reports.discard)


async def _told(report: Report, answer: Any) -> None:
    try:
        await report(answer)
    except Exception:  # nobody waits for this task: what it meets is told here, or nowhere
        log.warning("a late answer could not be written down", exc_info=True)
