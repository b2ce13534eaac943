"""The database, the disk under it, and the clock that leases and deadlines are measured by."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from checkpoints.opening import explain, refuse_unusable
from checkpoints.records.migrations import APPLICATION_ID, MIGRATIONS
from graph.errors import StorageError
from graph.schedule import SECOND
from surefoot.doctor.finding import Finding, ok, problem, told, warning

BUSY_SECONDS: Final = 1.0
"""How long to wait for another process's write lock."""
MEGABYTE: Final = 1_000_000
NEEDED: Final = 100 * MEGABYTE
"""Below it a run may not be able to finish."""
COMFORTABLE: Final = 1_000 * MEGABYTE
EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No clock of a machine that runs this is right and earlier."""
AHEAD_SECONDS: Final = 60


def database(path: Path) -> Iterator[Finding]:
    """Whether the file can be used, is ours, can be written, and has a schema that we know."""
    try:
        refuse_unusable(path)
    except StorageError as error:
        yield told("database", str(error))
        return
    if not path.exists() or path.stat().st_size == 0:
        yield ok("database", f"{path} will be made with the first run")
        yield ok("schema", f"version {len(MIGRATIONS)} will be made")
        return
    try:
        with closing(_opened(path)) as connection:
            yield from _looked_into(path, connection)
    except sqlite3.Error as error:
        yield told("database", str(explain(path, error)))


def _looked_into(path: Path, connection: sqlite3.Connection) -> Iterator[Finding]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        yield problem("database", f"{path} is a database of something else", "give another path with --db")
        return
    yield _writable(path, connection)
    newest = len(MIGRATIONS)
    if version > newest:
        yield problem("schema", f"version {version}, this Surefoot knows {newest}", "upgrade Surefoot")
    elif version < newest:
        yield warning("schema", f"version {version}", f"version {newest} is made when it is next opened; back it up")
    else:
        yield ok("schema", f"version {version}")


def _writable(path: Path, connection: sqlite3.Connection) -> Finding:
    """Takes the write lock and gives it back."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return warning("database", f"{path} is being written by another process", "look again; end it if it hangs")
    return ok("database", f"{path} is ours and can be written")


def disk(path: Path) -> Finding:
    """Free space where the database is, or will be."""
    folder = next((place for place in path.absolute().parents if place.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    found = f"{free // MEGABYTE:,} MB free in {folder}"
    if free < NEEDED:
        return problem("disk", found, f"free some, at least {NEEDED // MEGABYTE} MB")
    if free < COMFORTABLE:
        return warning("disk", found, "free some; `surefoot runs` shows how many runs are kept")
    return ok("disk", found)


def clock(path: Path, now: float | None = None) -> Finding:
    """Whether the time can be right: not before this code was written, not before what the database has."""
    seconds = time.time() if now is None else now
    shown = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if seconds < EARLIEST.timestamp():
        return problem("clock", shown, "set the machine's clock")
    ahead = _latest(path) / SECOND - seconds
    if ahead > AHEAD_SECONDS:
        found = f"{shown}, but the database has been written {ahead:,.0f} s later than that"
        return problem("clock", found, "set the machine's clock: leases and deadlines are measured by it")
    return ok("clock", shown)


def _latest(path: Path) -> int:
    """When a job was last touched, in microseconds; 0 where there is no database of ours to ask."""
    if not path.is_file():
        return 0
    try:
        with closing(_opened(path)) as connection:
            (latest,) = connection.execute("SELECT max(updated_at) FROM jobs").fetchone()
    except sqlite3.Error:
        return 0  # what is wrong with the file is told by `database`
    return int(latest or 0)


def _opened(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
