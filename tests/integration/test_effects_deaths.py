"""One payment whatever dies and whoever races: processes of their own on one file."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bankkit import Bank
from effects_process import ORDERS, RUN, domain_of
from fakes import NOON, FakeClock
from house import ROOT
from machine_kit import machine
from store_kit import rows

SCRIPT = ROOT / "tests" / "effects_process.py"
LATER = NOON + 3_600_000_000
"""The dead process's lease and its claims are over."""


def started(part: str, folder: Path, name: str) -> "subprocess.Popen[str]":
    """A process of its own."""
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), part, str(folder), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
    )


def dead(folder: Path, mode: str, kind: str = "pay") -> Bank:
    """The bank, after a process that died in the middle of its payment."""
    bank = Bank(folder / "bank")
    bank.set(mode)
    process = started("run", folder, kind)
    process.communicate(timeout=60)
    assert process.returncode == 9
    bank.unset(mode)
    return bank


def test_four_processes_race_on_one_key(tmp_path: Path) -> None:
    """Of four that make the same payments at once, each is made by one; all get the same receipt."""
    names = ["a", "b", "c", "d"]
    processes = [started("race", tmp_path, name) for name in names]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = Counter(line for process in processes for line in process.communicate("go\n", timeout=60)[0].splitlines())
    assert [process.returncode for process in processes] == [0] * 4
    paid = Bank(tmp_path / "bank").payments
    assert Counter(payment["order"] for payment in paid) == dict.fromkeys(ORDERS, 1)
    assert set(told.values()) == {4}
    assert {line.split()[0] for line in told} == set(ORDERS)


@pytest.mark.parametrize("mode", ["dies_before", "dies_after"])
async def test_a_death_around_the_effect_where_the_probe_knows(tmp_path: Path, mode: str) -> None:
    """Before it or after it: the next process asks the probe, and there is one payment and no question."""
    bank = dead(tmp_path, mode)
    assert len(bank.payments) == (0 if mode == "dies_before" else 1)
    async with machine(tmp_path, domain=domain_of(tmp_path), clock=FakeClock(LATER)) as opened:
        view = await opened.runner.resume(RUN)
        assert rows(opened.store.path, "SELECT status FROM effects") == [("done",)]
    assert (view.status, len(bank.payments), len(bank.lines("probes"))) == ("complete", 1, 1)


@pytest.mark.parametrize(("mode", "word"), [("dies_before", "did_not"), ("dies_after", "it_happened")])
async def test_a_death_around_the_effect_where_nobody_knows(tmp_path: Path, mode: str, word: str) -> None:
    """A probe in a fog leads to a person, and the person's word to one payment."""
    bank = dead(tmp_path, mode)
    bank.set("fog")
    async with machine(tmp_path, domain=domain_of(tmp_path), clock=FakeClock(LATER)) as opened:
        view = await opened.runner.resume(RUN)
        assert (view.status, (await opened.card(view)).kind) == ("waiting", "unknown_outcome")
        assert len(bank.lines("tries")) == 1
        view = await opened.runner.decide(RUN, word, actor="ann")
    assert (view.status, len(bank.payments)) == ("complete", 1)


async def test_a_death_where_keys_are_honoured(tmp_path: Path) -> None:
    """The next process sends the same key at once and asks nobody."""
    Bank(tmp_path / "bank").set("honours")
    bank = dead(tmp_path, "dies_before")
    async with machine(tmp_path, domain=domain_of(tmp_path), clock=FakeClock(LATER)) as opened:
        view = await opened.runner.resume(RUN)
    assert (view.status, len(bank.payments), bank.lines("probes")) == ("complete", 1, [])
    assert len({line["key"] for line in bank.lines("tries")}) == 1


async def test_a_process_killed_while_it_polls(tmp_path: Path) -> None:
    """A wait that was written down outlives its process: the next one polls, and begins no second transfer."""
    Bank(tmp_path / "bank").set("terms", json.dumps({"poll_tool": "progress_of", "poll_seconds": 1.0}))
    bank = dead(tmp_path, "dies_polling", "transfer")
    bank.set("arrived", "7")
    async with machine(tmp_path, domain=domain_of(tmp_path, "transfer"), clock=FakeClock(LATER)) as opened:
        view = await opened.runner.resume(RUN)
    assert (view.status, len(bank.payments), len(bank.lines("polls"))) == ("complete", 1, 2)


async def test_a_process_that_died_before_it_knew_of_the_wait(tmp_path: Path) -> None:
    """Begun, but not written down as waiting: without keys that is an unknown outcome, not a second transfer."""
    bank = dead(tmp_path, "dies_after", "transfer")
    async with machine(tmp_path, domain=domain_of(tmp_path, "transfer"), clock=FakeClock(LATER)) as opened:
        view = await opened.runner.resume(RUN)
        assert (view.status, (await opened.card(view)).kind) == ("waiting", "unknown_outcome")
    assert len(bank.payments) == 1
