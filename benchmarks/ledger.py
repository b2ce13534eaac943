"""What it costs to be sure of a budget: reserve + settle beside two bare SQLite commits on the same disk, in one run.

    python benchmarks/ledger.py [--pairs 400] [--callers 50]

Both write with `synchronous=FULL`. Pairs alternate, so that a busy disk troubles both alike.
"""

import argparse
import asyncio
import sqlite3
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from checkpoints.store import Store
from graph.charges import Limits, Pool, Reservation, Usage
from graph.ports import RunRef
from graph.values import Micros, RunId, ThreadId
from surefoot.clock import SystemClock

REF: Final = RunRef(run_id=RunId("bench"), thread_id=ThreadId("bench"), tenant="bench")
DAY: Final = 24 * 3600 * 1_000_000
MOST: Final = 3.0
"""Times two bare commits, in the median."""


def limits(clock: SystemClock) -> Limits:
    """Every limit there is, so that each is asked for."""
    today = Micros(clock.now() // DAY * DAY)
    pools = tuple(
        Pool(scope=scope, name="bench", since=today, until=Micros(today + DAY), tokens=10**12, usd_micros=10**12,
             free_at="midnight")
        for scope in ("domain", "tenant")
    )  # fmt: skip
    return Limits(tokens=10**12, usd_micros=10**12, calls=10**9, pools=pools)


async def pair(store: Store, name: str, held: Limits) -> None:
    """One call's reservation and its settlement."""
    wanted = Reservation(
        id=name, role="work", tokens=2_500, usd_micros=900, answer_tokens=1_500, answer_micros=700, domain="bench"
    )
    granted = await store.ledger.reserve(REF, held, wanted)
    assert not granted.refused
    usage = Usage(
        state="executing", task_id=None, role="work", tier="large", model="m", prompt_version="1", prompt_tokens=800,
        completion_tokens=200, usd_micros=300, seconds=0.5, attempt=1, outcome="ok", at=Micros(0), domain="bench",
    )  # fmt: skip
    await store.ledger.settle(REF, name, usage)


def bare(connection: sqlite3.Connection, name: str) -> None:
    """Two durable commits of one row."""
    connection.execute("INSERT INTO bare VALUES (?, 1)", (name,))
    connection.execute("UPDATE bare SET done = 2 WHERE id = ?", (name,))


def opened(path: Path) -> sqlite3.Connection:
    """A file like the store's, written to without it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, done INTEGER)")
    return connection


async def side_by_side(store: Store, connection: sqlite3.Connection, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of each pair, ours and bare."""
    held, ours, theirs = limits(SystemClock()), list[float](), list[float]()
    for number in range(pairs):
        begun = time.perf_counter()
        await pair(store, f"p{number}", held)
        between = time.perf_counter()
        bare(connection, f"p{number}")
        ours.append(between - begun)
        theirs.append(time.perf_counter() - between)
    return ours, theirs


async def at_once(store: Store, callers: int, each: int) -> tuple[float, list[BaseException]]:
    """Pairs a second by many callers, and what was raised."""
    held = limits(SystemClock())

    async def caller(number: int) -> None:
        for turn in range(each):
            await pair(store, f"c{number}-{turn}", held)

    begun = time.perf_counter()
    ended = await asyncio.gather(*(caller(number) for number in range(callers)), return_exceptions=True)
    errors = [error for error in ended if isinstance(error, BaseException)]
    return callers * each / (time.perf_counter() - begun), errors


async def measured(pairs: int, callers: int) -> bool:
    """Print the figures; whether they hold."""
    with TemporaryDirectory() as folder, closing(opened(Path(folder) / "bare.db")) as connection:
        async with Store.open(Path(folder) / "ours.db", clock=SystemClock()) as store:
            await at_once(store, 1, 50)
            ours, theirs = await side_by_side(store, connection, pairs)
            rate, errors = await at_once(store, callers, 20)
    print(f"{'milliseconds a pair':<28}{'median':>10}{'p95':>10}")
    for name, taken in (("reserve + settle", ours), ("two bare commits", theirs)):
        print(f"{name:<28}{statistics.median(taken) * 1e3:>10.2f}{statistics.quantiles(taken, n=20)[-1] * 1e3:>10.2f}")
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"{'ratio of the medians':<28}{ratio:>10.2f}  (most {MOST:g})")
    print(f"{f'pairs a second, {callers} callers':<28}{rate:>10,.0f}")
    print(f"{'errors':<28}{len(errors):>10}  {errors[:1] or ''}")
    return ratio < MOST and not errors


def main() -> int:
    """Measure, and fail where a figure does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--callers", type=int, default=50)
    chosen = parser.parse_args()
    return 0 if asyncio.run(measured(chosen.pairs, chosen.callers)) else 1


if __name__ == "__main__":
    sys.exit(main())
