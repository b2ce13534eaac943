"""A run that dies at any of its writes goes on where it was, and ends as if nothing had happened."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from langchain_core.runnables import RunnableConfig

from checkpoints.saver.fenced import FencedSaver
from fakes import NOON, FakeClock
from graph.errors import StorageError, UnknownRun
from graph.jobs import RunView
from house import ROOT
from machine_kit import COSTLY, ONLY_GREET, Machine, config_of, machine
from machine_process import RUN
from toybackend import Backend

LATER: Final = NOON + 3_600_000_000
"""An hour on: the dead process's lease is over."""
SCRIPT: Final = ROOT / "tests" / "machine_process.py"


def folders(part: str, folder: Path) -> list[Path]:
    """What the process of its own leaves behind, a folder a death, in order."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run(
        [sys.executable, str(SCRIPT), part, str(folder)],
        env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=280,
    )  # fmt: skip
    return sorted(folder.iterdir(), key=lambda place: int(place.name.rpartition("-")[2]))


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What a death at each commit of a whole run leaves behind, and at last the run that nothing happened to."""
    return folders("crashes", tmp_path_factory.mktemp("crashes"))


async def kept(opened: Machine, view: RunView) -> set[tuple[str, int]]:
    """Task and attempt of every result that is written down, in a checkpoint or as a finished sibling's write."""
    snapshot = await opened.snapshot(view)
    results = list(snapshot.values.get("results", {}).values())
    saved = await opened.store.saver.aget_tuple(config_of(view))
    for _, channel, value in saved.pending_writes or [] if saved else []:
        results += list(value.values()) if channel == "results" and isinstance(value, dict) else []
    return {(str(result.task_id), result.attempt) for result in results}


async def carried_on(opened: Machine) -> tuple[RunView, set[tuple[str, int]]]:
    """What a runner and a person do after a restart, and which results were kept before they did."""
    try:
        view = await opened.runner.view(RUN)
    except UnknownRun:
        view = await opened.accept(COSTLY, run_id=RUN)
    before = await kept(opened, view)
    if view.status != "complete":
        view = await opened.runner.resume(RUN)
    if view.status == "waiting":
        view = await opened.runner.decide(RUN, "approve", actor="ann")
    return view, before


async def ends_well(folder: Path) -> None:
    """The run goes on to its one end: nothing is repeated, nothing is lost, nothing is left behind."""
    earlier = Counter(Backend(folder / "toy").runs())
    async with machine(folder, clock=FakeClock(LATER)) as opened:
        view, before = await carried_on(opened)
        timeline = await opened.store.reads.timeline(view.job.run_id)
        assert (view.status, view.outcome and view.outcome.cause) == ("complete", "done")
        assert view.outcome is not None
        assert view.outcome.data == {"greeted": "Ada"}
        assert [effect["name"] for effect in opened.backend.effects()] == ["Ada"]
        assert [effect.args["name"] for effect in view.outcome.effects] == ["Ada"]
        assert [step.sequence for step in timeline] == list(range(1, len(timeline) + 1))
        assert not before & set(Counter(opened.backend.runs()) - earlier)
        assert await opened.open_letters() == []


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_death_at_any_write(crashed: Sequence[Path], subtests: Any) -> None:
    """Wherever the process dies, a resume ends as the undisturbed run does: one effect, no kept task run again."""
    assert len(crashed) > 50
    for folder in crashed:
        with subtests.test(died_at=folder.name):
            await ends_well(folder)


@pytest.mark.timeout(300)
async def test_a_thread_whose_run_died_at_its_end_is_free(crashed: Sequence[Path]) -> None:
    """A death between the recorded end and its checkpoint leaves a run that is over, and a thread for the next one."""
    async with machine(crashed[-4], clock=FakeClock(LATER)) as opened:
        view = await opened.runner.view(RUN)
        assert (view.status, (await opened.snapshot(view)).next) == ("complete", ("complete",))
        again = await opened.run({"name": "Bob"}, view.job.thread_id)
        assert again.outcome is not None
        assert again.outcome.data == {"greeted": "Bob"}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_death_during_a_re_entry(tmp_path: Path, subtests: Any) -> None:
    """A failed or parked run whose resume dies at any of its first writes is resumed again, and ends as well."""
    for folder in folders("reentries", tmp_path):
        with subtests.test(died_at=folder.name):
            await ends_well(folder)


# -- a write that fails while the process lives on ---------------------------------------------------


class Failing:
    """The saver's writes, of which the n-th is refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.left = number
        for name in ("aput", "aput_writes"):
            monkeypatch.setattr(FencedSaver, name, self.counted(getattr(FencedSaver, name)))

    def counted(self, write: Any) -> Any:
        """The write, counted."""

        async def counted(saver: FencedSaver, config: RunnableConfig, *rest: Any, **more: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise StorageError("the disk is full")
            return await write(saver, config, *rest, **more)

        return counted


async def whole(opened: Machine) -> RunView:
    """A run with an approval and an effect, resumed by the same process wherever it is interrupted."""
    view = await opened.run(COSTLY, run_id=RUN)
    for _ in range(4):
        if view.status in {"interrupted", "queued"}:
            view = await opened.runner.resume(RUN)
        elif view.status == "waiting":
            view = await opened.runner.decide(RUN, "approve", actor="ann")
    return view


async def test_a_write_that_fails_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: Any) -> None:
    """Whichever checkpoint or write the saver refuses, the run is interrupted, and a resume ends it well."""
    number, refused = 1, True
    while refused:
        with monkeypatch.context() as patched, subtests.test(refused=number):
            failing = Failing(patched, number)
            async with machine(tmp_path / str(number), {"plan": [ONLY_GREET]}) as opened:
                view = await whole(opened)
                assert (view.status, view.outcome and view.outcome.cause) == ("complete", "done")
                assert [effect["name"] for effect in opened.backend.effects()] == ["Ada"]
            refused = failing.left <= 0
        number += 1
    assert number > 20
