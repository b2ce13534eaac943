"""A process of its own for the storage tests: `python store_process.py PART PATH NAME`.

It says `ready` once its store is open, starts on a line from stdin, and tells what happened, a line each, on stdout.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from checkpoints.store import Store
from fakes import FakeClock
from graph.limits import Rate
from graph.ports import Begun
from graph.rows import Moved
from graph.toolcall import ToolCall
from store_kit import REF, THREAD, called, step

KEYS: Final = 50
TURNS: Final = 25


def tell(line: str) -> None:
    """One line for the test, at once."""
    print(line, flush=True)  # noqa: T201 a process's answer to its test


async def settled(store: Store, key: str, call: ToolCall, name: str) -> Begun:
    """The journal's answer once nobody is at it."""
    while True:
        begun = await store.effects.begin(REF, key, call, name, honours_keys=False)
        if begun.verdict != "busy":
            return begun
        await asyncio.sleep(0.002)


async def race(store: Store, name: str) -> None:
    """Try every effect of a common list; tell each that this process ran."""
    log = os.open(store.path.with_suffix(".log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in range(KEYS):
        call = ToolCall(tool="send", args={"number": number})
        begun = await settled(store, f"k{number}", call, name)
        if begun.verdict == "run":
            os.write(log, f"k{number} {begun.verdict}\n".encode())
            await store.effects.finish(REF, f"k{number}", name, {"by": name})
        else:
            tell(f"{begun.verdict} {(begun.result or {}).get('by')}")


async def claim(store: Store, name: str) -> None:
    """Claim the one lease; tell its fence, or nothing."""
    lease = await store.leases.claim(THREAD, name, 60)
    tell(str(lease.fence) if lease else "none")


async def write(store: Store, name: str) -> None:
    """Append transitions until killed, four at a time; tell each that was acknowledged."""

    async def one(sequence: int) -> None:
        await store.records.append(REF, Moved(transition=step(sequence, "planning")))
        tell(str(sequence))

    for first in range(1, 1_000_000, 4):
        await asyncio.gather(*(one(sequence) for sequence in range(first, first + 4)))


async def turns(store: Store, _name: str) -> None:
    """Book turns of one shared bucket, all at noon; tell each wait in milliseconds."""
    rate = Rate(calls=10, seconds=1.0, burst=1, shared=True)
    for _ in range(TURNS):
        tell(str(round((await store.rates.book("support/act", rate, 1e6)).wait * 1_000)))


async def reads(store: Store, _name: str) -> None:
    """Queue three reads and write a transition, until killed; tell each transition that was acknowledged."""
    for sequence in range(1, 1_000_000):
        for number in range(3):
            store.records.queue(REF, called(f"{sequence}.{number}"))
        await store.records.append(REF, Moved(transition=step(sequence, "planning")))
        tell(str(sequence))


async def main(part: Callable[[Store, str], Awaitable[None]], path: Path, name: str) -> None:
    """Open, wait for the start, do the part."""
    async with Store.open(path, clock=FakeClock()) as store:
        tell("ready")
        await asyncio.to_thread(sys.stdin.readline)
        await part(store, name)


PARTS: Final = {"race": race, "claim": claim, "write": write, "turns": turns, "reads": reads}

if __name__ == "__main__":
    asyncio.run(main(PARTS[sys.argv[1]], Path(sys.argv[2]), sys.argv[3]))
