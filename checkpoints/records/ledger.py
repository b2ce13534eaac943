"""The budget ledger: reserve before a call, settle after it, charge in full what nobody settled."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from checkpoints.fence import FencedWriter
from checkpoints.lane import Lane
from checkpoints.records.parts import by_role, seconds_worked
from checkpoints.records.spending import Purse, add, of_run, within
from graph.charges import Grant, Limits, Reservation, Usage
from graph.contract import Spend
from graph.granting import grant
from graph.ports import RunRef
from graph.values import Micros, ThreadId

_RESERVE = """
    INSERT INTO reservations (
        id, run_id, thread_id, tenant, role, status, fence, tokens, usd_micros, at, answer_tokens, reason, domain,
        state, task_id, tier, model, endpoint, hop, prompt_version, attempt
    )
    VALUES (
        :id, :run_id, :thread_id, :tenant, :role, :status,
        coalesce((SELECT fence FROM leases WHERE thread_id = :thread_id), 0), :tokens, :usd_micros, :at,
        :answer_tokens, :reason, :domain, :state, :task_id, :tier, :model, :endpoint, :hop, :prompt_version, :attempt
    )
"""
_KNOWN = "SELECT status, tokens, usd_micros, answer_tokens, reason, at, domain FROM reservations WHERE id = ?"
_SETTLE = (
    "UPDATE reservations SET status = 'settled', tokens = ?, usd_micros = ?, seconds = ?, overrun = ? WHERE id = ?"
)
_CALL = """
    INSERT INTO model_calls (
        id, run_id, tenant, domain, state, task_id, role, tier, model, endpoint, hop, prompt_version, prompt_tokens,
        completion_tokens, cached_tokens, counted, estimated, usd_micros, priced, seconds, attempt, tries, repair,
        outcome, error, charged, at
    )
    VALUES (
        :id, :run_id, :tenant, :domain, :state, :task_id, :role, :tier, :model, :endpoint, :hop, :prompt_version,
        :prompt_tokens, :completion_tokens, :cached_tokens, :counted, :estimated, :usd_micros, :priced, :seconds,
        :attempt, :tries, :repair, :outcome, :error, :charged, :at
    )
    ON CONFLICT (id) DO UPDATE SET
        prompt_tokens = excluded.prompt_tokens, completion_tokens = excluded.completion_tokens,
        cached_tokens = excluded.cached_tokens, counted = excluded.counted, estimated = excluded.estimated,
        usd_micros = excluded.usd_micros, priced = excluded.priced, seconds = excluded.seconds,
        tries = excluded.tries, repair = excluded.repair, outcome = excluded.outcome, error = excluded.error,
        charged = 0
    WHERE model_calls.outcome = 'unknown' AND model_calls.error = 'died'
"""
_ABANDONED_CALLS = """
    INSERT INTO model_calls (
        id, run_id, tenant, domain, state, task_id, role, tier, model, endpoint, hop, prompt_version, prompt_tokens,
        completion_tokens, cached_tokens, usd_micros, seconds, attempt, outcome, error, estimated, charged, at
    )
    SELECT id, run_id, tenant, domain, state, task_id, role, tier, model, endpoint, hop, prompt_version,
        tokens - answer_tokens, answer_tokens, 0, usd_micros, 0, attempt, 'unknown', 'died', 1, 1, at
    FROM reservations WHERE thread_id = :thread AND status = 'open' AND fence < :fence
    ON CONFLICT (id) DO NOTHING
"""
_ABANDON = "UPDATE reservations SET status = 'unknown' WHERE thread_id = :thread AND status = 'open' AND fence < :fence"
_REFUSAL = "SELECT reason FROM reservations WHERE run_id = ? AND status = 'refused' ORDER BY rowid DESC LIMIT 1"
_REPORTED = """
    SELECT 1.0 * prompt_tokens / counted FROM model_calls
    WHERE endpoint = ? AND model = ? AND counted > 0 AND NOT estimated AND prompt_tokens > 0
    ORDER BY rowid DESC LIMIT ?
