"""A process of its own for the tests of effects: `python effects_process.py PART FOLDER NAME`.

`race`: waits for a line on stdin, then makes one payment until it has a receipt, and tells it. `run`: drives a run
over the bank in the folder, which may end the process on the way.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from bankkit import Bank, Kind, banking
from checkpoints.store import Store
from graph.domain import Domain
from graph.toolcall import ToolCall
from machine_kit import machine
from surefoot.clock import SystemClock
from toolbox import context
from tools.pipeline import HardenedTools

RUN: Final = "run-1"
ORDERS: Final = ("A1", "A2", "A3", "A4", "A5")


def domain_of(folder: Path, kind: Kind = "pay") -> Domain:
    """The bank's domain; keys mean something to this bank only where its folder says so."""
    bank = Bank(folder / "bank")
    return banking(bank, kind, tool={"honours_keys": bank.mode("honours") is not None})


async def race(folder: Path, name: str) -> None:
    """Make each payment until there is a receipt for it."""
    domain = domain_of(folder)
    async with Store.open(folder / "surefoot.db", clock=SystemClock()) as store:
        tools = HardenedTools(store.effects, store.records, SystemClock(), name)
        print("ready", flush=True)  # noqa: T201 a process's word to its test
        await asyncio.to_thread(sys.stdin.readline)
        for order in ORDERS:
            call = ToolCall(tool="pay", args={"order": order, "words": ""})
            where = context("1/act", worker="act")
            while (result := await tools.call(domain, call, where)).value is None:
                assert result.error is not None
                assert result.error.code == "unavailable", result.error
                await asyncio.sleep(0.005)
            print(order, result.value["number"], flush=True)  # noqa: T201 the same


async def run(folder: Path, kind: str) -> None:
    """Drive a run as far as it goes."""
    async with machine(folder, domain=domain_of(folder, "transfer" if kind == "transfer" else "pay")) as opened:
        view = await opened.run({"order": "A1"}, run_id=RUN)
        print(view.status, flush=True)  # noqa: T201 the same


if __name__ == "__main__":
    asyncio.run({"race": race, "run": run}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3]))
