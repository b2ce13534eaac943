"""The pipeline that every tool call goes through: each stage is a file of its own, and any of them may end the call."""

import logging
from collections.abc import Mapping
from typing import Any

from graph.canonical import digest
from graph.domain import Domain, Tool
from graph.errors import Fenced, StorageError, SurefootError, ToolFailed, Waiting
from graph.ports import CallContext, Clock, Effects, Rates, Records, by_run
from graph.toolcall import ExternalWait, ToolCall, ToolError, ToolResult
from graph.values import Json, Micros
from graph.waiting import Pending, wait_from
from tools.breaker import Admission, Breakers
from tools.cap import check_size
from tools.effects import effect_key
from tools.faults import Fault
from tools.gate import check_gate
from tools.hints import tool_error
from tools.invoke import invoke
from tools.journal import Deed, Journal
from tools.late import Watch
from tools.leave import check_leave, known
from tools.passage import Passage
from tools.plain import plain
from tools.probe import Inquiry
from tools.rate import Turns
from tools.record import Recorder
from tools.repeats import Repeats
from tools.retry import Tries
from tools.validate import Given, read_input, read_output

Made = Json | Fault | ExternalWait
"""What can come of making a call: a value, a fault, or an answer that comes later."""

log = logging.getLogger(__name__)


