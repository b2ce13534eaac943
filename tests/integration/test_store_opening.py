import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from checkpoints.records.migrations import APPLICATION_ID, MIGRATIONS
from checkpoints.store import Store
from fakes import FakeClock
from graph.errors import StorageError
from store_kit import REF, RUN, called

ROOT = Path(__file__).parents[2]
PLAIN = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""Root without its powers: file modes count for it as for anybody, and it can read wherever this checkout lies."""
OPEN = """
import asyncio, sys
from checkpoints.store import Store
from tests.fakes import FakeClock

async def main():
    async with Store.open(sys.argv[1], clock=FakeClock()):
        print("it opened")

asyncio.run(main())
"""


async def refused(path: Path, says: str, busy_seconds: float = 5.0) -> None:
    """Opening raises one line that names the path and the remedy."""
    with pytest.raises(StorageError) as told:
        async with Store.open(path, clock=FakeClock(), busy_seconds=busy_seconds):
            pytest.fail("it opened")
    assert says in str(told.value)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder, by what is in it."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.is_file()}


async def test_a_new_file_gets_our_schema(tmp_path: Path) -> None:
    """A new file is marked as ours, has the newest schema, and LangGraph's own tables in its own shape."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        marks = await store.read(
            lambda connection: (
                connection.execute("PRAGMA application_id").fetchone()[0],
                connection.execute("PRAGMA user_version").fetchone()[0],
                {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")},
                [row[1] for row in connection.execute("PRAGMA table_info(writes)")],
            )
        )
    ours = {"jobs", "leases", "transitions", "model_calls", "tool_calls", "effects", "reservations", "escalations"}
    assert marks[:2] == (APPLICATION_ID, len(MIGRATIONS))
    assert marks[2] == ours | {"checkpoints", "writes", "dead_letters", "alerts", "breakers", "rates", "spending"}
    assert "task_path" in marks[3]


async def test_every_table_of_ours_has_its_tenant(tmp_path: Path) -> None:
    """A tenant's rows can be told apart in each table but LangGraph's."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        lacking = await store.read(
            lambda connection: {
                row[0]
                for row in connection.execute(
                    "SELECT name FROM sqlite_master m WHERE type = 'table' AND NOT EXISTS"
                    " (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'tenant')"
                )
            }
        )
    assert lacking == {"checkpoints", "writes"}


async def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    """A file of no bytes, such as `mktemp` makes, is filled."""
    (tmp_path / "empty.db").touch()
    async with Store.open(tmp_path / "empty.db", clock=FakeClock()) as store:
        assert await store.reads.runs() == []


async def test_readers_cannot_write(tmp_path: Path) -> None:
    """The read side refuses writes."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await store.read(lambda connection: connection.execute("DELETE FROM jobs"))


@pytest.mark.parametrize("content", [b"hello", b"x" * 5000], ids=["short", "long"])
async def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    """A file that is not SQLite is refused and untouched."""
    (tmp_path / "notes.txt").write_bytes(content)
    before = fingerprint(tmp_path)
    await refused(tmp_path / "notes.txt", "is not a SQLite database")
    assert fingerprint(tmp_path) == before


async def test_a_damaged_database(tmp_path: Path) -> None:
    """A database that SQLite cannot read is refused and untouched."""
    (tmp_path / "a.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4080)
    before = fingerprint(tmp_path)
    await refused(tmp_path / "a.db", "is not a SQLite database")
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("setting", ["CREATE TABLE theirs (id INTEGER)", "PRAGMA application_id = 77"])
async def test_somebody_elses_database(tmp_path: Path, setting: str, journal: str) -> None:
    """A SQLite database of another application is refused and untouched."""
    with closing(sqlite3.connect(tmp_path / "theirs.db", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(setting)
    before = fingerprint(tmp_path)
    await refused(tmp_path / "theirs.db", "something else than Surefoot")
    assert fingerprint(tmp_path) == before


async def test_a_newer_schema(tmp_path: Path) -> None:
    """A file of a newer Surefoot is refused, with both versions and the remedy."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()):
        pass
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    await refused(tmp_path / "a.db", "has schema version 99")


async def test_a_locked_database(tmp_path: Path) -> None:
    """A file that another process keeps locked is refused after the busy timeout."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()):
        pass
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        await refused(tmp_path / "a.db", "is locked by another process", busy_seconds=0.1)


async def test_a_directory_and_a_missing_parent(tmp_path: Path) -> None:
    """A directory, and a path whose directory is missing, are refused; nothing is created."""
    await refused(tmp_path, "is a directory")
    await refused(tmp_path / "missing" / "a.db", "create")
    assert list(tmp_path.iterdir()) == []


async def test_a_refusal_leaves_no_writer_behind(tmp_path: Path) -> None:
    """After a refusal the same path can be opened once its cause is gone."""
    (tmp_path / "a.db").write_text("hello")
    await refused(tmp_path / "a.db", "is not a SQLite database")
    (tmp_path / "a.db").unlink()
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        assert await store.reads.runs() == []


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root and setpriv")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "says"),
    [
        (0o777, 0o444, "cannot be written: make the file"),
        (0o555, 0o666, "cannot be written: make the directory"),
        (0o600, 0o666, "cannot be reached"),
    ],
)
async def test_what_a_user_may_not_write(tmp_path: Path, folder_mode: int, file_mode: int, says: str) -> None:
    """A file or a directory that this user may only read, or not even enter, is refused in one line and untouched."""
    folder = tmp_path / "own"
    folder.mkdir()
    path = folder / "a.db"
    async with Store.open(path, clock=FakeClock()):
        pass
    path.chmod(file_mode)
    folder.chmod(folder_mode)
    before = fingerprint(folder)
    found = subprocess.run(
        [*PLAIN, sys.executable, "-c", OPEN, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert found.stdout == ""
    assert f"StorageError: {path} {says}" in found.stderr
    assert fingerprint(folder) == before


async def test_a_file_of_the_first_version_is_brought_to_the_newest(tmp_path: Path) -> None:
    """Its rows stay, and calls from before rates were kept read as having waited for nothing."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        MIGRATIONS[0](Database(connection))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO tool_calls (id, run_id, tenant, task_id, attempt, tool, args, ok, result, tries, seconds, at)"
            """ VALUES ('a', 'run-1', 'acme', '1/t', 1, 'look_up', '{}', 1, '{"ok": true, "value": {}}', 1, 0.1, 1)"""
        )
    async with Store.open(path, clock=FakeClock()) as store:
        (kept,) = await store.reads.tool_calls(RUN)
        assert (kept.id, kept.waited) == ("a", 0.0)
        assert not await store.records.append(REF, called("b"))
