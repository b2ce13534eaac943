"""What each run, tenant and domain has spent: sums kept beside the reservations, so that asking for leave stays cheap.

A run has one row; tenants and domains have one a quarter of an hour, which every time zone's days are made of.
"""

import sqlite3
from dataclasses import dataclass, replace
from typing import Final

from graph.charges import Pool
from graph.contract import Spend
from graph.ports import RunRef
from graph.values import Micros, RunId

QUARTER: Final = 15 * 60 * 1_000_000
"""Microseconds."""

_ADD = """
    INSERT INTO spending (scope, name, at, tenant, tokens, usd_micros, calls, seconds, refused, overruns, closed_at)
    VALUES (:scope, :name, :at, :tenant, :tokens, :usd_micros, :calls, :seconds, :refused, :overruns,
        CASE WHEN :overruns THEN 0 END)
    ON CONFLICT (scope, name, at) DO UPDATE SET tokens = tokens + excluded.tokens,
        usd_micros = usd_micros + excluded.usd_micros, calls = calls + excluded.calls,
        seconds = seconds + excluded.seconds, refused = refused + excluded.refused,
        overruns = overruns + excluded.overruns,
        closed_at = CASE WHEN excluded.overruns THEN refused ELSE closed_at END
"""
_RUN = """
    SELECT tokens, usd_micros, calls, seconds, refused, overruns, closed_at
    FROM spending WHERE scope = 'run' AND name = ? AND at = 0
"""
_WITHIN = """
    SELECT coalesce(sum(tokens), 0), coalesce(sum(usd_micros), 0)
    FROM spending WHERE scope = ? AND name = ? AND at >= ? AND at < ?
"""


@dataclass(frozen=True)
class Purse:
    """What was spent, or what is to be added to it."""

    tokens: int = 0
    usd_micros: int = 0
    calls: int = 0
    seconds: float = 0.0
    refused: int = 0
    overruns: int = 0
    closed_at: int | None = None
    """How many refusals there had been when an overrun closed the budget; `None`: it is not closed."""

    @property
    def spend(self) -> Spend:
        """The same for the machine."""
        return Spend(
            tokens=self.tokens,
            usd_micros=self.usd_micros,
            calls=self.calls,
            seconds=self.seconds,
            refused=self.refused,
            overrun=self.overruns,
        )

    def closed_for(self, forgiven: int) -> bool:
        """Whether an overrun closed the budget, and nobody has raised it since."""
        return self.closed_at is not None and forgiven <= self.closed_at

    def overrunning(self) -> "Purse":
        """With an overrun, which counts as a refusal too, so that the breaker trips at once."""
        return replace(self, refused=self.refused + 1, overruns=1)


def of_run(connection: sqlite3.Connection, run_id: RunId) -> Purse:
    """All that a run has spent."""
    row = connection.execute(_RUN, (run_id,)).fetchone()
    return Purse(*row) if row else Purse()


def within(connection: sqlite3.Connection, pool: Pool) -> Spend:
    """What a domain or a tenant has spent in a pool's day."""
    tokens, micros = connection.execute(_WITHIN, (pool.scope, pool.name, pool.since, pool.until)).fetchone()
    return Spend(tokens=tokens, usd_micros=micros)


def add(connection: sqlite3.Connection, run: RunRef, domain: str, at: Micros, more: Purse) -> None:
    """Add to the run's sum, and to its tenant's and its domain's in the quarter in which the call was reserved."""
    row = {name: getattr(more, name) for name in ("tokens", "usd_micros", "calls", "seconds", "refused", "overruns")}
    connection.execute(_ADD, row | {"scope": "run", "name": run.run_id, "at": 0, "tenant": run.tenant})
    if not (more.tokens or more.usd_micros or more.calls):
        return
    quarter = at - at % QUARTER
    day = row | {"at": quarter, "seconds": 0, "refused": 0, "overruns": 0}
    connection.execute(_ADD, day | {"scope": "tenant", "name": run.tenant, "tenant": run.tenant})
    if domain:
        connection.execute(_ADD, day | {"scope": "domain", "name": domain, "tenant": ""})
