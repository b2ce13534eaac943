"""The effects journal's side of a call: no effect twice, and none whose outcome is guessed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graph.domain import Tool
from graph.errors import Fenced, ToolFailed, Waiting
from graph.ports import Begun, Clock, Effects, RunRef
from graph.toolcall import ExternalWait, ToolCall
from graph.values import Json
from tools.faults import Fault
from tools.hints import refusal, tool_error
from tools.probe import Inquiry, failed, not_yet

BUSY_SECONDS = 1.0
MICROS = 1_000_000


@dataclass(frozen=True)
class Deed:
    """One effect: whose, which, and how to make it or to ask about it."""

    run: RunRef
    key: str
    tool: Tool
    call: ToolCall
    make: Callable[[], Awaitable[Json | Fault | ExternalWait]]
    inquiry: Inquiry


class Journal:
    """Begins an effect, makes it, and writes down how it ended."""

    def __init__(self, effects: Effects, holder: str, clock: Clock) -> None:
        self._effects = effects
        self._holder = holder
        self._clock = clock
        self._in_flight: set[tuple[str, str]] = set()
        self._unsettled: set[tuple[str, str]] = set()
        """Tenant and key of effects that this process claimed and whose outcome it does not know, or not yet."""

    async def once(self, deed: Deed) -> Json:
        """The effect's result, made now or recorded earlier. Raises `ToolFailed`, `Waiting`, and `Fenced`.

        When the caller is cancelled while it is made, the journal keeps `started`: nobody knows how it ended.
        """
        with self._alone(deed):
            begun = await self._begun(deed)
            if begun.verdict == "unknown":
                begun = await self._found_out(deed, begun)
            if begun.verdict == "pending" and begun.wait is not None:
                return await self._polled(deed, begun.wait)
            if begun.verdict != "run":
                return _recorded(begun, deed)
            return await self._made(deed)

    async def reported(self, run: RunRef, key: str, answer: Json | Fault) -> None:
        """A call that was given up answered after all: its word counts, or is evidence where somebody acted already."""
        if not isinstance(answer, Fault):
            await self._effects.finish(run, key, self._holder, answer)

    async def _made(self, deed: Deed) -> Json:
        self._unsettled.add(_name(deed))
        outcome = await deed.make()
        if isinstance(outcome, Fault):
            return await self._lost(deed, outcome)
        if isinstance(outcome, ExternalWait):
            await self._written(deed, self._effects.wait(deed.run, deed.key, self._holder, outcome), "its wait")
            self._unsettled.discard(_name(deed))
            raise Waiting(outcome)
        await self._written(deed, self._effects.finish(deed.run, deed.key, self._holder, outcome), "its receipt")
        self._unsettled.discard(_name(deed))
        return outcome

    async def _begun(self, deed: Deed, *, quiet: bool = True) -> Begun:
        begun = await self._begin(deed, quiet=quiet)
        if begun.verdict != "busy" or begun.again_in is not None or _name(deed) not in self._unsettled:
            return begun
        # Our own claim stands from an earlier call that never learned its outcome, so nobody is busy with it.
        if not deed.tool.honours_keys:
            return Begun("unknown", since=begun.since)
        await self._effects.abandon(deed.run, deed.key, self._holder)
        return await self._begin(deed, quiet=quiet)

    async def _begin(self, deed: Deed, *, quiet: bool) -> Begun:
        return await self._effects.begin(
            deed.run,
            deed.key,
            deed.call,
            self._holder,
            honours_keys=deed.tool.honours_keys,
            quiet_seconds=deed.tool.timeout_seconds if quiet else 0.0,
        )

    async def _lost(self, deed: Deed, fault: Fault) -> Json:
        if fault.certain:
            await self._effects.abandon(deed.run, deed.key, self._holder)
            self._unsettled.discard(_name(deed))
            raise ToolFailed(fault.error)
        if deed.tool.honours_keys:
            raise ToolFailed(fault.error)  # stays started; the same key may be sent again
        if deed.tool.probe is None:
            raise _unknown(deed, fault.error.message)
        begun = await self._begun(deed)
        if begun.verdict == "unknown":
            begun = await self._found_out(deed, begun, why=fault.error.message)
        if begun.verdict == "run":
            await self._effects.abandon(deed.run, deed.key, self._holder)
            self._unsettled.discard(_name(deed))
            raise refusal("unavailable", f"{deed.tool.name} certainly did not happen: {fault.error.message}")
        return _recorded(begun, deed)

    async def _found_out(self, deed: Deed, begun: Begun, why: str = "an earlier try never reported back") -> Begun:
        """What the probe says, written down; a person's matter where it knows nothing. Raises `ToolFailed`."""
        answer = await deed.inquiry.probed(deed.tool, deed.call, deed.key)
        by = f"probe:{deed.tool.probe}"
        if answer.outcome == "done":
            await self._effects.settle(deed.run, deed.key, "done", by, answer.result)
            self._unsettled.discard(_name(deed))
            return Begun("replay", answer.result)
        if answer.outcome == "unknown":
            raise _unknown(deed, f"{why}; it did report late, see the journal" if begun.late else why)
        if (early := self._in_flight_for(deed, begun)) > 0:
            raise refusal("unavailable", f"a lost call of {deed.tool.name} may still arrive", retry_after=early)
        await self._effects.settle(deed.run, deed.key, "not_done", by)
        return await self._begun(deed, quiet=False)

    def _in_flight_for(self, deed: Deed, begun: Begun) -> float:
        """Seconds for which the call in question may still be on its way: a `not_done` of that time proves nothing."""
        since = 0 if begun.since is None else begun.since
        return deed.tool.timeout_seconds - (self._clock.now() - since) / MICROS

    async def _polled(self, deed: Deed, wait: ExternalWait) -> Json:
        answer = await deed.inquiry.polled(deed.tool, deed.call, wait, deed.key)
        by = f"poll:{wait.poll_tool}"
        if answer.outcome == "done" and answer.result is not None:
            await self._effects.settle(deed.run, deed.key, "done", by, answer.result)
            return answer.result
        if answer.outcome == "failed":
            await self._effects.settle(deed.run, deed.key, "not_done", by)
            raise failed(deed.tool, answer)
        raise not_yet(deed.tool, wait, self._clock.now(), deed.key)

    async def _written(self, deed: Deed, write: Awaitable[None], what: str) -> None:
        # It has happened: a cancellation from here on must not keep that from being written down.
        try:
            await asyncio.shield(write)
        except Fenced:
            raise
        except Exception as error:
            if deed.tool.honours_keys:
                raise refusal("unavailable", f"{deed.tool.name} was done, but {what} could not be kept") from error
            raise _unknown(deed, f"{what} could not be kept") from error

    @contextmanager
    def _alone(self, deed: Deed) -> Iterator[None]:
        if _name(deed) in self._in_flight:
            raise _busy(deed)
        self._in_flight.add(_name(deed))
        try:
            yield
        finally:
            self._in_flight.discard(_name(deed))


def _name(deed: Deed) -> tuple[str, str]:
    return deed.run.tenant, deed.key


def _recorded(begun: Begun, deed: Deed) -> Json:
    name = deed.tool.name
    if begun.verdict == "replay":
        if begun.result is None:
            raise refusal("conflict", f"{name} was confirmed as done, and there is no receipt to repeat")
        return begun.result
    if begun.verdict == "busy":
        raise _busy(deed, begun.again_in)
    if begun.verdict == "conflict":
        raise refusal("conflict", f"{name} was already called for the same effect with another input ({deed.key})")
    raise _unknown(deed, "an earlier try never reported back")


def _busy(deed: Deed, again_in: float | None = None) -> ToolFailed:
    if again_in is not None:
        told = f"{deed.tool.name} may still be under way, though it was said not to have happened"
        return refusal("unavailable", told, retry_after=again_in)
    return refusal("unavailable", f"effect {deed.key} is being made by another caller", retry_after=BUSY_SECONDS)


def _unknown(deed: Deed, why: str) -> ToolFailed:
    message = f"nobody knows whether {deed.tool.name} happened: {why}"
    return ToolFailed(tool_error("unknown_outcome", message, effect_key=deed.key))
