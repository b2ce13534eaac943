"""What happened: the closed union of rows, written once each, and what each of them makes of its run."""

import sqlite3
from dataclasses import dataclass
from typing import Any, Final, assert_never

from checkpoints.fence import FencedWriter
from checkpoints.lane import Operation
from checkpoints.records.calls import calls_of
from checkpoints.records.jobs import admit_run
from graph.canonical import canonical
from graph.ports import RunRef
from graph.rows import (
    Alerted,
    BreakerTurned,
    CardAnswered,
    CardOpened,
    DeadLetter,
    Moved,
    Record,
    RunEnded,
    RunParked,
    RunStarted,
    ToolCalled,
)
from graph.trail import Made
from graph.values import Micros

RE_ENTRIES: Final = frozenset({"resume", "wake"})
"""Reasons of a transition that makes a stopped run go on."""

_STARTED = """
    INSERT INTO jobs
        (run_id, thread_id, tenant, domain, status, begun, request, context, header, accepted_at, updated_at)
    VALUES (:run_id, :thread_id, :tenant, :domain, 'running', 1, :request, '{}', :header, :started_at, :now)
    ON CONFLICT (run_id) DO UPDATE SET begun = 1, header = excluded.header, updated_at = excluded.updated_at,
        status = CASE status WHEN 'queued' THEN 'running' ELSE status END
"""
_MOVED = """
    INSERT INTO transitions (run_id, tenant, sequence, source, target, reason, at, worked)
    VALUES (:run_id, :tenant, :sequence, :source, :target, :reason, :at, :worked)
    ON CONFLICT (run_id, sequence) DO NOTHING
"""
_PARKED = """
    UPDATE jobs SET status = 'parked', wake_at = ?, updated_at = ?
    WHERE run_id = ? AND status NOT IN ('complete', 'rejected', 'failed')
"""
_CARD = """
    INSERT INTO escalations (id, run_id, thread_id, tenant, kind, status, card, deadline, opened_at)
    VALUES (:id, :run_id, :thread_id, :tenant, :kind, 'open', :card, :deadline, :at) ON CONFLICT (id) DO NOTHING
"""
_TOOL = """
    INSERT INTO tool_calls
        (id, run_id, tenant, task_id, attempt, tool, args, ok, code, result, tries, seconds, waited, at)
    VALUES
        (:id, :run_id, :tenant, :task_id, :attempt, :tool, :args, :ok, :code, :result, :tries, :seconds, :waited, :at)
    ON CONFLICT (id) DO NOTHING
"""
_BREAKER = """
    INSERT INTO breakers (domain, tool, state, until, reason, run_id, tenant, at)
    VALUES (:domain, :tool, :state, :until, :reason, :run_id, :tenant, :at) ON CONFLICT (domain, tool, at) DO NOTHING
"""
_LETTER = """
    INSERT INTO dead_letters (run_id, tenant, state, cause, error, checkpoint_id, attempts, at)
    VALUES (:run_id, :tenant, :state, :cause, :error, :checkpoint_id, :attempts, :at)
    ON CONFLICT (run_id, cause) DO UPDATE SET state = excluded.state, error = excluded.error,
        checkpoint_id = excluded.checkpoint_id, attempts = excluded.attempts, at = excluded.at, resolved = 0
    WHERE resolved = 1
"""
_ALERT = """
    INSERT INTO alerts (run_id, kind, tenant, message, at) VALUES (:run_id, :kind, :tenant, :message, :at)
    ON CONFLICT (run_id, kind) DO NOTHING
"""
_AS_THEY_ARE: Final = {DeadLetter: _LETTER, Alerted: _ALERT, BreakerTurned: _BREAKER}


@dataclass(frozen=True)
class StoredRecords:
    """The `Records` port."""

    writer: FencedWriter

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """Write rows in one transaction; a row delivered twice counts once.

        Returns whether the run's cancellation was requested. Raises `Fenced`.
        """
        return await self.writer.submit(run.thread_id, self._written(run, rows))

    def queue(self, run: RunRef, *rows: Record) -> None:
        """Write rows with the thread's next awaited write, in the order of their coming; see `FencedWriter.queue`."""
        self.writer.queue(run.thread_id, self._written(run, rows))

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """Every hardened call of the run; read where rows are written, so that those queued are among them."""
        return await self.writer.writer.submit(lambda connection: calls_of(connection, run.run_id))

    def _written(self, run: RunRef, rows: tuple[Record, ...]) -> Operation[bool]:
        now = self.writer.clock.now()

        def write(connection: sqlite3.Connection) -> bool:
            page = _Page(connection, run, now)
            for row in rows:
                page.write(row)
            return page.cancelled()

        return write


