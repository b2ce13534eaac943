"""A hardened tool as a LangChain tool: the same pipeline, for graphs and agents that are not Surefoot's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import PrivateAttr

from graph.contract import Budget, Header, Task
from graph.cut import cut
from graph.domain import Domain, Tool
from graph.errors import BadRequest, ToolFailed
from graph.ports import CallContext, Clock
from graph.toolcall import Permit, ToolCall, ToolError, ToolResult
from graph.values import Json, RunId, TaskId, ThreadId
from tools.adapt.approval import PERMIT_HINT, Leave, ask, can_ask
from tools.adapt.aside import aside
from tools.adapt.loops import Loops
from tools.pipeline import HardenedTools
from tools.plain import plain
from tools.validate import read_input


@dataclass(frozen=True)
class Way:
    """What stands behind one hardened tool."""

    tool: Tool
    domain: Domain
    pipeline: HardenedTools
    clock: Clock
    tenant: str
    loops: Loops

    async def go(self, leave: Leave, context: CallContext) -> ToolResult:
        """Make the call, unless it is refused already."""
        if leave.refused:
            return ToolResult(ok=False, error=leave.refused)
        try:
            self.loops.check(context.header.run_id, plain(leave.call), context.task.id)
        except ToolFailed as failure:
            return ToolResult(ok=False, error=failure.error)
        return await self.pipeline.call(self.domain, leave.call, context)

    def leave(self, call: ToolCall, call_id: str | None, settings: Mapping[str, Any]) -> Leave:
        """Ask a person, where policy says so and one can be asked; what is wrong anyhow goes the pipeline's way."""
        if self.domain.gate(self.tool) != "person" or not can_ask(settings) or not self._callable(call):
            return Leave(call)
        return ask(self.tool, plain(call), call_id, settings)

    def context(self, call_id: str | None, settings: Mapping[str, Any], permits: tuple[Permit, ...]) -> CallContext:
        """Whose call it is: effects are a thread's, so that no later turn repeats one. Raises `BadRequest`."""
        thread = settings.get("thread_id")
        once_a_run = self.tool.identity is not None and self.tool.identity.scope == "run"
        if thread is None and self.tool.effect != "read" and once_a_run:
            raise BadRequest(
                f"tool {self.tool.name}: its effect is made once a thread, and the call names none; "
                "give config={'configurable': {'thread_id': ...}}"
            )
        thread = str(thread or uuid4().hex)
        run = thread if self.tool.effect != "read" else str(settings.get("run_id") or thread)
        header = Header(
            run_id=RunId(run), thread_id=ThreadId(thread), tenant=self.tenant, domain=self.domain.name,
            domain_version="", budget=Budget(), started_at=self.clock.now(),
        )  # fmt: skip
        task = Task(
            id=TaskId(call_id or uuid4().hex), stage="deliver", worker=self.domain.name, tools=(self.tool.name,)
        )
        return CallContext(header, task, attempt=1, permits=permits)

    def _callable(self, call: ToolCall) -> bool:
        try:
            read_input(self.tool, plain(call).args)
        except ToolFailed:
            return False
        return self.tool.name not in self.pipeline.withdrawn(self.domain)


class HardenedTool(BaseTool):
    """A tool whose every call goes through the pipeline. Built by `tools.harden.harden`.

    It answers with the value as JSON, or with `{"error": {code, message, hint}}`: a `ToolMessage` whose status is
    `error` and whose artifact is the `ToolResult` in JSON, or its bare text where the caller gave no tool call.
    """

    _way: Way = PrivateAttr()

    def __init__(self, way: Way, schema: Json) -> None:
        fields: dict[str, Any] = {"name": way.tool.name, "description": way.tool.purpose, "args_schema": schema}
        super().__init__(**fields)
        self._way = way

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        # The pipeline validates. Arguments travel as one value, so that none can be mistaken for LangChain's own.
        return (), {"given": tool_input, "call_id": tool_call_id}

    def _run(self, given: Any, call_id: str | None, config: RunnableConfig) -> Any:
        leave, context = self._begun(given, call_id, config)
        return self._answer(aside(lambda: self._way.go(leave, context)), call_id)

    async def _arun(self, given: Any, call_id: str | None, config: RunnableConfig) -> Any:
        leave, context = self._begun(given, call_id, config)
        return self._answer(await self._way.go(leave, context), call_id)

    def _begun(self, given: Any, call_id: str | None, config: RunnableConfig) -> tuple[Leave, CallContext]:
        settings = {**config.get("metadata", {}), **config.get("configurable", {})}
        args = given if isinstance(given, dict) else {next(iter(self.args), "input"): given}
        call = ToolCall(tool=self.name, args={str(name): value for name, value in args.items()})
        leave = self._way.leave(call, call_id, settings)
        return leave, self._way.context(call_id, settings, leave.permits)

    def _answer(self, result: ToolResult, call_id: str | None) -> Any:
        text = json.dumps(_told(result, self._way.tool.shown_bytes), ensure_ascii=False, sort_keys=True)
        if call_id is None:
            return text
        return ToolMessage(
            content=text,
            name=self.name,
            tool_call_id=call_id,
            status="error" if result.error else "success",
            artifact=result.model_dump(mode="json"),
        )


def _told(result: ToolResult, most_bytes: int) -> Json:
    if result.error:
        return {"error": _error(result.error)}
    if result.pending:
        return {"pending": {"expects": result.pending.expects, "hint": "call it again later, with the same input"}}
    return cut(result.value or {}, most_bytes)


def _error(error: ToolError) -> Json:
    hint = PERMIT_HINT if error.code == "needs_approval" and "deliver task" in error.hint else error.hint
    told = {"code": error.code, "message": error.message, "hint": hint, "retry_after": error.retry_after}
    return {name: value for name, value in told.items() if value not in {None, ""}}
