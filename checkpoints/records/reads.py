"""What can be asked of the history."""

import json
from dataclasses import dataclass
from typing import Any

from checkpoints.lane import T
from checkpoints.records.calls import tool_called
from checkpoints.records.costs import StoredCosts
from graph.contract import Outcome, RunStatus, Transition
from graph.escalation import Answer, Escalation
from graph.jobs import CardView, DeadLetterView, Due, Job, RunView
from graph.rows import DeadLetter, ToolCalled
from graph.values import Micros, RunId, ThreadId

_RUNS = """
    SELECT * FROM (
        SELECT jobs.*, CASE WHEN status = 'running' AND begun AND NOT EXISTS (
            SELECT 1 FROM leases WHERE leases.thread_id = jobs.thread_id AND expires_at > :now
        ) THEN 'interrupted' ELSE status END AS shown FROM jobs
    )
"""


@dataclass(frozen=True)
class StoredReads(StoredCosts):
    """The `Reads` port, on a connection that cannot write."""

    async def run(self, run_id: RunId) -> RunView | None:
        """One run. A running one whose lease is over reads as `interrupted`."""
        return _only(await self._runs("WHERE run_id = :run_id", run_id=run_id))

    async def last_run(self, thread_id: ThreadId) -> RunView | None:
        """The newest run of a thread."""
        return _only(await self._runs("WHERE thread_id = :id ORDER BY number DESC LIMIT 1", id=thread_id))

    async def runs(
        self, *, status: RunStatus | None = None, domain: str | None = None, limit: int = 50
    ) -> list[RunView]:
        """Newest first."""
        where = "WHERE (:status IS NULL OR shown = :status) AND (:domain IS NULL OR domain = :domain)"
        rest = f"{where} ORDER BY number DESC LIMIT :limit"
        return await self._runs(rest, status=status, domain=domain, limit=limit)

    async def due(self, now: Micros) -> list[RunView]:
        """Parked runs whose time has come, the longest due first."""
        return await self._runs("WHERE status = 'parked' AND wake_at <= :due ORDER BY wake_at, number", due=now)

    async def timeline(self, run_id: RunId) -> list[Transition]:
        """Every transition, in order."""
        sql = (
            "SELECT sequence, source, target, reason, at, worked FROM transitions WHERE run_id = :id ORDER BY sequence"
        )
        return await self._all(sql, lambda row: Transition(**row), id=run_id)

    async def tool_calls(self, run_id: RunId) -> list[ToolCalled]:
        """Every hardened call, in order."""
        return await self._all("SELECT * FROM tool_calls WHERE run_id = :id ORDER BY at, rowid", tool_called, id=run_id)

    async def cards(self, *, run_id: RunId | None = None, only_open: bool = True) -> list[CardView]:
        """Escalations, the earliest deadline first."""
        sql = (
            "SELECT * FROM escalations WHERE (:run_id IS NULL OR run_id = :run_id)"
            " AND (NOT :only_open OR status = 'open') ORDER BY deadline, id"
        )
        return await self._all(sql, _card, run_id=run_id, only_open=only_open)

    async def card(self, escalation_id: str) -> CardView | None:
        """One escalation."""
        return _only(await self._all("SELECT * FROM escalations WHERE id = :id", _card, id=escalation_id))

    async def overdue(self, now: Micros) -> list[CardView]:
        """Open cards whose deadline has passed, the longest overdue first."""
        sql = "SELECT * FROM escalations WHERE status = 'open' AND deadline <= :due ORDER BY deadline, id"
        return await self._all(sql, _card, due=now)

    async def dead_letters(self) -> list[DeadLetterView]:
        """Newest first."""
        return await self._all("SELECT * FROM dead_letters ORDER BY at DESC, run_id", _letter)

    async def _runs(self, rest: str, **given: Any) -> list[RunView]:
        return await self._all(f"{_RUNS} {rest}", _run, now=self.clock.now(), **given)


def _only(found: list[T]) -> T | None:
    return found[0] if found else None


def _run(row: dict[str, Any]) -> RunView:
    return RunView(
        job=_job(row),
        status=row["shown"],
        state=row["state"],
        wake_at=row["wake_at"],
        resume_at=row["resume_at"],
        outcome=Outcome.model_validate_json(row["outcome"]) if row["outcome"] else None,
        error=row["error"],
        attempts=row["attempts"],
        cancel_requested=bool(row["cancel_requested"]),
        updated_at=row["updated_at"],
    )


def _job(row: dict[str, Any]) -> Job:
    same = ("run_id", "thread_id", "tenant", "domain", "accepted_at", "parent_id", "batch_id")
    return Job(
        **{name: row[name] for name in same},
        request=json.loads(row["request"]),
        context=json.loads(row["context"]),
        due=None if row["due_at"] is None else Due(at=row["due_at"], basis=row["due_basis"]),
    )


def _card(row: dict[str, Any]) -> CardView:
    return CardView(
        card=Escalation.model_validate_json(row["card"]),
        thread_id=row["thread_id"],
        tenant=row["tenant"],
        status=row["status"],
        answer=Answer.model_validate_json(row["answer"]) if row["answer"] else None,
        opened_at=row["opened_at"],
    )


def _letter(row: dict[str, Any]) -> DeadLetterView:
    letter = DeadLetter(**{name: row[name] for name in DeadLetter.model_fields})
    return DeadLetterView(run_id=row["run_id"], tenant=row["tenant"], letter=letter, resolved=bool(row["resolved"]))
