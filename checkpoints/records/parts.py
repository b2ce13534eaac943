"""What a run's spend was for, and how long the run worked."""

import sqlite3

from graph.contract import Spend
from graph.values import RunId

_BY_ROLE = """
    SELECT role, sum(tokens), sum(usd_micros), count(*), sum(seconds) FROM reservations
    WHERE run_id = ? AND status != 'refused' GROUP BY role ORDER BY min(at), role
"""
_WORKED = "SELECT coalesce(sum(worked), 0.0) FROM transitions WHERE run_id = ?"


def by_role(connection: sqlite3.Connection, run_id: RunId) -> dict[str, Spend]:
    """Settled, open and abandoned spend by role, in the order of its coming."""
    return {
        role: Spend(tokens=tokens, usd_micros=micros, calls=calls, seconds=seconds)
        for role, tokens, micros, calls, seconds in connection.execute(_BY_ROLE, (run_id,))
    }


def seconds_worked(connection: sqlite3.Connection, run_id: RunId) -> float:
    """Seconds of work up to the run's last step."""
    (seconds,) = connection.execute(_WORKED, (run_id,)).fetchone()
    return float(seconds)
