"""A process of its own for the machine's tests: `python machine_process.py PART FOLDER`.

`crashes`: one run a fork, each dying at another commit of the database. `reentries`: the same for the first commits
of a resume. `hold`: drives a run until killed.
"""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from checkpoints.lane import Posted
from checkpoints.writer import Writer
from graph.errors import ModelUnavailable
from machine_kit import COSTLY, machine
from toybackend import Backend
from toydomain import toy

RUN: Final = "run-1"
DEAD: Final = 9
MOST: Final = 400
FIRST: Final = 8
"""Commits of a resume, up to the first checkpoint after its re-entry and a little further."""

Part = Callable[[Path], Coroutine[Any, Any, None]]


async def whole(folder: Path) -> None:
    """A run with a retry, an approval and an effect."""
    Backend(folder / "toy").break_down("shaky_find")
    async with machine(folder) as opened:
        view = await opened.run(COSTLY, run_id=RUN)
        assert view.status == "waiting", view
        view = await opened.runner.decide(RUN, "approve", actor="ann")
        assert view.status == "complete", view


def die_at(number: int) -> None:
    """From here on the process dies just before its n-th commit; each write is a commit of its own."""
    commit: Callable[..., Any] = Writer._commit
    made = 0

    def counted(self: Writer, connection: sqlite3.Connection, batch: list[Posted]) -> Any:
        nonlocal made
        made += 1
        if made == number:
            os._exit(DEAD)
        return commit(self, connection, batch)

    Writer.batch = 1
    Writer._commit = counted  # type: ignore[method-assign]


def crashes(folder: Path) -> None:
    """Folders named 1, 2, 3 ..., each with what a death at that commit leaves; the last run dies of nothing."""
    for number in range(1, MOST):
        code = forked(whole, folder / str(number), dies_at=number)
        if code != DEAD:
            sys.exit(code)
    sys.exit("the run never ended")


def forked(part: Part, folder: Path, *, dies_at: int = 0) -> int:
    """The exit code of a child that does its part, or dies at a commit."""
    child = os.fork()
    if child == 0:
        die_at(dies_at)
        asyncio.run(part(folder))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


async def failed(folder: Path) -> None:
    """A run that fails where its work is reviewed."""
    async with machine(folder, {"review": [ModelUnavailable("the endpoint is down")]}) as opened:
        assert (await opened.run(run_id=RUN)).status == "failed"


async def parked(folder: Path) -> None:
    """A run that waits for a retry."""
    Backend(folder / "toy").break_down("shaky_find")
    async with machine(folder, domain=toy(folder / "toy", retry_base_seconds=100.0)) as opened:
        assert (await opened.run(run_id=RUN)).status == "parked"


async def resumed(folder: Path) -> None:
    """A resume, to its end."""
    async with machine(folder) as opened:
        await opened.runner.resume(RUN)


def reentries(folder: Path) -> None:
    """Folders named after how the run had stopped and the commit of its resume that killed it."""
    for stop in (failed, parked):
        stopped = folder / f"{stop.__name__}-0"
        assert forked(stop, stopped) == 0
        for number in range(1, FIRST + 1):
            copy = folder / f"{stop.__name__}-{number}"
            shutil.copytree(stopped, copy)
            assert forked(resumed, copy, dies_at=number) == DEAD


async def hold(folder: Path) -> None:
    """Say when the run is under way, and go on with it until killed: its backend never answers."""
    Backend(folder / "toy").break_down("slow")
    async with machine(folder, real_time=True, lease_seconds=1.0) as opened:
        view = await opened.accept(run_id=RUN)
        driving = asyncio.create_task(opened.runner.drive(view.job.run_id))
        while (await opened.runner.view(RUN)).state != "validating":  # noqa: ASYNC110 the store tells, no event
            await asyncio.sleep(0.01)
        print("driving", flush=True)  # noqa: T201 a process's word to its test
        await driving


if __name__ == "__main__":
    part, place = sys.argv[1], Path(sys.argv[2])
    if part == "hold":
        asyncio.run(hold(place))
    else:
        {"crashes": crashes, "reentries": reentries}[part](place)
