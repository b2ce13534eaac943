"""The budget ledger: reserve before a call, settle after it, charge in full what nobody settled."""

import sqlite3
from dataclasses import dataclass

from checkpoints.fence import FencedWriter
from checkpoints.lane import Lane
from graph.contract import Spend
from graph.ports import Reservation, RunRef, Usage
from graph.values import ThreadId

_SPENT = """
    SELECT coalesce(sum(tokens), 0), coalesce(sum(usd_micros), 0), count(*), coalesce(sum(seconds), 0.0)
    FROM reservations WHERE run_id = ? AND status != 'refused'
"""
_RESERVE = """
    INSERT INTO reservations (id, run_id, thread_id, tenant, role, status, fence, tokens, usd_micros, at)
    VALUES (
        :id, :run_id, :thread_id, :tenant, :role, :status,
        coalesce((SELECT fence FROM leases WHERE thread_id = :thread_id), 0), :tokens, :usd_micros, :at
    )
"""
_SETTLE = """
    UPDATE reservations SET status = 'settled', tokens = ?, usd_micros = ?, seconds = ?
    WHERE id = ? AND status = 'open'
"""
_CALL = """
    INSERT INTO model_calls (
        id, run_id, tenant, state, task_id, role, tier, model, prompt_version, prompt_tokens, completion_tokens,
        cached_tokens, usd_micros, seconds, attempt, outcome, charged, at
    )
    VALUES (
        :id, :run_id, :tenant, :state, :task_id, :role, :tier, :model, :prompt_version, :prompt_tokens,
        :completion_tokens, :cached_tokens, :usd_micros, :seconds, :attempt, :outcome, :charged, :at
    )
    ON CONFLICT (id) DO NOTHING
"""
_ABANDON = """
    UPDATE reservations SET status = 'unknown'
    WHERE thread_id = ? AND status = 'open' AND fence < ?
"""


@dataclass(frozen=True)
class StoredLedger:
    """The `Ledger` port. A run's spend is the sum of its reservations; a refused one counts nothing."""

    writer: FencedWriter
    reader: Lane

    async def reserve(
        self,
        run: RunRef,
        budget_tokens: int | None,
        budget_micros: int | None,
        budget_calls: int | None,
        reservation: Reservation,
    ) -> bool:
        """Whether it fits; the same reservation again gets the same answer. Raises `Fenced`."""
        limits = (budget_tokens, budget_micros, budget_calls)
        now = self.writer.clock.now()

        def reserve(connection: sqlite3.Connection) -> bool:
            known = connection.execute("SELECT status FROM reservations WHERE id = ?", (reservation.id,)).fetchone()
            if known is not None:
                return bool(known[0] != "refused")
            fits = _fits(connection, run, limits, reservation)
            status = "open" if fits else "refused"
            connection.execute(_RESERVE, run.model_dump() | reservation.model_dump() | {"status": status, "at": now})
            return fits

        return await self.writer.submit(run.thread_id, reserve)

    async def settle(self, run: RunRef, reservation_id: str, usage: Usage) -> None:
        """Replace a reservation by what was used; idempotent.

        No fence is asked: one that was abandoned meanwhile stays charged in full, and the usage is kept as evidence.
        """
        await self.writer.writer.submit(lambda connection: _settle(connection, run, reservation_id, usage))

    async def spent(self, run: RunRef) -> Spend:
        """Settled, open and abandoned spend of the run."""
        return await self.reader.submit(lambda connection: _spent(connection, run))


def charge_abandoned(connection: sqlite3.Connection, thread_id: ThreadId, fence: int) -> None:
    """Mark what older leases left open: the provider may have billed it, so it stays charged in full."""
    connection.execute(_ABANDON, (thread_id, fence))


def _fits(
    connection: sqlite3.Connection, run: RunRef, limits: tuple[int | None, ...], reservation: Reservation
) -> bool:
    tokens, micros, calls, _ = connection.execute(_SPENT, (run.run_id,)).fetchone()
    wanted = (tokens + reservation.tokens, micros + reservation.usd_micros, calls + 1)
    return all(limit is None or want <= limit for want, limit in zip(wanted, limits, strict=True))


def _settle(connection: sqlite3.Connection, run: RunRef, reservation_id: str, usage: Usage) -> None:
    used = (usage.prompt_tokens + usage.completion_tokens, usage.usd_micros, usage.seconds, reservation_id)
    charged = connection.execute(_SETTLE, used).rowcount
    ours = {"id": reservation_id, "run_id": run.run_id, "tenant": run.tenant, "charged": charged}
    connection.execute(_CALL, usage.model_dump() | ours)


def _spent(connection: sqlite3.Connection, run: RunRef) -> Spend:
    tokens, micros, calls, seconds = connection.execute(_SPENT, (run.run_id,)).fetchone()
    sql = "SELECT count(*) FROM reservations WHERE run_id = ? AND status = 'refused'"
    (refused,) = connection.execute(sql, (run.run_id,)).fetchone()
    return Spend(tokens=tokens, usd_micros=micros, calls=calls, seconds=seconds, refused=refused)
