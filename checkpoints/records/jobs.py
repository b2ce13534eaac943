"""Accepted runs, and who may begin one."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from checkpoints.fence import FencedWriter
from graph.canonical import canonical
from graph.errors import ThreadBusy, UnknownRun
from graph.jobs import Job
from graph.values import Micros, RunId, ThreadId

OVER: Final = frozenset({"complete", "rejected", "failed"})


@dataclass(frozen=True)
class StoredJobs:
    """The `Jobs` port over the `jobs` table."""

    writer: FencedWriter

    async def accept(self, job: Job) -> None:
        """Queue a run; the same run again is a no-op. Raises `ThreadBusy` where the thread's last run is not over."""
        await self.writer.writer.submit(lambda connection: _accept(connection, job))

    async def cancel(self, run_id: RunId) -> None:
        """Ask a run to stop. Raises `UnknownRun`."""
        now = self.writer.clock.now()

        def cancel(connection: sqlite3.Connection) -> None:
            sql = "UPDATE jobs SET cancel_requested = 1, updated_at = ? WHERE run_id = ?"
            if connection.execute(sql, (now, run_id)).rowcount == 0:
                raise UnknownRun(f"no run {run_id}: `surefoot runs` lists them")

        await self.writer.writer.submit(cancel)

    async def failed_attempt(self, run_id: RunId, error: str, at: Micros) -> None:
        """Count an attempt and keep its error's line. Raises `UnknownRun`, or `Fenced` where the run went elsewhere."""

        def count(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT thread_id FROM jobs WHERE run_id = ?", (run_id,)).fetchone()
            if row is None:
                raise UnknownRun(f"no run {run_id}: `surefoot runs` lists them")
            self.writer.check(connection, ThreadId(row[0]))
            sql = "UPDATE jobs SET attempts = attempts + 1, error = ?, updated_at = ? WHERE run_id = ?"
            connection.execute(sql, (error, at, run_id))

        await self.writer.writer.submit(count)


def admit_input(connection: sqlite3.Connection, thread_id: ThreadId, *, leased: bool) -> None:
    """Let a new input begin the thread's queued run, once and under its lease; or any run where none is pending.

    Raises `ThreadBusy`: a second input would destroy what the first one's run waits for.
    """
    newest = _newest(connection, thread_id)
    if newest is None or newest[1] in OVER:
        return
    run_id, status, begun = newest
    if begun or not leased:
        raise ThreadBusy(thread_id, run_id, status)
    connection.execute("UPDATE jobs SET begun = 1, status = 'running' WHERE run_id = ?", (run_id,))


def admit_run(connection: sqlite3.Connection, thread_id: ThreadId, run_id: RunId) -> None:
    """Raise `ThreadBusy` while another run of the thread is not over.

    LangGraph runs INTAKE while its input's checkpoint is still being refused; no run may come of that.
    """
    newest = _newest(connection, thread_id)
    if newest is not None and newest[0] != run_id and newest[1] not in OVER:
        raise ThreadBusy(thread_id, newest[0], newest[1])


def _newest(connection: sqlite3.Connection, thread_id: ThreadId) -> tuple[RunId, str, bool] | None:
    sql = "SELECT run_id, status, begun FROM jobs WHERE thread_id = ? ORDER BY number DESC LIMIT 1"
    row = connection.execute(sql, (thread_id,)).fetchone()
    return None if row is None else (RunId(row[0]), row[1], bool(row[2]))


def _accept(connection: sqlite3.Connection, job: Job) -> None:
    if connection.execute("SELECT 1 FROM jobs WHERE run_id = ?", (job.run_id,)).fetchone():
        return
    newest = _newest(connection, job.thread_id)
    if newest is not None and newest[1] not in OVER:
        raise ThreadBusy(job.thread_id, newest[0], newest[1])
    connection.execute(
        "INSERT INTO jobs (run_id, thread_id, tenant, domain, status, request, context, parent_id, batch_id,"
        " due_at, due_basis, accepted_at, updated_at) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.run_id,
            job.thread_id,
            job.tenant,
            job.domain,
            canonical(job.request),
            canonical(job.context),
            job.parent_id,
            job.batch_id,
            job.due.at if job.due else None,
            job.due.basis if job.due else None,
            job.accepted_at,
            job.accepted_at,
        ),
    )
