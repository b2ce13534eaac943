"""What the hardened pipeline costs, and how exactly a rate limit is kept.

Two tools that answer at once are called bare, and then through the whole pipeline over a real database on this disk:
a read, and a write beside two bare commits of one row with `synchronous=FULL`. Then 1,000 concurrent calls pass one
bucket of 100 a second; the order is asserted.

    python benchmarks/pipeline.py --calls 1000 --rounds 5
"""

import argparse
import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # run as a script, from anywhere

from checkpoints.store import Store  # noqa: E402 needs the path
from graph.domain import Tool  # noqa: E402
from graph.limits import Rate  # noqa: E402
from graph.toolcall import ToolCall  # noqa: E402
from surefoot.clock import SystemClock  # noqa: E402
from toolbox import Ask, Said, context, domain, effect, tool  # noqa: E402
from tools.pipeline import HardenedTools  # noqa: E402

MS: Final = 1_000
CALLS_AT_ONCE: Final = 1_000
BURST: Final = 20
PER_SECOND: Final = 100
SETTLED: Final = 200
"""Calls after which the burst has passed, and the thousand have all come and booked their turns."""
TOLERANCE: Final = 0.02
"""Of the rate, from then on."""

Step = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Measured:
    """Milliseconds a call, the median of each round."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the rounds."""
        return statistics.median(self.rounds)

    def tell(self) -> None:
        """One line."""
        rounds = ", ".join(f"{found:.3f}" for found in self.rounds)
        print(f"{self.name:<44} {self.median:8.3f} ms   rounds {rounds}", flush=True)


async def quick(ask: Ask, key: str = "") -> Said:
    """A tool that answers at once."""
    return Said(text=ask.order + key)


async def timed(calls: int, step: Step, first: int) -> float:
    """The median of so many calls, one after the other, in milliseconds."""
    found = []
    for number in range(first, first + calls):
        began = time.perf_counter()
        await step(number)
        found.append(time.perf_counter() - began)
    return statistics.median(found) * MS


def through(tools: HardenedTools, used: Tool) -> Step:
    """A call through the whole pipeline, each with an input of its own."""
    where, by = domain(used, max_repeats=1_000_000_000), context()

    async def step(number: int) -> None:
        result = await tools.call(where, ToolCall(tool="act", args={"order": f"{used.effect} {number}"}), by)
        assert result.ok, result.error

    return step


async def bare(number: int) -> None:
    """The tool's function, called as it is."""
    await quick(Ask(order=str(number)))


def commits(connection: sqlite3.Connection) -> Step:
    """Two durable commits of a small row, with nothing around them."""

    async def step(number: int) -> None:
        for half in (0, 1):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO rows VALUES (?, ?)", (2 * number + half, "x" * 200))
            connection.execute("COMMIT")

    return step


def opened(path: Path) -> sqlite3.Connection:
    """A database set up as ours is."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
    return connection


async def overhead(folder: Path, calls: int, rounds: int) -> None:
    """Bare call, read, two bare commits, write: interleaved, so that a noisy minute is everybody's."""
    async with Store.open(folder / "a.db", clock=SystemClock()) as store:
        tools = HardenedTools(store.effects, store.records, SystemClock(), "benchmark", store.rates)
        with closing(opened(folder / "bare.db")) as connection:
            steps: dict[str, Step] = {
                "bare call": bare,
                "read through the pipeline": through(tools, tool(quick)),
                "two bare commits, synchronous=FULL": commits(connection),
                "write through the pipeline": through(tools, effect(quick)),
            }
            found: dict[str, list[float]] = {name: [] for name in steps}
            for turn in range(rounds):
                for name, step in steps.items():
                    found[name].append(await timed(calls, step, turn * calls))
    measured = {name: Measured(name, tuple(each)) for name, each in found.items()}
    for each in measured.values():
        each.tell()
    call, read, two, write = measured.values()
    ratio = statistics.median(one / other for one, other in zip(write.rounds, two.rounds, strict=True))
    print(f"a read costs {read.median - call.median:.3f} ms above the bare call (target: below 0.3 ms)")
    print(f"a write costs {ratio:.2f} x two bare commits of the same round (target: below 3 x)")


async def rated(folder: Path, *, shared: bool) -> None:
    """So many concurrent calls through one bucket: the rate after the burst, and the order."""
    order: list[str] = []
    passed: list[float] = []

    async def act(ask: Ask) -> Said:
        order.append(ask.order)
        passed.append(time.perf_counter())
        return Said(text="")

    async with Store.open(folder / f"rate-{shared}.db", clock=SystemClock()) as store:
        tools = HardenedTools(store.effects, store.records, SystemClock(), "benchmark", store.rates)
        where = domain(tool(act, rate=Rate(calls=PER_SECOND, seconds=1.0, burst=BURST, shared=shared)))
        calls = [ToolCall(tool="act", args={"order": str(number)}) for number in range(CALLS_AT_ONCE)]
        results = await asyncio.gather(*(tools.call(where, call, context()) for call in calls))
    assert all(result.ok for result in results)
    assert order == [str(number) for number in range(CALLS_AT_ONCE)], "not first come, first served"
    found = (CALLS_AT_ONCE - SETTLED) / (passed[-1] - passed[SETTLED - 1])
    kind = "shared by processes" if shared else "of one process"
    off = found / PER_SECOND - 1
    print(f"{CALLS_AT_ONCE} calls, bucket {kind}: {found:.2f} a second ({off:+.2%}), in order", flush=True)
    assert abs(off) <= TOLERANCE, "the rate was not kept"


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What the hardened pipeline costs.")
    parser.add_argument("--calls", type=int, default=1_000, help="calls a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the databases are written; a temporary folder if not given")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        await overhead(Path(folder), given.calls, given.rounds)
        await rated(Path(folder), shared=False)
        await rated(Path(folder), shared=True)


if __name__ == "__main__":
    asyncio.run(main())