@dataclass(frozen=True)
class _Page:
    connection: sqlite3.Connection
    run: RunRef
    now: Micros

    def write(self, row: Record) -> None:
        match row:
            case RunStarted():
                self._started(row)
            case Moved():
                self._moved(row)
            case RunParked():
                self._execute(_PARKED, (row.wake_at, self.now, self.run.run_id))
            case RunEnded():
                self._ended(row)
            case CardOpened():
                self._opened(row)
            case CardAnswered():
                self._answered(row)
            case ToolCalled():
                self._called(row)
            case DeadLetter() | Alerted() | BreakerTurned():
                self._execute(_AS_THEY_ARE[type(row)], self._named(row.model_dump()))
            case _:
                assert_never(row)

    def cancelled(self) -> bool:
        found = self.connection.execute("SELECT cancel_requested FROM jobs WHERE run_id = ?", (self.run.run_id,))
        row = found.fetchone()
        return row is not None and bool(row[0])

    def _started(self, row: RunStarted) -> None:
        admit_run(self.connection, self.run.thread_id, self.run.run_id)
        header = row.header
        given = {"domain": header.domain, "started_at": header.started_at, "request": canonical(row.request)}
        self._execute(_STARTED, self._named(given | {"header": header.model_dump_json()}))

    def _moved(self, row: Moved) -> None:
        """Progress clears the last error; a re-entry also clears what made the run stop."""
        if not self._execute(_MOVED, self._named(row.transition.model_dump())):
            return
        self._job("state = ?, error = NULL", row.transition.target)
        if row.transition.reason in RE_ENTRIES:
            self._job("status = 'running', outcome = NULL, wake_at = NULL, resume_at = NULL")
            self._execute("UPDATE dead_letters SET resolved = 1 WHERE run_id = ?", (self.run.run_id,))
        if row.transition.reason == "resume":
            self._job("attempts = 0")

    def _ended(self, row: RunEnded) -> None:
        """Nobody can answer the cards of a run that is over."""
        outcome = row.outcome
        given = (outcome.status, outcome.model_dump_json(), row.resume_at)
        self._job("status = ?, outcome = ?, resume_at = ?, wake_at = NULL", *given)
        sql = "UPDATE escalations SET status = 'closed', closed_at = ? WHERE run_id = ? AND status != 'closed'"
        self._execute(sql, (row.at, self.run.run_id))

    def _opened(self, row: CardOpened) -> None:
        """The node that asks runs again from its top when it is answered, so only an open card makes a run wait."""
        card = row.card
        given = {"id": card.id, "kind": card.kind, "deadline": card.deadline, "at": row.at}
        self._execute(_CARD, self._named(given | {"card": card.model_dump_json()}))
        sql = "SELECT 1 FROM escalations WHERE id = ? AND status = 'open'"
        if self.connection.execute(sql, (card.id,)).fetchone():
            self._job("status = 'waiting'")

    def _answered(self, row: CardAnswered) -> None:
        sql = (
            "UPDATE escalations SET status = 'closed', answer = ?, closed_at = ?, decided_at = coalesce(decided_at, ?)"
            " WHERE id = ? AND status != 'closed'"
        )
        if self._execute(sql, (row.answer.model_dump_json(), row.at, row.at, row.answer.escalation_id)):
            self._job("status = 'running'")

    def _called(self, row: ToolCalled) -> None:
        error = row.result.error
        given = {
            "tool": row.call.tool,
            "args": canonical(row.call.args),
            "ok": row.result.ok,
            "code": error.code if error else None,
            "result": row.result.model_dump_json(),
        }
        self._execute(_TOOL, self._named(row.model_dump(exclude={"call", "result"}) | given))

    def _job(self, change: str, *given: object) -> None:
        sql = f"UPDATE jobs SET {change}, updated_at = ? WHERE run_id = ?"  # noqa: S608 our own words
        self._execute(sql, (*given, self.now, self.run.run_id))

    def _named(self, given: dict[str, Any]) -> dict[str, Any]:
        return given | self.run.model_dump() | {"now": self.now}

    def _execute(self, sql: str, given: dict[str, Any] | tuple[Any, ...]) -> int:
        return self.connection.execute(sql, given).rowcount
