"""Opening the one file: every way in which it cannot be used, told in one line with its remedy."""

import os
import sqlite3
from pathlib import Path
from time import monotonic, sleep

from checkpoints.records.migrations import APPLICATION_ID, MIGRATIONS, migrate
from graph.errors import StorageError

BUSY_SECONDS = 5.0
"""How long to wait for another process's write lock."""

_MAGIC = b"SQLite format 3\x00"
_RETRY_SECONDS = 0.02

_REMEDIES = (
    ("not a database", "is not a SQLite database: give another path"),
    ("malformed", "is damaged: restore it from a backup"),
    ("locked", "is locked by another process: end that process or wait, then try again"),
    ("readonly", "cannot be written: make the file and its directory writable for this user"),
    ("unable to open", "cannot be opened: make the file and its directory writable for this user"),
    ("full", "cannot grow: free some disk space, then resume"),
    ("disk I/O", "cannot be read or written: check the disk, then resume"),
)


def open_writer(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection that writes, on a file that has our newest schema. Raises `StorageError`, having written nothing."""
    refuse_unusable(path)
    connection = _connect(path, busy_seconds)
    try:
        _refuse_foreign(path, connection)
        migrate(connection)
        _enter_wal(connection, busy_seconds)
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        connection.close()
        raise explain(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection that cannot write; rows have names."""
    connection = _connect(path, busy_seconds)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection


def explain(path: Path, error: sqlite3.Error) -> StorageError:
    """The same trouble as one line with its remedy."""
    said = str(error)
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in said), f"cannot be used: {said}")
    return StorageError(f"{path} {remedy}")


def refuse_unusable(path: Path) -> None:
    """Raise `StorageError` for what can be seen without opening the file as a database."""
    try:
        _look(path)
    except OSError as error:
        reason = f"{path} cannot be reached ({error.strerror}): make its directories accessible for this user"
        raise StorageError(reason) from error


def _look(path: Path) -> None:
    if not path.parent.is_dir():
        raise StorageError(f"{path} has no directory to be in: create {path.parent} first")
    if path.is_dir():
        raise StorageError(f"{path} is a directory: give a file in it, such as {path / 'surefoot.db'}")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise StorageError(f"{path} cannot be written: make the file writable for this user")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StorageError(f"{path} cannot be written: make the directory {path.parent} writable for this user")
    if path.exists() and not _looks_like_sqlite(path):
        raise StorageError(f"{path} is not a SQLite database: give another path")


def _looks_like_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) in {b"", _MAGIC}


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)


def _refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise StorageError(f"{path} is a database of something else than Surefoot: give another path")
    if version > len(MIGRATIONS):
        raise StorageError(
            f"{path} has schema version {version}, this Surefoot knows {len(MIGRATIONS)}: upgrade Surefoot"
        )


def _enter_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switching to WAL does not wait for a lock by itself when several processes open a new file at once."""
    deadline = monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if monotonic() > deadline:
                raise
            sleep(_RETRY_SECONDS)
        else:
            return
