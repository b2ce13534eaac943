"""A bank that pays: money that must move once, a probe that knows, and transfers that take minutes.

What happens is kept in a folder, one line a payment, so that several processes can share it.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict
from graph.contract import Budget, Plan, Task, TaskResult
from graph.domain import Domain, EffectIdentity, Policy, Tool, WorkContext, Worker
from graph.toolcall import ToolResult
from graph.toolloop import LoopBrief, LoopStep, model_worker
from graph.values import Json, TaskId
from graph.waiting import Pending, PollAnswer, ProbeAnswer
from toydomain import summarize

TIMEOUT = 2.0


class Order(BaseModel):
    """What a run is about."""

    order: str = "A1"
    words: str = ""


class Pay(BaseModel):
    """A payment; the words are prose."""

    order: str
    words: str = ""


class Paid(BaseModel):
    """The bank's receipt."""

    number: int


class AboutOrder(BaseModel):
    """What the probe is asked: fields of the payment, and its key."""

    order: str
    key: str


class AboutTransfer(BaseModel):
    """What the poll is asked."""

    correlation_key: str


class Done(BaseModel):
    """A run's outcome."""

    paid: int = 0


@dataclass(frozen=True)
class Bank:
    """The bank, over a folder; files of a mode's name make it misbehave."""

    folder: Path

    def __post_init__(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def set(self, mode: str, text: str = "") -> None:
        """Turn a mode on."""
        (self.folder / mode).write_text(text)

    def unset(self, mode: str) -> None:
        """Turn a mode off."""
        (self.folder / mode).unlink(missing_ok=True)

    def mode(self, name: str) -> str | None:
        """What a mode says, or `None` where it is off."""
        file = self.folder / name
        return file.read_text() if file.exists() else None

    def lines(self, log: str) -> list[Json]:
        """What was written to a log."""
        file = self.folder / log
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def note(self, log: str, **line: Any) -> int:
        """Write a line, whole even where processes race; returns how many there are."""
        handle = os.open(self.folder / log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, (json.dumps(line) + "\n").encode())
        os.close(handle)
        return len(self.lines(log))

    @property
    def payments(self) -> list[Json]:
        """Every payment that happened."""
        return self.lines("payments")

    def pay(self, given: Pay, key: str) -> Paid:
        """Pay. `dies_before`, `dies_after`: the process ends; `loses`: no answer, before or after it was done."""
        self.note("tries", key=key)
        if self.mode("dies_before") is not None:
            os._exit(9)
        if self.mode("loses") == "before":
            raise ConnectionResetError
        number = self.note("payments", key=key, order=given.order)
        if self.mode("dies_after") is not None:
            os._exit(9)
        if self.mode("loses") == "after":
            raise ConnectionResetError
        if (seconds := self.mode("dawdles")) is not None:
            time.sleep(float(seconds))
        return Paid(number=number)

    def probe(self, given: AboutOrder) -> ProbeAnswer:
        """What became of a payment; `fog`: nobody knows; `dark`: the probe is down."""
        self.note("probes", key=given.key, order=given.order)
        if self.mode("dark") is not None:
            raise ConnectionRefusedError
        if self.mode("fog") is not None:
            return ProbeAnswer(outcome="unknown")
        found = [number for number, paid in enumerate(self.payments, 1) if paid["key"] == given.key]
        if not found:
            return ProbeAnswer(outcome="not_done")
        return ProbeAnswer(outcome="done", result={"number": found[0]})

    def transfer(self, given: Pay, key: str) -> Paid | Pending:
        """Begin a transfer that takes its time; `terms` change what is said of the wait."""
        number = self.note("payments", key=key, order=given.order)
        if self.mode("dies_after") is not None:
            os._exit(9)
        return self._later(f"transfer-{number}")

    def report(self, given: Pay) -> Paid | Pending:
        """Ask for a statement, which takes its time; a read."""
        return self._later(f"statement-{self.note('statements', order=given.order)}")

    def _later(self, key: str) -> Pending:
        terms = json.loads(self.mode("terms") or "{}")
        return Pending(correlation_key=key, **{"expects": "the bank", "within_seconds": 3600.0, **terms})

    def poll(self, given: AboutTransfer) -> PollAnswer:
        """How a transfer stands, as the mode `arrived` says; `dark`: the poll is down."""
        self.note("polls", key=given.correlation_key)
        if self.mode("dies_polling") is not None:
            os._exit(9)
        if self.mode("dark") is not None:
            raise ConnectionRefusedError
        said = self.mode("arrived")
        if said is None:
            return PollAnswer(outcome="pending")
        if said == "failed":
            return PollAnswer(outcome="failed", message="the account is closed")
        return PollAnswer(outcome="done", result={"number": int(said)})


Kind = Literal["pay", "transfer", "report"]


def tools_of(bank: Bank, **changes: Any) -> tuple[Tool, ...]:
    """The bank's tools; `changes` are the payment's."""
    identity = EffectIdentity(("order",))
    pay: dict[str, Any] = {"effect": "write", "stakes": "money", "identity": identity, "timeout_seconds": TIMEOUT}
    return (
        Tool("pay", "Pay an order.", Pay, Paid, bank.pay, **{**pay, "probe": "payment_of", **changes}),
        Tool("payment_of", "Say what became of a payment.", AboutOrder, ProbeAnswer, bank.probe, attempts=1),
        Tool("transfer", "Transfer money, in minutes.", Pay, Paid, bank.transfer, **{**pay, **changes, "probe": None}),
        Tool("report", "Draw up a statement, in minutes.", Pay, Paid, bank.report),
        Tool("progress_of", "Say how a transfer stands.", AboutTransfer, PollAnswer, bank.poll, attempts=1),
    )


def banking(
    bank: Bank, kind: Kind = "pay", *, by_model: bool = False, tool: Json | None = None, **policy: Any
) -> Domain:
    """A domain whose one task makes one call of a kind, by a function or by a model; `tool` changes the payment."""
    tools = tools_of(bank, **(tool or {}))
    named = next(each for each in tools if each.name == kind)

    async def run(given: Pay, context: WorkContext) -> Paid:
        bank.note("entered", task=context.task.id)
        return Paid.model_validate(await context.value(kind, given))

    function = Worker("act", "Makes one call.", Pay, Paid, run, tools=(kind,))
    model = model_worker("act", "Makes one call.", Pay, Paid, (named,))
    fields: dict[str, Any] = {
        "gates": {("read", "none"): "free", ("write", "money"): "free"}, "retry_base_seconds": 0.001, **policy,
    }  # fmt: skip
    return Domain(
        name="bank",
        purpose="Moves money.",
        request=Order,
        outcome=Done,
        tools=tools,
        workers=(model if by_model else function,),
        policy=Policy(**fields),
        prompts={},
        rules={"plan": plan_once, "work:act": call_then_finish(kind), "review": passed, "summarize": summarize},
        conclude=lambda results, _effects: {"paid": sum(_paid(result) for result in results.values())},
        budget=Budget(tokens=500_000),
    )


def _paid(result: TaskResult) -> int:
    return 1 if result.status == "success" else 0


def plan_once(brief: PlanningBrief) -> Plan:
    """One task."""
    order = Order.model_validate(brief.request)
    args = {"order": order.order, "words": order.words}
    return Plan(tasks=(Task(id=TaskId("act"), worker="act", input=args),), summary="act once")


def passed(_: ReviewBrief) -> ReviewVerdict:
    """All is well."""
    return ReviewVerdict(verdict="pass")


def call_then_finish(kind: str) -> Callable[[LoopBrief], LoopStep]:
    """A model that calls once and finishes with what came back."""

    def rule(brief: LoopBrief) -> LoopStep:
        if not brief.seen:
            return LoopStep.calling(kind, **brief.input)
        return LoopStep.finishing(Paid.model_validate(brief.seen[-1].value))

    return rule


def with_rules(domain: Domain, **rules: Any) -> Domain:
    """The domain with other offline rules; `__` in a name stands for a colon."""
    return replace(domain, rules={**domain.rules, **{name.replace("__", ":"): rule for name, rule in rules.items()}})


def code(result: ToolResult) -> str | None:
    """The error's code, or `None`."""
    return result.error.code if result.error else None
