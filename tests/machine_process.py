"""A process of its own for the machine's tests: `python machine_process.py PART FOLDER`.

`crashes`: one run a fork, each dying at another commit of the database. `hold`: drives a run until killed.
"""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from checkpoints.lane import Posted
from checkpoints.writer import Writer
from machine_kit import COSTLY, machine
from toybackend import Backend

RUN: Final = "run-1"
DEAD: Final = 9
MOST: Final = 400


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
        child = os.fork()
        if child == 0:
            die_at(number)
            asyncio.run(whole(folder / str(number)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != DEAD:
            sys.exit(code)
    sys.exit("the run never ended")


async def hold(folder: Path) -> None:
    """Say when the run is under way, and go on with it until killed: its backend never answers."""
    Backend(folder / "toy").break_down("slow")
    async with machine(folder, real_time=True, lease_seconds=1.0) as opened:
        view = await opened.accept(run_id=RUN)
        driving = asyncio.create_task(opened.runner.drive(view.job.run_id))
        while (await opened.runner.view(RUN)).state != "validating":
            await asyncio.sleep(0.01)
        print("driving", flush=True)  # noqa: T201 a process's word to its test
        await driving


if __name__ == "__main__":
    part, place = sys.argv[1], Path(sys.argv[2])
    crashes(place) if part == "crashes" else asyncio.run(hold(place))
