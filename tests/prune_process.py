"""A process of its own for the tests of pruning: `python prune_process.py FOLDER`.

Three finished threads, and copies of them, numbered after the commit of the pruning that killed it; 0 is untouched.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

from checkpoints.prune import Pruning
from graph.values import Micros
from machine_kit import ADA, machine
from machine_process import DEAD, forked

THREADS: Final = ("one", "two", "three")
NEVER: Final = Micros(2**62)


async def finished(folder: Path) -> None:
    """Three threads, one of which served two runs."""
    async with machine(folder) as opened:
        for thread in (*THREADS, THREADS[0]):
            assert (await opened.run(ADA, thread)).status == "complete"


async def pruned(folder: Path) -> None:
    """All of them pruned."""
    async with machine(folder) as opened:
        pruning = Pruning(opened.store)
        for thread in await pruning.due(NEVER, 0):
            await pruning.prune(thread)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    assert forked(finished, place / "0") == 0
    for number in range(1, len(THREADS) + 2):
        shutil.copytree(place / "0", place / str(number))
        code = forked(pruned, place / str(number), dies_at=number)
        assert code == (DEAD if number <= len(THREADS) else 0), code
