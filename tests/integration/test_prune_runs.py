import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from checkpoints.prune import Pruning
from fakes import MICROS
from graph.errors import ModelUnavailable
from graph.jobs import RunView
from graph.values import Micros
from machine_kit import ADA, COSTLY, Machine, config_of, machine
from prune_process import NEVER, THREADS
from store_kit import rows, taken_over
from toydomain import toy

HERE: Final = Path(__file__).resolve().parents[1]
COUNT: Final = "SELECT count(*) FROM checkpoints WHERE thread_id = ?"


async def whole(opened: Machine, view: RunView) -> tuple[Any, ...]:
    """All that can be seen of a run."""
    reads = opened.store.reads
    snapshot = await opened.snapshot(view)
    timeline, calls = await reads.timeline(view.job.run_id), await reads.tool_calls(view.job.run_id)
    return snapshot.values, snapshot.next, await opened.runner.view(view.job.run_id), timeline, calls


async def prune_all(opened: Machine) -> int:
    """Checkpoints that were dropped."""
    pruning = Pruning(opened.store)
    return sum([(await pruning.prune(thread)).checkpoints for thread in await pruning.due(NEVER, 0)])


async def test_a_pruned_run_shows_all_it_did(tmp_path: Path) -> None:
    """Final state, outcome, timeline and calls are as before, in the same process and after a restart."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA)
        before = await whole(opened, view)
        assert len(before[0]["transitions"]) > 5
        assert await prune_all(opened) > 5
        assert await whole(opened, view) == before
        assert await prune_all(opened) == 0
        assert rows(opened.store.path, COUNT, view.job.thread_id) == [(1,)]
    async with machine(tmp_path) as opened:
        assert await whole(opened, view) == before


async def test_a_pruned_chat_goes_on(tmp_path: Path) -> None:
    """A new run on a pruned thread begins afresh, ends as it would, and can be pruned itself."""
    async with machine(tmp_path) as opened:
        await opened.run(ADA, "chat")
        await prune_all(opened)
        second = await opened.run({"name": "Bob"}, "chat")
        values = await opened.values(second)
        assert second.status == "complete"
        assert values["request"] == {"name": "Bob"}
        assert all("Ada" not in message.text for message in values["messages"])
        before = await whole(opened, second)
        assert await prune_all(opened) > 5
        assert await whole(opened, second) == before


async def waiting(opened: Machine) -> RunView:
    """A run that waits for a person."""
    return await opened.run(COSTLY)


async def parked(opened: Machine) -> RunView:
    """A run that waits for a retry."""
    opened.backend.break_down("shaky_find")
    return await opened.run(ADA)


async def failed(opened: Machine) -> RunView:
    """A run that a resume may take up."""
    opened.model.script = {"review": [ModelUnavailable("down"), None]}
    return await opened.run(ADA)


async def interrupted(opened: Machine) -> RunView:
    """A run whose node raised."""
    opened.model.script = {"review": [RuntimeError("a defect"), None]}
    return await opened.run(ADA)


UNFINISHED: Final = {"waiting": waiting, "parked": parked, "failed": failed, "interrupted": interrupted}


@pytest.mark.parametrize("status", UNFINISHED)
async def test_what_may_go_on_is_never_pruned(tmp_path: Path, status: str) -> None:
    """Waiting, parked, failed and interrupted runs keep every checkpoint, and go on to the end they would have had."""
    async with machine(tmp_path, domain=toy(tmp_path / "toy", retry_base_seconds=100.0)) as opened:
        view = await UNFINISHED[status](opened)
        assert view.status == status
        await opened.run({"name": "Bob"})
        opened.clock.advance(10_000_000)
        before = rows(opened.store.path, COUNT, view.job.thread_id)
        assert await prune_all(opened) > 0
        assert rows(opened.store.path, COUNT, view.job.thread_id) == before
        if status == "waiting":
            ended = await opened.runner.decide(view.job.run_id, "approve")
        else:
            ended = await opened.runner.resume(view.job.run_id)
        assert ended.status == "complete"


async def test_a_failed_run_protects_its_thread(tmp_path: Path) -> None:
    """A thread that served a failed run and a finished one is left alone as a whole."""
    async with machine(tmp_path, {"review": [ModelUnavailable("down"), None]}) as opened:
        assert (await opened.run(ADA, "chat")).status == "failed"
        assert (await opened.run(ADA, "chat")).status == "complete"
        assert await Pruning(opened.store).due(NEVER, 0) == []


async def test_age_and_count_choose(tmp_path: Path) -> None:
    """Only what is both older and beyond the newest goes; the oldest first."""
    async with machine(tmp_path) as opened:
        views = []
        for _ in range(4):
            views.append(await opened.run(ADA))
            opened.clock.advance(86_400)
        pruning, now = Pruning(opened.store), opened.clock.now()
        ids = [view.job.run_id for view in views]

        async def due(days: float, keep: int) -> list[str]:
            found = await pruning.due(Micros(int(now - days * 86_400 * MICROS)), keep)
            return [run_id for thread in found for run_id in thread.run_ids]

        assert await due(0, 0) == ids
        assert await due(2.5, 0) == ids[:2]
        assert await due(0, 3) == ids[:1]
        assert await due(2.5, 3) == ids[:1]
        assert await due(100, 0) == []
        assert await due(0, 4) == []


async def test_a_thread_in_use_is_left_alone(tmp_path: Path) -> None:
    """Behind another process's lease, and after a new run was accepted, nothing is dropped."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, "chat")
        pruning = Pruning(opened.store)
        (thread,) = await pruning.due(NEVER, 0)
        before = rows(opened.store.path, "SELECT * FROM checkpoints")
        taken_over(opened.store.path, view.job.thread_id)
        with sqlite3.connect(opened.store.path) as connection:
            connection.execute("UPDATE leases SET expires_at = ?", (opened.clock.now() + 60 * MICROS,))
        connection.close()
        assert (await pruning.prune(thread)).busy
        opened.clock.advance(61)
        await opened.accept(ADA, "chat")
        assert (await pruning.prune(thread)).busy
        assert rows(opened.store.path, "SELECT * FROM checkpoints") == before
        assert await pruning.due(NEVER, 0) == []


async def test_a_death_while_pruning(tmp_path: Path) -> None:
    """Killed before any of its commits, every thread is readable as before, pruned or not; the next pruning ends it."""
    paths = os.pathsep.join((str(HERE.parent), str(HERE)))
    command = [sys.executable, str(HERE / "prune_process.py"), str(tmp_path)]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=120)
    states = {}
    for number in range(len(THREADS) + 2):
        async with machine(tmp_path / str(number)) as opened:
            last = [await opened.store.reads.last_run(thread) for thread in THREADS]  # type: ignore[arg-type]
            seen = [(await opened.runner.graph.aget_state(config_of(view))).values for view in last if view]
            states[number] = [(value["outcome"], value["transitions"], value["results"]) for value in seen]
            dropped = sum(rows(opened.store.path, COUNT, thread) == [(1,)] for thread in THREADS)
            assert dropped == max(0, number - 1)
            assert (await prune_all(opened) > 0) == (dropped < len(THREADS))
    assert len(states[0]) == len(THREADS)
    assert all(state == states[0] for state in states.values())
