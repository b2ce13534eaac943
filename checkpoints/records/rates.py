"""Token buckets that all processes on the file share: read, decided and written in one transaction."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from checkpoints.writer import Writer
from graph.limits import Rate
from graph.ports import Clock
from graph.tokens import Bucket, Turn, book

_BUCKET: Final = "SELECT full_at, seen FROM rates WHERE key = ? AND tenant = ''"
_KEEP: Final = "INSERT OR REPLACE INTO rates (key, tenant, full_at, seen) VALUES (?, '', ?, ?)"


@dataclass(frozen=True)
class StoredRates:
    """The `Rates` port over the `rates` table. A backend counts every caller, so no fence and no tenant is asked."""

    writer: Writer
    clock: Clock

    async def book(self, key: str, rate: Rate, patience: float) -> Turn:
        """The next turn within `patience` seconds; turns follow the order in which bookings are committed."""

        def booked(connection: sqlite3.Connection) -> Turn:
            row = connection.execute(_BUCKET, (key,)).fetchone()
            bucket, turn = book(rate, Bucket(*row) if row else Bucket(), self.clock.now(), patience)
            connection.execute(_KEEP, (key, bucket.full_at, bucket.seen))
            return turn

        return await self.writer.submit(booked)
