"""Runs cases side by side, each against a database, a backend and circuit breakers of its own.

Nothing is shared, so no case can see another's outage, refund or spend, and the order does not matter
(see docs/evaluation.md for what that costs).
"""

import asyncio
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.errors import BadRequest, SurefootError
from surefoot.assembly import assembled
from surefoot.evaluation.results import CaseResult, broken, result_of
from surefoot.progress import silent
from surefoot.settings import Settings
from surefoot.trial import attempt

MEMORY: Final = Path("/dev/shm")  # noqa: S108 a folder of a random name is made in it
BYTES_A_CASE: Final = 16_000_000
"""A case's databases are well under a tenth of it."""
MOST_AT_ONCE: Final = 64

Told = Callable[[CaseResult], None]


@dataclass(frozen=True)
class Room:
    """Where the cases of one evaluation have their files, a folder a case."""

    path: Path
    kept: bool

    def of(self, number: int, case_id: str) -> Path:
        """A new folder for a case; its number makes the name unique."""
        folder = self.path / f"{number:03}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', case_id)[:80]}"
        folder.mkdir()
        return folder


@contextmanager
def room(keep: Path | None, concurrency: int) -> Iterator[Room]:
    """A folder of the caller's that is new or empty, or one that is gone afterwards. Raises `BadRequest`."""
    if keep is not None:
        yield Room(_empty(keep), kept=True)
        return
    with tempfile.TemporaryDirectory(prefix="surefoot-eval-", dir=_spare(concurrency)) as scratch:
        yield Room(Path(scratch), kept=False)


def _empty(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = any(folder.iterdir())
    except OSError as error:
        raise BadRequest(f"--keep {folder}: {error.strerror}; give a folder that can be made") from error
    if occupied:
        raise BadRequest(f"--keep {folder}: holds files already; give a new folder")
    return folder


def _spare(concurrency: int) -> Path | None:
    """Memory, where there is enough: these files need not outlive us, and a busy disk can double the time."""
    chosen = os.environ.get("TMPDIR")
    if chosen or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < concurrency * BYTES_A_CASE:
        return None
    return MEMORY


async def evaluate(
    domain: str, cases: Sequence[Any], place: Room, *, concurrency: int, told: Told = lambda _: None
) -> list[CaseResult]:
    """Run every case, at most `concurrency` at once, and tell of each as it ends; results in the order of the cases.

    Raises `SurefootError` where the domain or the storage is at fault, which ends the evaluation.
    """
    results: dict[int, CaseResult] = {}
    waiting = iter(enumerate(cases))

    async def take() -> None:
        for number, case in waiting:
            results[number] = await _tried(domain, number, case, place)
            told(results[number])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(cases))):
                group.create_task(take())
    except* SurefootError as fault:
        trouble = fault.exceptions[0]
    else:
        return [results[number] for number in range(len(cases))]
    raise trouble


async def _tried(domain: str, number: int, case: Any, place: Room) -> CaseResult:
    """One case with a world of its own."""
    folder = place.of(number, case.id)
    db = folder / "surefoot.db"
    shown = str(db) if place.kept else None
    begun = time.monotonic()
    try:
        async with assembled(Settings(db=db)) as assembly:
            trial = await attempt(case, domain, assembly, silent)
        return result_of(trial, time.monotonic() - begun, shown)
    except SurefootError:
        raise
    except Exception as error:  # noqa: BLE001 a case's code is the user's; what it raised is its result
        return broken(case, error, time.monotonic() - begun, shown)
    finally:
        if not place.kept:
            await asyncio.to_thread(shutil.rmtree, folder)
