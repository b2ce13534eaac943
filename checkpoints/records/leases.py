"""Fenced leases, one a thread."""

import sqlite3
from dataclasses import dataclass

from checkpoints.fence import FencedWriter
from checkpoints.records.ledger import charge_abandoned
from graph.jobs import Lease
from graph.values import Micros, ThreadId

_MICROS = 1_000_000

_CLAIM = """
    INSERT INTO leases (thread_id, tenant, holder, fence, expires_at)
    VALUES (
        :thread,
        coalesce((SELECT tenant FROM jobs WHERE thread_id = :thread ORDER BY number DESC LIMIT 1), 'default'),
        :holder, 1, :until
    )
    ON CONFLICT (thread_id) DO UPDATE
        SET tenant = excluded.tenant, holder = excluded.holder, fence = fence + 1, expires_at = excluded.expires_at
        WHERE expires_at <= :now OR holder = excluded.holder
    RETURNING fence
"""


@dataclass(frozen=True)
class StoredLeases:
    """The `Leases` port. A released lease keeps its row, so that fences only ever rise."""

    writer: FencedWriter

    async def claim(self, thread_id: ThreadId, holder: str, ttl_seconds: float) -> Lease | None:
        """The lease, its fence raised, and calls that an older one left open charged in full; or `None`.

        A holder that claims again takes over from itself.
        """
        now, until = self._span(ttl_seconds)

        def claim(connection: sqlite3.Connection) -> Lease | None:
            given = {"thread": thread_id, "holder": holder, "until": until, "now": now}
            row = connection.execute(_CLAIM, given).fetchone()
            if row is None:
                return None
            charge_abandoned(connection, thread_id, row[0])
            self.writer.writer.lost.pop(thread_id, None)  # of an earlier drive, which is over
            return Lease(thread_id=thread_id, holder=holder, fence=row[0])

        lease = await self.writer.writer.submit(claim)
        if lease is not None:
            self.writer.writer.held[thread_id] = lease
        return lease

    async def renew(self, lease: Lease, ttl_seconds: float) -> bool:
        """Whether the lease was still ours. If not, it stays held, so that its zombie is refused."""
        _, until = self._span(ttl_seconds)
        sql = "UPDATE leases SET expires_at = ? WHERE thread_id = ? AND fence = ? AND holder = ?"
        given = (until, lease.thread_id, lease.fence, lease.holder)
        return await self.writer.writer.submit(lambda connection: connection.execute(sql, given).rowcount == 1)

    async def release(self, lease: Lease) -> None:
        """Give it up; a no-op where it was taken over."""
        sql = "UPDATE leases SET expires_at = 0, holder = '' WHERE thread_id = ? AND fence = ? AND holder = ?"
        given = (lease.thread_id, lease.fence, lease.holder)
        held = self.writer.writer.held

        def release(connection: sqlite3.Connection) -> None:
            connection.execute(sql, given)

        await self.writer.writer.submit(release)
        if held.get(lease.thread_id) == lease:
            del held[lease.thread_id]

    def _span(self, ttl_seconds: float) -> tuple[Micros, Micros]:
        now = self.writer.clock.now()
        return now, Micros(now + int(ttl_seconds * _MICROS))
