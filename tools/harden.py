"""The pipeline that every tool call goes through: each stage is a file of its own, and any of them may end the call."""

import logging
from dataclasses import dataclass

from graph.canonical import digest
from graph.domain import Domain, Tool
from graph.errors import Fenced, StorageError, SurefootError, ToolFailed
from graph.ports import CallContext, Clock, Effects, Records, by_run
from graph.rows import ToolCalled
from graph.toolcall import ToolCall, ToolError, ToolResult
from graph.values import Json, Micros
from tools.breaker import MICROS, Admission, Breakers
from tools.effects import effect_key
from tools.faults import Fault
from tools.gate import check_gate
from tools.hints import tool_error
from tools.invoke import invoke
from tools.journal import Journal
from tools.leave import check_leave, known
from tools.plain import plain
from tools.repeats import Repeats
from tools.retry import Tries
from tools.validate import Given, read_input, read_output

log = logging.getLogger(__name__)


@dataclass
class Passage:
    """One call on its way through the pipeline."""

    domain: Domain
    call: ToolCall
    context: CallContext
    digest: str
    number: int
    """Which one of its like it is within the task's attempt."""
    started: Micros
    tries: int = 0


class HardenedTools:
    """Implements `graph.ports.Tools`: never raises into the graph, but for `Fenced` and a cancellation."""

    def __init__(self, effects: Effects, records: Records, clock: Clock, holder: str) -> None:
        self._records = records
        self._clock = clock
        self._journal = Journal(effects, holder)
        self._breakers = Breakers(clock)
        self._repeats = Repeats()

    def withdrawn(self, domain: Domain) -> frozenset[str]:
        """Tools whose breaker is open."""
        return self._breakers.withdrawn(domain)

    async def call(self, domain: Domain, call: ToolCall, context: CallContext) -> ToolResult:
        """One tool call, hardened; recorded whatever comes of it."""
        try:
            passage = self._enter(domain, call, context)
            result = await self._result(passage)
            await self._records.append(by_run(context.header), self._row(passage, result))
        except Fenced:
            raise
        except ToolFailed as failure:
            return _failed(failure.error)
        except Exception as error:  # noqa: BLE001 never raises into the graph
            return _failed(_own_fault(call.tool, error))
        return result

    def _enter(self, domain: Domain, call: ToolCall, context: CallContext) -> Passage:
        exact = plain(call)
        name = digest([exact.tool, exact.args], 24)
        return Passage(domain, exact, context, name, self._repeats.note(context, name), self._clock.now())

    async def _result(self, passage: Passage) -> ToolResult:
        try:
            return ToolResult(ok=True, value=await self._value(passage))
        except Fenced:
            raise
        except ToolFailed as failure:
            return _failed(failure.error.model_copy(update={"attempts": passage.tries}))
        except Exception as error:  # noqa: BLE001 never raises into the graph
            return _failed(_own_fault(passage.call.tool, error, passage.tries))

    async def _value(self, passage: Passage) -> Json:
        domain, context = passage.domain, passage.context
        tool = known(domain, passage.call)
        with self._breakers.admitted(domain, tool.name) as admission:
            check_leave(domain, tool, context.task)
            given = read_input(tool, passage.call.args)
            self._repeats.check(context, passage.digest, domain.policy.max_repeats)
            check_gate(domain, tool, given, context.permits)
            if tool.effect == "read":
                return await self._read(passage, tool, given, admission)
            return await self._effect(passage, tool, given, admission)

    async def _read(self, passage: Passage, tool: Tool, given: Given, admission: Admission) -> Json:
        outcome = await self._made(passage, tool, given, None, admission)
        if isinstance(outcome, Fault):
            raise ToolFailed(outcome.error)
        return outcome

    async def _effect(self, passage: Passage, tool: Tool, given: Given, admission: Admission) -> Json:
        key = effect_key(tool, given, passage.context.header)
        return await self._journal.once(
            by_run(passage.context.header),
            key,
            tool,
            given.call,
            lambda: self._made(passage, tool, given, key, admission),
        )

    async def _made(
        self, passage: Passage, tool: Tool, given: Given, key: str | None, admission: Admission
    ) -> Json | Fault:
        tries = Tries(tool, self._clock)
        try:
            outcome = await tries.run(lambda: invoke(tool, given, key))
        finally:
            passage.tries = tries.count
        outcome = outcome if isinstance(outcome, Fault) else _checked(tool, outcome)
        admission.judge(well=not (isinstance(outcome, Fault) and outcome.ill))
        return outcome

    def _row(self, passage: Passage, result: ToolResult) -> ToolCalled:
        context, now = passage.context, self._clock.now()
        return ToolCalled(
            id=f"{context.header.run_id}/{context.task.id}/{context.attempt}/{passage.digest}/{passage.number}",
            task_id=context.task.id,
            attempt=context.attempt,
            call=passage.call,
            result=result,
            tries=passage.tries,
            seconds=(now - passage.started) / MICROS,
            at=now,
        )


def _checked(tool: Tool, answer: object) -> Json | Fault:
    try:
        return read_output(tool, answer)
    except ToolFailed as failure:
        return Fault(failure.error, again=False, certain=False, ill=True)


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
