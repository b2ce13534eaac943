"""What became of a call that gave no answer: a read tool of the domain is asked, through the pipeline like any."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import ValidationError

from graph.domain import Domain, Tool
from graph.errors import DomainMistake, SurefootError, ToolFailed, Waiting
from graph.toolcall import ExternalWait, ToolCall, ToolResult
from graph.values import Json, Micros
from graph.waiting import PollAnswer, ProbeAnswer
from tools.hints import tool_error
from tools.validate import read_output

Ask = Callable[[Tool, Json], Awaitable[ToolResult]]
"""Calls a read tool with what its input takes of what is offered."""

A = TypeVar("A", ProbeAnswer, PollAnswer)

UNKNOWN: Final = ProbeAnswer(outcome="unknown")
STILL: Final = PollAnswer(outcome="pending")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inquiry:
    """Asks the domain's own read tools; a result that they tell must fit the schema of the tool in question."""

    domain: Domain
    ask: Ask

    async def probed(self, tool: Tool, call: ToolCall, key: str) -> ProbeAnswer:
        """Whether the effect happened. A probe that is missing, fails or talks nonsense knows nothing."""
        probe = self._read(tool.probe)
        if probe is None:
            return UNKNOWN
        answer = await self._asked(probe, {**call.args, "key": key}, ProbeAnswer)
        return _checked(tool, answer) or UNKNOWN

    async def polled(self, tool: Tool, call: ToolCall, wait: ExternalWait, key: str | None = None) -> PollAnswer:
        """How the matter stands. A poll that fails is asked again later. Raises `DomainMistake`."""
        if wait.poll_tool is None:
            return STILL
        poll = self._read(wait.poll_tool)
        if poll is None:
            raise DomainMistake(f"{tool.name} is to be polled by {wait.poll_tool!r}: name a read tool of the domain")
        offered = {**call.args, "correlation_key": wait.correlation_key, **({"key": key} if key else {})}
        answer = await self._asked(poll, offered, PollAnswer)
        return _checked(tool, answer) or STILL

    async def awaited(self, tool: Tool, call: ToolCall, wait: ExternalWait, now: Micros) -> Json:
        """The value of a read that was begun before. Raises `ToolFailed`, and `Waiting` where it is not there yet."""
        answer = await self.polled(tool, call, wait)
        if answer.outcome == "done" and answer.result is not None:
            return answer.result
        raise failed(tool, answer) if answer.outcome == "failed" else not_yet(tool, wait, now)

    def _read(self, name: str | None) -> Tool | None:
        tool = self.domain.tool(name) if name else None
        if tool is not None and tool.effect == "read":
            return tool
        if name:
            log.warning("%s is no read tool of %s, so it cannot be asked", name, self.domain.name)
        return None

    async def _asked(self, asked: Tool, offered: Json, kind: type[A]) -> A | None:
        result = await self.ask(asked, offered)
        if result.value is None:
            return None
        try:
            return kind.model_validate(result.value)
        except ValidationError:
            log.warning("%s answered what is no %s", asked.name, kind.__name__)
            return None


def failed(tool: Tool, answer: PollAnswer) -> ToolFailed:
    """For a matter that ended without success."""
    return ToolFailed(tool_error("denied", f"{tool.name} ended without success: {answer.message or 'no reason given'}"))


def not_yet(tool: Tool, wait: ExternalWait, now: Micros, key: str | None = None) -> SurefootError:
    """For a matter that is still open: wait on, or say that its time is over."""
    if now < wait.expires_at:
        return Waiting(wait)
    told = f"{tool.name} waited for {wait.expects}, which did not come in time"
    if key is not None and wait.on_expire == "escalate":
        open_ended = tool_error("unknown_outcome", told, effect_key=key)
        return ToolFailed(open_ended.model_copy(update={"final": "escalate"}))
    error = tool_error("timeout", told)
    return ToolFailed(error.model_copy(update={"retryable": False, "final": wait.on_expire, "hint": ""}))


def _checked(tool: Tool, answer: A | None) -> A | None:
    """The answer, with a result in the tool's own schema where it is done; `None` where that does not fit."""
    if answer is None or answer.outcome != "done":
        return answer
    try:
        return answer.model_copy(update={"result": read_output(tool, answer.result)})
    except ToolFailed:
        log.warning("a result was reported for %s that does not fit its schema", tool.name)
        return None
