"""Tools that were withdrawn lately because their backends were down, as the records have it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from graph.schedule import SECOND
from surefoot.doctor.finding import Finding, ok, warning

LATELY_SECONDS: Final = 24 * 3600

_LAST: Final = """
    SELECT domain, tool, state, until, reason, max(at), total(state = 'open') FROM breakers
    WHERE at >= ? GROUP BY domain, tool ORDER BY domain, tool
"""


def breakers(path: Path, now: float | None = None) -> Iterator[Finding]:
    """One line for each tool whose breaker turned in the last day: whether it is open, until when, how often it was.

    Nothing is told of a file that is not there, not ours, or older than these records: others look at that.
    """
    if not path.is_file():
        return
    seconds = time.time() if now is None else now
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            turned = connection.execute(_LAST, (int((seconds - LATELY_SECONDS) * SECOND),)).fetchall()
    except sqlite3.Error:
        return
    for domain, tool, state, until, reason, at, openings in turned:
        topic, often = f"tool {domain}/{tool}", f"opened {openings:.0f}x in a day, last turned {_clock(at)}"
        if state == "open" and until > seconds * SECOND:
            yield warning(topic, f"withdrawn until {_clock(until)}: {reason}; {often}", "look at its backend")
        else:
            yield ok(topic, f"not withdrawn; {often}")


def _clock(micros: int) -> str:
    return datetime.fromtimestamp(micros / SECOND, UTC).strftime("%H:%M:%SZ")
