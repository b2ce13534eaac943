import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

from checkpoints.store import Store
from fakes import FakeClock
from graph.errors import Fenced, StorageError
from graph.rows import Moved
from graph.toolcall import ToolCall
from store_kit import REF, RUN, THREAD, called, rows, step, taken_over
from toolbox import context, domain, effect, tool
from tools.pipeline import HardenedTools


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real database."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as opened:
        yield opened


def on_file(store: Store) -> list[object]:
    """The ids of the tool calls in the file, in the order in which they were written."""
    return [name for (name,) in rows(store.path, "SELECT id FROM tool_calls ORDER BY rowid")]


async def checkpoint(store: Store) -> None:
    """What LangGraph does after each superstep."""
    config: RunnableConfig = {"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}
    await store.saver.aput(config, empty_checkpoint(), {}, {})


async def test_a_queued_row_is_committed_with_the_next_checkpoint(store: Store) -> None:
    """Nobody waits for it, and it is in the file before the checkpoint is, in the order of its coming."""
    store.records.queue(REF, called("a"))
    store.records.queue(REF, called("b"))
    assert on_file(store) == []
    await checkpoint(store)
    assert on_file(store) == ["a", "b"]


async def test_queued_and_awaited_rows_keep_their_order(store: Store) -> None:
    """The file tells what happened in the order in which it happened."""
    for name in "abcdef":
        if name in "cf":
            await store.records.append(REF, called(name))
        else:
            store.records.queue(REF, called(name))
    assert on_file(store) == list("abcdef")


async def test_closing_writes_what_is_queued(tmp_path: Path) -> None:
    """A process that ends in order loses nothing."""
    async with Store.open(tmp_path / "b.db", clock=FakeClock()) as store:
        store.records.queue(REF, called("a"))
    assert on_file(store) == ["a"]


async def test_the_queue_is_bounded(store: Store) -> None:
    """A worker that only reads does not fill the memory; what is due is written behind its back."""
    most = store.writer.most_later
    for number in range(most):
        store.records.queue(REF, called(str(number)))
    await store.writer.submit(lambda _: None)
    assert len(on_file(store)) == most


async def test_a_fenced_row_is_told_at_the_next_awaited_write(store: Store) -> None:
    """Once: then the new lease's fence decides by itself."""
    assert await store.leases.claim(THREAD, "us", 60) is not None
    store.records.queue(REF, called("a"))
    taken_over(store.path)
    with pytest.raises(Fenced):
        await store.records.append(REF, Moved(transition=step(1, "planning")))
    assert on_file(store) == []


async def test_a_row_that_cannot_be_written_does_not_vanish(store: Store) -> None:
    """The thread's next write is refused with its reason, and writes nothing; the one after it passes."""
    await store.writer.submit(lambda connection: connection.execute("ALTER TABLE tool_calls RENAME TO gone"))
    store.records.queue(REF, called("a"))
    with pytest.raises(StorageError, match="tool_calls"):
        await checkpoint(store)
    assert rows(store.path, "SELECT * FROM checkpoints") == []
    await checkpoint(store)


async def test_other_threads_are_not_told(store: Store) -> None:
    """A failure belongs to the run whose row it was."""
    await store.writer.submit(lambda connection: connection.execute("ALTER TABLE tool_calls RENAME TO gone"))
    store.records.queue(REF, called("a"))
    other = REF.model_copy(update={"thread_id": "other", "run_id": "other"})
    assert not await store.records.append(other)
    with pytest.raises(StorageError):
        await store.records.append(REF)


async def test_a_full_disk_is_told(store: Store) -> None:
    """A row that was undone with its whole group is told too, to the run whose row it was."""
    other = REF.model_copy(update={"thread_id": "other", "run_id": "other"})
    store.records.queue(REF, called("a"))
    full = sqlite3.OperationalError("database or disk is full")

    def fill(connection: sqlite3.Connection) -> None:
        connection.rollback()
        raise full

    with pytest.raises(StorageError, match="disk"):
        await store.writer.submit(fill)
    assert not await store.records.append(other)
    with pytest.raises(StorageError, match="disk"):
        await store.records.append(REF)
    assert not await store.records.append(REF)


async def test_a_new_drive_starts_clean(store: Store) -> None:
    """A read that was lost with an earlier drive does not stop the run that is resumed."""
    await store.writer.submit(lambda connection: connection.execute("ALTER TABLE tool_calls RENAME TO gone"))
    store.records.queue(REF, called("a"))
    assert await store.leases.claim(THREAD, "us", 60) is not None
    assert not await store.records.append(REF)


async def test_reads_are_queued_and_effects_are_not(store: Store) -> None:
    """An effect's row is in the file when its caller hears of it; a read's comes with the next write."""
    tools = HardenedTools(store.effects, store.records, FakeClock(), "us")
    call = ToolCall(tool="act", args={"order": "A1"})
    assert (await tools.call(domain(tool()), call, context())).ok
    assert on_file(store) == []
    assert (await tools.call(domain(effect()), call, context())).ok
    assert len(on_file(store)) == 2


async def test_many_tasks_may_queue_at_once(store: Store) -> None:
    """Parallel workers of one process lose nothing between their queued and their awaited rows."""

    async def worker(name: int) -> None:
        for number in range(40):
            store.records.queue(REF, called(f"{name}.{number}"))
            if number % 7 == 0:
                await store.records.append(REF)

    await asyncio.gather(*(worker(name) for name in range(8)))
    await store.records.append(REF)
    found = on_file(store)
    assert len(found) == 320
    for name in range(8):
        assert [row for row in found if str(row).startswith(f"{name}.")] == [f"{name}.{n}" for n in range(40)]
    assert {call.id for call in await store.reads.tool_calls(RUN)} == set(found)
