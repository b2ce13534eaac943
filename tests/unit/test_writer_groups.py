import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from checkpoints.lane import Operation
from checkpoints.opening import open_writer
from checkpoints.writer import Writer, acquire, release
from graph.errors import StorageError


class Watched(sqlite3.Connection):
    """A connection that counts its commits and can be told to fail one of them."""

    commits = 0
    fails_at = 0

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """As ever, but for commits."""
        if sql == "COMMIT":
            self.commits += 1
            if self.commits == self.fails_at:
                raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, parameters)


class Bench:
    """A writer on a new file, and its connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection: Watched
        self.writer = Writer(path, self._connect)
        self.gate = threading.Event()

    def _connect(self) -> Watched:
        self.connection = sqlite3.connect(self.path, isolation_level=None, factory=Watched)
        self.connection.execute("CREATE TABLE notes (text TEXT UNIQUE)")
        return self.connection

    def hold(self) -> Operation[None]:
        """An operation that keeps the thread busy until the gate opens."""

        def wait(_: sqlite3.Connection) -> None:
            self.gate.wait(10)

        return wait

    def notes(self) -> set[str]:
        """What is in the file."""
        with closing(sqlite3.connect(self.path)) as connection:
            return {text for (text,) in connection.execute("SELECT text FROM notes")}


def note(text: str) -> Operation[str]:
    """An operation that writes a line."""

    def write(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO notes VALUES (?)", (text,))
        return text

    return write


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A writer that is closed in the end."""
    bench = Bench(tmp_path / "notes.db")
    yield bench
    bench.gate.set()
    bench.writer.close()


async def queued(bench: Bench, *ops: Operation[Any]) -> list[asyncio.Task[Any]]:
    """Operations that wait together behind one that is being carried out alone."""
    first = asyncio.create_task(bench.writer.submit(bench.hold()))
    await asyncio.sleep(0.05)
    tasks = [asyncio.create_task(bench.writer.submit(op)) for op in ops]
    await asyncio.sleep(0.05)
    return [first, *tasks]


async def test_what_waits_together_is_committed_together(bench: Bench) -> None:
    """130 operations that queue behind one cost three commits, since a group carries 64."""
    tasks = await queued(bench, *(note(str(number)) for number in range(130)))
    bench.gate.set()
    await asyncio.gather(*tasks)
    assert bench.connection.commits == 1 + 3
    assert len(bench.notes()) == 130


async def test_an_error_goes_to_its_caller_alone(bench: Bench) -> None:
    """In a group, an operation that fails is undone by itself; its neighbours are written."""

    def half_done(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO notes VALUES ('half')")
        raise ValueError("changed my mind")

    tasks = await queued(bench, note("before"), half_done, note("before"), note("after"))
    bench.gate.set()
    _, before, half, double, after = await asyncio.gather(*tasks, return_exceptions=True)
    assert (before, after) == ("before", "after")
    assert isinstance(half, ValueError)
    assert isinstance(double, sqlite3.IntegrityError)
    assert bench.notes() == {"before", "after"}


async def test_a_failed_commit_goes_to_all(bench: Bench) -> None:
    """When the commit fails every caller of the group hears of it in one line, nothing is written, and work goes on."""
    bench.connection.fails_at = 2
    tasks = await queued(bench, note("one"), note("two"))
    bench.gate.set()
    _, *told = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, StorageError) and "free some disk space" in str(error) for error in told)
    assert len({id(error) for error in told}) == 2
    assert await bench.writer.submit(note("three")) == "three"
    assert bench.notes() == {"three"}


async def test_a_full_disk_is_told_and_survived(bench: Bench) -> None:
    """A write that finds no room is a `StorageError` with the remedy; a smaller one still goes through."""
    await bench.writer.submit(lambda connection: connection.execute("PRAGMA max_page_count = 8").fetchall())
    with pytest.raises(StorageError, match="free some disk space"):
        await bench.writer.submit(note("x" * 100_000))
    assert await bench.writer.submit(note("small")) == "small"


async def test_a_cancelled_caller_loses_nothing(bench: Bench) -> None:
    """What was submitted is written even if its caller is cancelled, and the group goes on."""
    first, cancelled, other = await queued(bench, note("cancelled"), note("other"))
    cancelled.cancel()
    bench.gate.set()
    await asyncio.gather(first, other)
    assert cancelled.cancelled()
    assert bench.notes() == {"cancelled", "other"}


def test_it_serves_several_loops(bench: Bench) -> None:
    """One writer serves event loops in several threads at once."""

    def loop(name: str) -> list[str]:
        async def main() -> list[str]:
            return await asyncio.gather(*(bench.writer.submit(note(f"{name}{n}")) for n in range(20)))

        return asyncio.run(main())

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(loop, "abcd"))
    assert sum(map(len, told)) == len(bench.notes()) == 80


async def test_closing_drains(bench: Bench) -> None:
    """Closing writes what is queued; later submissions are refused."""
    tasks = await queued(bench, *(note(str(number)) for number in range(100)))
    closing_ = asyncio.create_task(asyncio.to_thread(bench.writer.close))
    await asyncio.sleep(0.05)
    bench.gate.set()
    await closing_
    await asyncio.gather(*tasks)
    assert len(bench.notes()) == 100
    with pytest.raises(StorageError, match="closed"):
        await bench.writer.submit(note("late"))


def test_a_process_has_one_writer_a_file(tmp_path: Path) -> None:
    """However the path is spelled, the process's writer is shared, and lives until its last user is gone."""
    path = tmp_path / "surefoot.db"
    first, second = acquire(path, 1), acquire(tmp_path / "." / "sub" / ".." / "surefoot.db", 1)
    assert first is second
    release(first)
    assert asyncio.run(second.submit(lambda connection: connection.execute("SELECT 1").fetchone())) == (1,)
    release(second)
    with pytest.raises(StorageError, match="closed"):
        asyncio.run(second.submit(lambda _: None))
    third = acquire(path, 1)
    assert third is not first
    release(third)


def test_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    """The writer's connection keeps a write-ahead log and syncs it at each commit."""
    with closing(open_writer(tmp_path / "surefoot.db", 1)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