"""


@dataclass(frozen=True)
class StoredLedger:
    """The `Ledger` port. What a run and its day have spent is kept beside the reservations, in `spending`."""

    writer: FencedWriter
    reader: Lane

    async def reserve(self, run: RunRef, limits: Limits, reservation: Reservation) -> Grant:
        """The grant; the same reservation again gets the same answer. Raises `Fenced`."""
        now = self.writer.clock.now()
        return await self.writer.submit(run.thread_id, lambda books: _reserve(books, run, limits, reservation, now))

    async def settle(self, run: RunRef, reservation_id: str, usage: Usage) -> None:
        """Replace a reservation by what was used; idempotent.

        No fence is asked: one that was abandoned meanwhile stays charged in full, and the usage is kept as evidence.
        """
        await self.writer.writer.submit(lambda connection: _settle(connection, run, reservation_id, usage))

    async def spent(self, run: RunRef) -> Spend:
        """Settled, open and abandoned spend of the run."""

        def read(connection: sqlite3.Connection) -> Spend:
            spend = of_run(connection, run.run_id).spend
            row = connection.execute(_REFUSAL, (run.run_id,)).fetchone() if spend.refused else None
            told = {"refusal": row[0]} if row else {}
            return spend.model_copy(update={**told, "worked": seconds_worked(connection, run.run_id)})

        return await self.reader.submit(read)

    async def spent_by_role(self, run: RunRef) -> dict[str, Spend]:
        """The same spend, split by what it was for."""
        return await self.reader.submit(lambda connection: by_role(connection, run.run_id))

    async def reported(self, endpoint: str, model: str, most: int) -> tuple[float, ...]:
        """Reported prompt tokens by our own count, of the last calls that reported any."""
        given = (endpoint, model, most)
        return await self.reader.submit(
            lambda connection: tuple(row[0] for row in connection.execute(_REPORTED, given))
        )


def charge_abandoned(connection: sqlite3.Connection, thread_id: ThreadId, fence: int) -> None:
    """Mark what older leases left open: the provider may have billed it, so it stays charged in full."""
    given = {"thread": thread_id, "fence": fence}
    connection.execute(_ABANDONED_CALLS, given)
    connection.execute(_ABANDON, given)


def _reserve(
    connection: sqlite3.Connection, run: RunRef, limits: Limits, reservation: Reservation, now: Micros
) -> Grant:
    if (known := connection.execute(_KNOWN, (reservation.id,)).fetchone()) is not None:
        status, tokens, micros, answer, reason, *_ = known
        refused = reason if status == "refused" else ""
        return Grant(tokens=tokens, usd_micros=micros, answer_tokens=answer, refused=refused)
    purse = of_run(connection, run.run_id)
    pools = tuple(within(connection, pool) for pool in limits.pools)
    found = grant(reservation, limits, purse.spend, pools, closed=purse.closed_for(limits.forgiven))
    row = run.model_dump() | reservation.model_dump() | {"at": now}
    if found.refused:
        connection.execute(_RESERVE, row | {"status": "refused", "reason": found.refused})
        add(connection, run, "", now, Purse(refused=1))
        return found
    granted = {"tokens": found.tokens, "usd_micros": found.usd_micros, "answer_tokens": found.answer_tokens}
    connection.execute(_RESERVE, row | granted | {"status": "open", "reason": ""})
    add(connection, run, reservation.domain, now, Purse(found.tokens, found.usd_micros, calls=1))
    return found


def _settle(connection: sqlite3.Connection, run: RunRef, reservation_id: str, usage: Usage) -> None:
    known = connection.execute(_KNOWN, (reservation_id,)).fetchone()
    if known is not None and known[0] == "refused":
        return
    charged = known is not None and known[0] == "open"
    if charged:
        _charge(connection, run, reservation_id, usage, known)
    ours: dict[str, Any] = {"id": reservation_id, "run_id": run.run_id, "tenant": run.tenant, "charged": charged}
    connection.execute(_CALL, usage.model_dump() | ours)


def _charge(
    connection: sqlite3.Connection, run: RunRef, reservation_id: str, usage: Usage, known: tuple[Any, ...]
) -> None:
    _, tokens, micros, _, _, at, domain = known
    used = usage.prompt_tokens + usage.completion_tokens
    overrun = max(0, used - tokens)
    connection.execute(_SETTLE, (used, usage.usd_micros, usage.seconds, overrun, reservation_id))
    more = Purse(used - tokens, usage.usd_micros - micros, seconds=usage.seconds)
    if overrun or usage.usd_micros > micros:
        more = more.overrunning()
    add(connection, run, domain, at, more)
