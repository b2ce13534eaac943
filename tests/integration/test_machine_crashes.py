"""A run that dies at any of its writes goes on where it was, and ends as if nothing had happened."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from langchain_core.runnables import RunnableConfig

from checkpoints.saver.fenced import FencedSaver
from fakes import NOON, FakeClock
from graph.errors import StorageError, UnknownRun
from graph.jobs import RunView
from house import ROOT
from machine_kit import COSTLY, Machine, config_of, machine
from machine_process import RUN
from toybackend import Backend

LATER: Final = NOON + 3_600_000_000
"""An hour on: the dead process's lease is over."""
SCRIPT: Final = ROOT / "tests" / "machine_process.py"


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What a death at each commit of a whole run leaves behind, and at last the run that nothing happened to."""
    folder = tmp_path_factory.mktemp("crashes")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run(
        [sys.executable, str(SCRIPT), "crashes", str(folder)],
        env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=110,
    )  # fmt: skip
    return sorted(folder.iterdir(), key=lambda place: int(place.name))


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
    if view.status not in {"complete", "failed", "rejected"}:
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
        again = await opened.run({"name": "Bob"}, view.job.thread_id)
        assert again.outcome is not None
        assert again.outcome.data == {"greeted": "Bob"}


async def test_a_death_at_any_write(crashed: Sequence[Path], subtests: Any) -> None:
    """Wherever the process dies, a resume ends as the undisturbed run does: one effect, no kept task run again."""
    assert len(crashed) > 50
    for folder in crashed:
        with subtests.test(died_at=folder.name):
            await ends_well(folder)
