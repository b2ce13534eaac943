"""A domain of small tools, and a way to call them through the pipeline, for tests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from fakes import NOON, FakeClock, MemoryEffects, MemoryRecords
from graph.contract import Budget, Header, Stage, Task
from graph.domain import Domain, Effect, EffectIdentity, Gate, Policy, Stakes, Tool, Worker
from graph.ports import CallContext
from graph.toolcall import Permit, ToolCall, ToolError, ToolResult
from graph.values import Json, RunId, TaskId, ThreadId
from tools.pipeline import HardenedTools


class Ask(BaseModel):
    """An input with a required field, a default and a limit."""

    model_config = ConfigDict(extra="forbid")
    order: str
    amount: int = Field(default=1, ge=0)


class Said(BaseModel):
    """An output."""

    text: str


Function = Callable[..., Any]


def yes(ask: Ask, key: str = "") -> Said:
    """The simplest tool function there is."""
    return Said(text=f"{ask.order} {ask.amount}")


def tool(function: Function = yes, **changed: Any) -> Tool:
    """A read tool, but for what is changed."""
    given: dict[str, Any] = {
        "name": "act", "purpose": "for tests", "input": Ask, "output": Said, "call": function,
        "timeout_seconds": 5.0, "identity": EffectIdentity(fields=("order",)), **changed,
    }  # fmt: skip
    return Tool(**given)


def effect(function: Function = yes, **changed: Any) -> Tool:
    """A write tool whose backend honours keys, but for what is changed."""
    given: dict[str, Any] = {"effect": "write", "honours_keys": True, **changed}
    return tool(function, **given)


async def no_work(_args: Any, _context: Any) -> BaseModel:
    """A worker's body that no test here runs."""
    return Said(text="")


def domain(*tools: Tool, gate: Gate = "free", max_repeats: int = 100) -> Domain:
    """A domain of one worker that may use all the tools, all behind one gate."""
    effects: tuple[Effect, ...] = ("read", "write", "irreversible")
    stakes: tuple[Stakes, ...] = ("none", "money", "customer", "compliance")
    names = tuple(each.name for each in tools)
    return Domain(
        name="test",
        purpose="for tests",
        request=Ask,
        outcome=Said,
        tools=tools,
        workers=(Worker("hand", "for tests", Ask, Said, no_work, tools=names),),
        policy=Policy(gates={(one, two): gate for one in effects for two in stakes}, max_repeats=max_repeats),
        prompts={},
        rules={},
    )


def context(
    task: str = "1/t",
    *,
    run: str = "run-1",
    tenant: str = "acme",
    attempt: int = 1,
    stage: Stage = "deliver",
    tools: tuple[str, ...] = (),
    worker: str = "hand",
    permits: tuple[Permit, ...] = (),
) -> CallContext:
    """For whom a tool is called."""
    header = Header(
        run_id=RunId(run), thread_id=ThreadId("thread"), tenant=tenant, domain="test", domain_version="1",
        budget=Budget(), started_at=NOON,
    )  # fmt: skip
    return CallContext(header, Task(id=TaskId(task), stage=stage, worker=worker, tools=tools), attempt, permits)


@dataclass
class Bench:
    """The pipeline over fakes."""

    clock: FakeClock = field(default_factory=FakeClock)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    effects: MemoryEffects = field(default_factory=MemoryEffects)
    holder: str = "process-1"

    def __post_init__(self) -> None:
        self.tools = HardenedTools(self.effects, self.records, self.clock, self.holder)

    async def call(
        self, used: Tool | Domain, args: Json | None = None, *, by: CallContext | None = None, name: str = "act"
    ) -> ToolResult:
        """One call of the tool, or of the domain's tool of that name; it must end within real seconds."""
        where = used if isinstance(used, Domain) else domain(used)
        call = ToolCall(tool=name, args={"order": "A1"} if args is None else args)
        return await asyncio.wait_for(self.tools.call(where, call, by or context()), timeout=20)

    async def error(self, used: Tool | Domain, args: Json | None = None, **more: Any) -> ToolError:
        """The error of a call that must fail."""
        result = await self.call(used, args, **more)
        assert not result.ok
        assert result.value is None
        assert result.error is not None
        return result.error


class Flaky:
    """A tool function that raises what it is given, in order, and then answers; it remembers keys."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.keys: list[str] = []
        self.calls = 0

    def __call__(self, ask: Ask, key: str = "") -> Said:
        """Raise the next error, or answer."""
        self.calls += 1
        self.keys.append(key)
        if self.errors:
            raise self.errors.pop(0)
        return yes(ask)
