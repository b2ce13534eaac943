"""Tries within one call: exponential backoff with full jitter, and only where trying again can help and is safe."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from graph.domain import Tool
from graph.errors import ToolFailed
from graph.ports import Clock
from graph.tokens import MICROS
from graph.toolcall import ToolError
from tools.faults import Fault, fault_of

BASE_SECONDS: Final = 0.2
CAP_SECONDS: Final = 5.0
LONGEST_WAIT_SECONDS: Final = 10.0
"""A backend that asks for more patience gets it from the run's retry queue, which holds no slot."""

log = logging.getLogger(__name__)


class Tries:
    """The tries of one call: its last answer or fault, how many there were, and how long they waited."""

    def __init__(self, tool: Tool, clock: Clock, turn: Callable[[], Awaitable[float]]) -> None:
        """`turn` waits for leave under the tool's rate: seconds waited, or `ToolFailed`."""
        self._tool = tool
        self._clock = clock
        self._turn = turn
        self._certain = True
        self._last: Fault | None = None
        self.count = 0
        self.waited = 0.0
        """Seconds spent waiting for turns, of all tries."""
        self.seconds = 0.0
        """How long the last try took."""

    async def run(self, invoke: Callable[[], Awaitable[Any]]) -> Any:
        """The tool's answer, or the `Fault` that remained."""
        retrying = AsyncRetrying(
            retry=retry_if_result(_worth_another),
            stop=stop_after_attempt(_allowed(self._tool)),
            wait=self._pause,
            sleep=self._clock.sleep,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        return await retrying(self._once, invoke)

    async def _once(self, invoke: Callable[[], Awaitable[Any]]) -> Any:
        try:
            self.waited += await self._turn()
        except ToolFailed as full:
            return self._without_turn(full.error)
        self.count += 1
        began = self._clock.now()
        try:
            return await invoke()
        except Exception as error:
            fault = fault_of(error, self._tool.name, self._clock.now())
            if fault.error.code == "internal":
                log.warning("tool %s failed", self._tool.name, exc_info=error)
            self._last = self._seen(fault)
            return self._last
        finally:
            self.seconds = (self._clock.now() - began) / MICROS

    def _without_turn(self, full: ToolError) -> Fault:
        """The first try was never made; of a later one, what the try before it met still stands."""
        if self._last is None:
            return Fault(full, again=False, certain=True, ill=False)
        told = self._last.error.model_copy(update={"retry_after": full.retry_after})
        return replace(self._last, error=told, again=False)

    def _seen(self, fault: Fault) -> Fault:
        # A final refusal speaks for the key, so for earlier tries as well; a passing one only for its own try.
        certain = fault.certain and (self._certain or not fault.again)
        self._certain = self._certain and fault.certain
        return replace(fault, certain=certain)

    def _pause(self, state: RetryCallState) -> float:
        ceiling: float = min(CAP_SECONDS, BASE_SECONDS * 2 ** (state.attempt_number - 1))
        fault = state.outcome.result() if state.outcome else None
        asked = (fault.error.retry_after or 0.0) if isinstance(fault, Fault) else 0.0
        return max(asked, ceiling * self._clock.jitter())


def _allowed(tool: Tool) -> int:
    # An effect is repeated only where the backend recognises its key.
    return max(1, tool.attempts) if tool.effect == "read" or tool.honours_keys else 1


def _worth_another(outcome: Any) -> bool:
    return isinstance(outcome, Fault) and outcome.again and (outcome.error.retry_after or 0.0) <= LONGEST_WAIT_SECONDS
