"""The effects journal's side of a call: no effect twice, and none whose outcome is guessed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from graph.domain import Tool
from graph.errors import Fenced, ToolFailed
from graph.ports import Begun, Effects, RunRef
from graph.toolcall import ToolCall
from graph.values import Json
from tools.faults import Fault
from tools.hints import refusal, tool_error

BUSY_SECONDS = 1.0


class Journal:
    """Begins an effect, makes it, and writes down how it ended."""

    def __init__(self, effects: Effects, holder: str) -> None:
        self._effects = effects
        self._holder = holder
        self._in_flight: set[str] = set()
        self._unsettled: set[str] = set()
        """Keys that this process claimed and whose outcome it does not know, or not yet."""

    async def once(
        self, run: RunRef, key: str, tool: Tool, call: ToolCall, make: Callable[[], Awaitable[Json | Fault]]
    ) -> Json:
        """The effect's result, made now or recorded earlier. Raises `ToolFailed`, and `Fenced`.

        When the caller is cancelled while `make` runs, the journal keeps `started`: nobody knows how it ended.
        """
        with self._alone(key):
            begun = await self._begun(run, key, tool, call)
            if begun.verdict != "run":
                return _recorded(begun, key, tool)
            self._unsettled.add(key)
            outcome = await make()
            if isinstance(outcome, Fault):
                raise await self._failed(run, key, tool, outcome)
            await self._finished(run, key, tool, outcome)
            self._unsettled.discard(key)
            return outcome

    async def _begun(self, run: RunRef, key: str, tool: Tool, call: ToolCall) -> Begun:
        begun = await self._effects.begin(run, key, call, self._holder, honours_keys=tool.honours_keys)
        if begun.verdict != "busy" or key not in self._unsettled:
            return begun
        # Our own claim stands from an earlier call that never learned its outcome, so nobody is busy with it.
        if not tool.honours_keys:
            return Begun("unknown")
        await self._effects.abandon(run, key, self._holder)
        return await self._effects.begin(run, key, call, self._holder, honours_keys=True)

    async def _failed(self, run: RunRef, key: str, tool: Tool, fault: Fault) -> ToolFailed:
        if fault.certain:
            await self._effects.abandon(run, key, self._holder)
            self._unsettled.discard(key)
            return ToolFailed(fault.error)
        if tool.honours_keys:
            return ToolFailed(fault.error)  # stays started; the same key may be sent again
        return _unknown(key, tool, fault.error.message)

    async def _finished(self, run: RunRef, key: str, tool: Tool, result: Json) -> None:
        # It has happened: a cancellation from here on must not keep that from being written down.
        try:
            await asyncio.shield(self._effects.finish(run, key, self._holder, result))
        except Fenced:
            raise
        except Exception as error:
            if tool.honours_keys:
                raise refusal("unavailable", f"{tool.name} was done, but its receipt could not be kept") from error
            raise _unknown(key, tool, "its receipt could not be kept") from error

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        if key in self._in_flight:
            raise _busy(key)
        self._in_flight.add(key)
        try:
            yield
        finally:
            self._in_flight.discard(key)


def _recorded(begun: Begun, key: str, tool: Tool) -> Json:
    if begun.verdict == "replay":
        if begun.result is None:
            raise refusal("conflict", f"{tool.name} was confirmed as done, and there is no receipt to repeat")
        return begun.result
    if begun.verdict == "busy":
        raise _busy(key)
    if begun.verdict == "conflict":
        raise refusal("conflict", f"{tool.name} was already called for the same effect with another input ({key})")
    raise _unknown(key, tool, "an earlier try never reported back")


def _busy(key: str) -> ToolFailed:
    return refusal("unavailable", f"effect {key} is being made by another caller", retry_after=BUSY_SECONDS)


def _unknown(key: str, tool: Tool, why: str) -> ToolFailed:
    message = f"nobody knows whether {tool.name} happened: {why}"
    return ToolFailed(tool_error("unknown_outcome", message, effect_key=key))
