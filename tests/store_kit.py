"""What the storage tests share: builders of contract values, and the stores that the same tests run against."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Final

from checkpoints.store import Store
from fakes import NOON, FakeClock
from graph.charges import Reservation, Usage
from graph.contract import Budget, Header, Outcome, Transition
from graph.escalation import Answer, Escalation, Option
from graph.jobs import Job
from graph.ports import RunRef
from graph.rows import ToolCalled
from graph.toolcall import ToolCall, ToolResult
from graph.values import Micros, RunId, TaskId, ThreadId

THREAD: Final = ThreadId("thread-1")
RUN: Final = RunId("run-1")
REF: Final = RunRef(run_id=RUN, thread_id=THREAD, tenant="acme")
REFUND: Final = ToolCall(tool="issue_refund", args={"order": "o1", "cents": 500})


@asynccontextmanager
async def _sqlite(folder: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with Store.open(folder / "surefoot.db", clock=clock) as store:
        yield store


BACKENDS: Final[dict[str, Callable[[Path, FakeClock], AbstractAsyncContextManager[Store]]]] = {"sqlite": _sqlite}
"""Every store that must keep the ports' contracts; a new one is one line here."""


def header(ref: RunRef = REF) -> Header:
    """A run's frozen header."""
    return Header(
        run_id=ref.run_id,
        thread_id=ref.thread_id,
        tenant=ref.tenant,
        domain="support",
        domain_version="v1",
        budget=Budget(seconds=600.0),
        started_at=NOON,
    )


def job(ref: RunRef = REF) -> Job:
    """An accepted run with choices of its caller."""
    return Job(
        run_id=ref.run_id,
        thread_id=ref.thread_id,
        tenant=ref.tenant,
        domain="support",
        request={"message": "where is my order?"},
        context={"domain": "support", "tenant": ref.tenant},
        accepted_at=NOON,
    )


def step(sequence: int, target: str, reason: str = "next") -> Transition:
    """One transition."""
    return Transition(sequence=sequence, source="planning", target=target, reason=reason, at=Micros(NOON + sequence))


def outcome(status: str = "complete") -> Outcome:
    """How a run ended."""
    return Outcome.model_validate({"status": status, "cause": "done", "message": "Done."})


def card(number: int = 1, ref: RunRef = REF) -> Escalation:
    """A card that is due an hour after noon."""
    option = Option(id="decline", label="Decline", expected_impact="Nothing is paid.", leads_to="planning")
    return Escalation(
        id=f"{ref.run_id}:{number}",
        run_id=ref.run_id,
        kind="effect_approval",
        attempted="A refund of $5.",
        decision_needed="Pay it?",
        options=(option,),
        recommended="decline",
        default_option="decline",
        deadline=Micros(NOON + 3_600_000_000),
    )


def answer(number: int = 1, option: str = "decline", ref: RunRef = REF) -> Answer:
    """A person's answer to that card."""
    return Answer(escalation_id=f"{ref.run_id}:{number}", option=option, actor="ann")


def called(name: str) -> ToolCalled:
    """One hardened call of a read tool."""
    result = ToolResult(ok=True, value={"found": name})
    return ToolCalled(
        id=name, task_id=TaskId("1/t"), attempt=1, call=ToolCall(tool="look_up", args={}), result=result, tries=1,
        seconds=0.1, at=NOON,
    )  # fmt: skip


def reservation(name: str, tokens: int = 10, usd_micros: int = 100) -> Reservation:
    """What a call may cost."""
    return Reservation(id=name, role="work", tokens=tokens, usd_micros=usd_micros)


def usage(prompt: int = 4, completion: int = 3, usd_micros: int = 70) -> Usage:
    """What a call did cost."""
    return Usage(
        state="executing",
        task_id=None,
        role="work",
        tier="small",
        model="offline",
        prompt_version="v1",
        prompt_tokens=prompt,
        completion_tokens=completion,
        usd_micros=usd_micros,
        seconds=0.5,
        attempt=1,
        outcome="ok",
        at=NOON,
    )


def taken_over(path: Path, thread_id: ThreadId = THREAD) -> None:
    """What a claim by another process does to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "UPDATE leases SET fence = fence + 1, holder = 'another process', expires_at = expires_at + 60000000"
            " WHERE thread_id = ?",
            (thread_id,),
        )


def table_rows(path: Path, table: str) -> list[tuple[object, ...]]:
    """All of a table."""
    return rows(path, f"SELECT * FROM {table}")  # noqa: S608 a table's name, from a test


def rows(path: Path, sql: str, *given: object) -> list[tuple[object, ...]]:
    """What the file says, read past the store."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, given).fetchall()
