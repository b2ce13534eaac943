import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import store_process
from checkpoints.store import Store
from fakes import FakeClock
from store_kit import RUN, rows

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "store_process.py"


class Process:
    """One of several processes on a file."""

    def __init__(self, part: str, path: Path, name: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, str(SCRIPT), part, str(path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        )

    def line(self) -> str:
        """The next line it tells."""
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def start(self) -> None:
        """Let it go."""
        assert self._child.stdin is not None
        self._child.stdin.write("go\n")
        self._child.stdin.flush()

    def ended(self) -> list[str]:
        """What it told until it ended well."""
        told, _ = self._child.communicate(timeout=60)
        assert self._child.returncode == 0
        return told.split("\n")[:-1]

    def killed(self) -> list[str]:
        """What it told until it was killed, which is now."""
        assert self._child.stdout is not None
        self._child.send_signal(signal.SIGKILL)
        told = self._child.stdout.read()  # `communicate` would pass over what `line` has read ahead
        self._child.communicate(timeout=60)
        return told.split("\n")[:-1]


def started(part: str, path: Path, *names: str) -> list[Process]:
    """Processes that opened one file, which none of them found there, and start together."""
    processes = [Process(part, path, name) for name in names]
    assert [process.line() for process in processes] == ["ready"] * len(names)
    for process in processes:
        process.start()
    return processes


def test_four_processes_race_on_effects(tmp_path: Path) -> None:
    """Of four processes that all try 50 effects, each effect is run by one; the others get its recorded result."""
    path = tmp_path / "surefoot.db"
    told = [line for process in started("race", path, *"abcd") for line in process.ended()]
    done = Counter((tmp_path / "surefoot.log").read_text().splitlines())
    assert done == {f"k{number} run": 1 for number in range(store_process.KEYS)}
    assert len(told) == 3 * store_process.KEYS
    assert {line.split()[0] for line in told} == {"replay"}
    holders = Counter(str(holder) for (holder,) in rows(path, "SELECT holder FROM effects"))
    assert Counter(line.split()[1] for line in told) == {holder: 3 * count for holder, count in holders.items()}


def test_processes_claim_one_lease(tmp_path: Path) -> None:
    """Of two processes that claim a thread at once, one gets it."""
    told = [process.ended() for process in started("claim", tmp_path / "surefoot.db", "a", "b")]
    assert sorted(told) == [["1"], ["none"]]


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """After `kill -9` in the middle of writing, everything that was acknowledged is there, and the file is sound."""
    path = tmp_path / "surefoot.db"
    (process,) = started("write", path, "a")
    told = [process.line() for _ in range(200)]
    told += process.killed()
    acknowledged = {int(line) for line in told if line}
    async with Store.open(path, clock=FakeClock()) as store:
        kept = {transition.sequence for transition in await store.reads.timeline(RUN)}
        (check,) = await store.read(lambda connection: connection.execute("PRAGMA integrity_check").fetchone())
    assert acknowledged <= kept
    assert len(kept) - len(acknowledged) <= 4
    assert check == "ok"


def test_processes_share_one_bucket(tmp_path: Path) -> None:
    """Four processes that book turns of one bucket at once get each turn once, and leave none out."""
    told = [line for process in started("turns", tmp_path / "surefoot.db", *"abcd") for line in process.ended()]
    assert sorted(map(int, told)) == [100 * turn for turn in range(4 * store_process.TURNS)]


async def test_queued_reads_are_lost_no_further_back_than_the_last_write(tmp_path: Path) -> None:
    """After `kill -9`, every read that was queued before an acknowledged write is there, in the order of its coming."""
    path = tmp_path / "surefoot.db"
    (process,) = started("reads", path, "a")
    told = [process.line() for _ in range(100)]
    told += process.killed()
    last = max(int(line) for line in told if line)
    async with Store.open(path, clock=FakeClock()) as store:
        kept = [call.id for call in await store.reads.tool_calls(RUN)]
    due = [f"{sequence}.{number}" for sequence in range(1, last + 1) for number in range(3)]
    assert kept[: len(due)] == due
    assert len(kept) - len(due) in {0, 3}
