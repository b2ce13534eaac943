"""One driver a thread: a second is told so, and one that was replaced writes nothing."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from graph.errors import Fenced, RunBusy
from graph.jobs import RunView
from graph.ports import Records, RunRef
from graph.rows import Moved, Record
from graph.trail import Made
from graph.values import ThreadId
from house import ROOT
from machine_kit import ADA, COSTLY, machine
from machine_process import RUN
from store_kit import table_rows, taken_over
from toybackend import Backend

WRITTEN: Final = ("jobs", "transitions", "checkpoints", "writes", "effects", "tool_calls", "reservations")


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that drives a run and waits for its backend, until killed."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    command = [sys.executable, str(ROOT / "tests" / "machine_process.py"), "hold", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "driving\n"
        try:
            yield process
        finally:
            process.kill()


async def test_two_processes_cannot_drive_one_run(tmp_path: Path) -> None:
    """While another process drives, drive, resume and a decision are refused in one line; a killed one's run goes on.

    Its lease of a second is renewed for as long as it lives, and no longer.
    """
    with holding(tmp_path) as other:
        async with machine(tmp_path, real_time=True, lease_seconds=1.0) as opened:
            await asyncio.sleep(1.2)  # longer than the lease: only its renewal keeps us out
            for attempt in (opened.runner.drive, opened.runner.resume):
                with pytest.raises(RunBusy) as busy:
                    await attempt(RUN)
                assert len(str(busy.value).splitlines()) == 1
            assert (await opened.runner.view(RUN)).status == "running"
            other.kill()
            other.wait()
            opened.backend.mend()
            assert (await resumed(opened.runner.resume)).status == "complete"
            assert len(opened.backend.effects()) == 1


async def resumed(resume: object) -> RunView:
    """Try until the dead process's lease is over."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            return await resume(RUN)  # type: ignore[operator, no-any-return]
        except RunBusy:
            await asyncio.sleep(0.05)
    raise AssertionError("the lease never ended")


async def test_two_drives_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    """The same holds within a process: the second drive is refused, the first ends its run."""
    async with machine(tmp_path) as opened:
        view = await opened.accept(ADA)
        ended = await asyncio.gather(
            opened.runner.drive(view.job.run_id), opened.runner.drive(view.job.run_id), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in ended) == ["RunBusy", "RunView"]
        assert len(opened.backend.effects()) == 1


@dataclass(frozen=True)
class TakenOverAt:
    """Records that lose the lease to another process just before a node's entry is written."""

    records: Records
    path: Path
    node: str

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """Lose the lease, then try to write."""
        if any(isinstance(row, Moved) and row.transition.target == self.node for row in rows):
            taken_over(self.path, ThreadId(run.thread_id))
            self.seen.append({table: table_rows(self.path, table) for table in WRITTEN})
        return await self.records.append(run, *rows)

    def queue(self, run: RunRef, *rows: Record) -> None:
        """As the inner port does."""
        self.records.queue(run, *rows)

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """As the inner port says."""
        return await self.records.calls(run)

    @property
    def seen(self) -> list[dict[str, list[tuple[object, ...]]]]:
        """What the file held when the lease was lost."""
        return SEEN


SEEN: Final[list[dict[str, list[tuple[object, ...]]]]] = []


@pytest.mark.parametrize("node", ["planning", "executing", "worker", "reviewing", "escalated"])
async def test_a_zombie_writes_nothing(tmp_path: Path, node: str) -> None:
    """A driver whose lease was taken over raises `Fenced` at its next write, and leaves the file as it was."""
    SEEN.clear()
    path = tmp_path / "surefoot.db"
    async with machine(
        tmp_path, adapt=lambda deps, _: replace(deps, records=TakenOverAt(deps.records, path, node))
    ) as opened:
        view = await opened.accept(COSTLY)
        with pytest.raises(Fenced):
            await opened.runner.drive(view.job.run_id)
        after = {table: table_rows(path, table) for table in WRITTEN}
    assert after == SEEN[0]
    assert Backend(tmp_path / "toy").effects() == []


async def test_the_new_driver_ends_a_zombies_run(tmp_path: Path) -> None:
    """Once the taker's lease is over, the run goes on from what was written before, with one effect."""
    SEEN.clear()
    path = tmp_path / "surefoot.db"
    async with machine(
        tmp_path, adapt=lambda deps, _: replace(deps, records=TakenOverAt(deps.records, path, "reviewing"))
    ) as opened:
        view = await opened.accept(ADA)
        with pytest.raises(Fenced):
            await opened.runner.drive(view.job.run_id)
        clock = opened.clock
    clock.advance(3600)
    async with machine(tmp_path, clock=clock) as opened:
        assert (await opened.runner.view(view.job.run_id)).status == "interrupted"
        assert (await opened.runner.resume(view.job.run_id)).status == "complete"
        assert len(opened.backend.effects()) == 1
        assert len(opened.backend.runs()) == 2