class HardenedTools:
    """Implements `graph.ports.Tools`: never raises into the graph, but for `Fenced` and a cancellation."""

    def __init__(
        self, effects: Effects, records: Records, clock: Clock, holder: str, rates: Rates | None = None
    ) -> None:
        """Without `rates`, a tool whose rate is shared by processes cannot be called."""
        self._records = records
        self._clock = clock
        self._journal = Journal(effects, holder, clock)
        self._breakers = Breakers(clock)
        self._turns = Turns(clock, rates)
        self._recorder = Recorder(records, clock)
        self._repeats = Repeats()

    def withdrawn(self, domain: Domain) -> Mapping[str, Micros]:
        """Tools whose breaker is open, each with the time until which it is."""
        return self._breakers.withdrawn(domain)

    async def call(self, domain: Domain, call: ToolCall, context: CallContext) -> ToolResult:
        """One tool call, hardened; recorded whatever comes of it."""
        try:
            result = await self._through(await self._enter(domain, call, context))
        except Fenced:
            raise
        except ToolFailed as failure:
            return _failed(failure.error)
        except Exception as error:  # noqa: BLE001 never raises into the graph
            return _failed(_own_fault(call.tool, error))
        return result

    async def _enter(self, domain: Domain, call: ToolCall, context: CallContext) -> Passage:
        exact = plain(call)
        name = digest([exact.tool, exact.args], 24)
        if not self._repeats.recalled(context):
            self._repeats.recall(context, await self._records.calls(by_run(context.header)))
        return Passage(domain, exact, context, name, self._repeats.note(context, name), self._clock.now())

    async def _through(self, passage: Passage) -> ToolResult:
        result = await self._result(passage)
        await self._recorder.written(passage, result)
        if not passage.ours:
            self._repeats.learned(passage.context, passage.digest, result)
        return result

    async def _asked(self, passage: Passage, tool: Tool, offered: Json) -> ToolResult:
        """A read tool, asked on our own account: no task's leave is needed, and no repeat counts."""
        args = {field: offered[field] for field in tool.input.model_fields if field in offered}
        call = ToolCall(tool=tool.name, args=args)
        asked = await self._enter(passage.domain, call, passage.context)
        asked.ours = True
        return await self._through(asked)

    async def _result(self, passage: Passage) -> ToolResult:
        try:
            return ToolResult(ok=True, value=await self._value(passage))
        except Fenced:
            raise
        except Waiting as waiting:
            return ToolResult(ok=False, pending=waiting.wait)
        except ToolFailed as failure:
            return _failed(failure.error.model_copy(update={"attempts": passage.tries}))
        except Exception as error:  # noqa: BLE001 never raises into the graph
            return _failed(_own_fault(passage.call.tool, error, passage.tries))

    async def _value(self, passage: Passage) -> Json:
        domain, context = passage.domain, passage.context
        tool = known(domain, passage.call)
        with self._breakers.admitted(domain, tool) as admission:
            if not passage.ours:
                check_leave(domain, tool, context.task)
            given = read_input(tool, passage.call.args)
            if not passage.ours:
                self._repeats.check(context, passage.digest, domain.policy.max_repeats)
            check_gate(domain, tool, given, context.permits)
            if tool.effect == "read":
                return await self._read(passage, tool, given, admission)
            return await self._effect(passage, tool, given, admission)

    async def _read(self, passage: Passage, tool: Tool, given: Given, admission: Admission) -> Json:
        if wait := self._repeats.wait(passage.context, passage.digest):
            return await self._inquiry(passage).awaited(tool, given.call, wait, self._clock.now())
        outcome = await self._made(passage, tool, given, None, admission)
        if isinstance(outcome, Fault):
            raise ToolFailed(outcome.error)
        if isinstance(outcome, ExternalWait):
            raise Waiting(outcome)
        return outcome

    async def _effect(self, passage: Passage, tool: Tool, given: Given, admission: Admission) -> Json:
        run, key = by_run(passage.context.header), effect_key(tool, given, passage.context.header)
        watch = Watch(tool, lambda answer: self._journal.reported(run, key, _checked(tool, answer)))

        async def make() -> Made:
            try:
                made = await self._made(passage, watch.tool, given, key, admission)
            finally:
                watch.over()
            if isinstance(made, dict):
                self._recorder.with_receipt(passage, made)
            return made

        return await self._journal.once(Deed(run, key, tool, given.call, make, self._inquiry(passage)))

    def _inquiry(self, passage: Passage) -> Inquiry:
        return Inquiry(passage.domain, lambda tool, offered: self._asked(passage, tool, offered))

    async def _made(self, passage: Passage, tool: Tool, given: Given, key: str | None, admission: Admission) -> Made:
        deadline = passage.context.deadline
        tries = Tries(tool, self._clock, lambda: self._turns.wait(passage.domain, tool, deadline))
        try:
            outcome = await tries.run(lambda: invoke(tool, given, key))
        finally:
            passage.tries, passage.waited = tries.count, tries.waited
        outcome = self._answer(tool, outcome)
        if tries.count:  # a call that never got its turn says nothing of the backend
            well = not (isinstance(outcome, Fault) and outcome.ill)
            passage.turned = admission.judge(well=well, seconds=tries.seconds)
        return outcome

    def _answer(self, tool: Tool, outcome: Any) -> Made:
        if isinstance(outcome, Pending):
            return wait_from(outcome, self._clock.now())
        return outcome if isinstance(outcome, Fault | ExternalWait) else _checked(tool, outcome)


def _checked(tool: Tool, answer: object) -> Json | Fault:
    try:
        value = read_output(tool, answer)
        check_size(tool, value)
    except ToolFailed as failure:
        return Fault(failure.error, again=False, certain=False, ill=True)
    return value


def _failed(error: ToolError) -> ToolResult:
    return ToolResult(ok=False, error=error)


def _own_fault(tool: str, error: Exception, tries: int = 0) -> ToolError:
    """An error of the pipeline's own surroundings: our exceptions' lines are for people, others' may hold secrets."""
    log.warning("the call of %s failed on our side", tool, exc_info=error)
    if isinstance(error, StorageError):
        told = tool_error("unavailable", f"the call of {tool} could not be written down")
    elif isinstance(error, SurefootError):
        told = tool_error("internal", str(error))
    else:
        told = tool_error("internal", f"the call of {tool} failed with {type(error).__name__}")
    return told.model_copy(update={"attempts": tries})
