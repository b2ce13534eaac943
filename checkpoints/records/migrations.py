"""Versions of the schema, as numbered steps. A step that was released is never edited: add the next one."""

import sqlite3
from collections.abc import Callable
from typing import Final

from sqlite_utils import Database

from checkpoints.records.charges import CHARGES, SPENDING, SUMS
from checkpoints.records.schema import LANGGRAPH, LIMITS, TABLES

APPLICATION_ID: Final = 0x53465431
"""Marks a file as ours (`SFT1`)."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the newest schema, in one transaction that waits for the write lock."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        database = Database(connection)
        for step in MIGRATIONS[version:]:
            step(database)
        if version < len(MIGRATIONS):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _first(database: Database) -> None:
    for statement in LANGGRAPH:
        database.execute(statement)
    for table in TABLES:
        table.create(database)


def _limits(database: Database) -> None:
    """Seconds waited for a turn; openings and closings of breakers; buckets that processes share."""
    database.execute("ALTER TABLE tool_calls ADD COLUMN waited REAL NOT NULL DEFAULT 0")
    for table in LIMITS:
        table.create(database)


def _worked(database: Database) -> None:
    """Seconds of work before each step; steps from before this version count as none."""
    database.execute("ALTER TABLE transitions ADD COLUMN worked REAL NOT NULL DEFAULT 0")


def _charges(database: Database) -> None:
    """What each charge is for, and the sums that limits and ceilings are held against."""
    for table, columns in CHARGES.items():
        for name, kind in columns.items():
            database.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    SPENDING.create(database)
    for statement in SUMS:
        database.execute(statement)
    database.table("model_calls").create_index(["endpoint", "model"])


def _keyed(database: Database) -> None:
    """LangGraph's writes are kept in their key's own tree: without it each key, half of a small write, is stored twice.

    Its statements find the same table under the same name.
    """
    (_, writes) = LANGGRAPH
    database.execute("ALTER TABLE writes RENAME TO writes_before")
    database.execute(f"{writes.rstrip()} WITHOUT ROWID")
    database.execute("INSERT INTO writes SELECT * FROM writes_before")
    database.execute("DROP TABLE writes_before")


MIGRATIONS: Final[tuple[Callable[[Database], None], ...]] = (_first, _limits, _worked, _charges, _keyed)
