"""The kill test: `kill -9` at random points of real `surefoot run`, `resume` and `decide` processes.

Ten tickets a round, each with a customer and an order of its own. A process that works on one may be killed after a
random number of its progress lines and a random moment more; then the run is resumed, and killed again, at random,
until it comes to rest. Exit 1, and a line for each breach, unless

- every run reached the end that its ticket expects,
- the shop counts no effect twice, whatever was tried again,
- no task whose result was committed when a process ended was executed by a later one.

    python benchmarks/crash.py --kills 50 --seed 1
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, from anywhere

from benchmarks.evidence import Attempt, Standing, repeated_effects, run_again, standing  # noqa: E402 needs the path
from benchmarks.slow_support import executions  # noqa: E402
from benchmarks.tickets import DB, Act, Ticket, tickets  # noqa: E402

LEASE_SECONDS: Final = 1.0
"""How long a killed process keeps its run."""
KILL_SHARE: Final = 0.9
"""Of the processes that work on a run."""
MOST_LINES: Final = 12
"""Progress lines after which a kill may come; a whole run has 12 to 27 of them, a resumed one fewer."""
MOST_MOMENT_SECONDS: Final = 0.12
MOST_PROCESSES: Final = 60
"""For one act; more say that it does not get on."""
USAGE_EXIT: Final = 2
REST_EXITS: Final = frozenset({0, 3, 4, 5})


@dataclass
class Report:
    """What was seen."""

    kills: int = 0
    """Processes killed while their run was under way."""
    missed: int = 0
    """Kills before a run was begun, or once it had come to rest: not counted above."""
    states: Counter[str] = field(default_factory=Counter)
    """Kills by the node that the run had entered last."""
    runs: int = 0
    processes: int = 0
    tasks: int = 0
    effects: int = 0
    retried: int = 0
    """Effects that were tried again under their key, since their process died before it heard the answer."""
    unreached: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)

    @property
    def breaches(self) -> list[str]:
        """Everything that must not be."""
        return [*self.unreached, *self.repeated, *self.again]

    def lines(self) -> list[str]:
        """The figures, for a person."""
        states = ", ".join(f"{node} {count}" for node, count in self.states.most_common())
        return [
            f"kills while a run was under way: {self.kills} ({self.missed} more came before or after)",
            f"  the node entered last: {states}",
            f"runs: {self.runs}, by {self.processes} processes",
            f"runs that did not reach their expected end: {len(self.unreached)}",
            f"effects: {self.effects}; tried again under their key: {self.retried}; repeated: {len(self.repeated)}",
            f"tasks executed: {self.tasks}; finished ones executed again: {len(self.again)}",
            *(f"BREACH: {breach}" for breach in self.breaches),
        ]


@dataclass
class Campaign:
    """Kills until there were enough; the run at hand is always brought to its end."""

    folder: Path
    kills: int
    seed: int
    report: Report = field(default_factory=Report)

    def go(self) -> Report:
        """Round after round of ten tickets."""
        rng, number = random.Random(self.seed), 0
        while self.report.kills < self.kills:
            number += 1
            for ticket in tickets(self.seed * 1_000 + number):
                if self.report.kills < self.kills:
                    place = self.folder / f"{number}-{ticket.case.id}"
                    place.mkdir()
                    Watched(ticket, place, self.report, rng).go()
        return self.report


@dataclass
class Watched:
    """One ticket's run in a place of its own, and the processes that work on it."""

    ticket: Ticket
    place: Path
    report: Report
    rng: random.Random
    audited: int = 0
    """Executions that were compared with what was committed before them."""
    committed: frozenset[Attempt] = frozenset()

    def go(self) -> None:
        """Play every act, then ask the shop."""
        self.report.runs += 1
        self.ticket.written(self.place)
        data = self.ticket.data(self.place)
        for act in self.ticket.acts:
            act.prepare(data)
            found = self._to_rest(act)
            unmet = act.unmet(found, data) if found else [f"no rest after {MOST_PROCESSES} processes"]
            if unmet:
                self.report.unreached.append(f"{self.place.name}: {'; '.join(unmet)}")
                break
        self._count(data)

    def _count(self, data: Path) -> None:
        log = executions(data)
        keys = Counter(execution.key for execution in log if execution.kind == "effect")
        self.report.tasks += sum(execution.kind == "task" for execution in log)
        self.report.effects += len(keys)
        self.report.retried += keys.total() - len(keys)
        self.report.repeated += [f"{self.place.name}: {breach}" for breach in repeated_effects(data / "shop.db")]

    def _to_rest(self, act: Act) -> Standing | None:
        """Type the act's words, and `resume` after each kill that left work; `None` where the run never rests."""
        words, before = act.words, self._standing()
        for _ in range(MOST_PROCESSES):
            self._one(words)
            left = self._standing()
            if left is not None and (left.under_way or left.status == "queued"):
                words = ("resume", "{run}")
            elif left is not None and left != before:
                return left
            time.sleep(LEASE_SECONDS / 4)
        return None

    def _one(self, words: tuple[str, ...]) -> None:
        """One process, killed or not, and what it executed against what was committed before it."""
        self.report.processes += 1
        known = self._standing()
        given = [word.format(run=known.run_id if known else "", request="request.json") for word in words]
        code, said = self._process(given)
        left = self._standing()
        self._audit(left)
        if code < 0:
            self._killed(left)
        elif code not in REST_EXITS and not (code == USAGE_EXIT and "another process" in said):
            self.report.unreached.append(f"{self.place.name}: {' '.join(given)} exited with {code}: {said}")
        elif left is not None and left.error:
            self.report.unreached.append(f"{self.place.name}: {' '.join(given)} was interrupted: {left.error}")

    def _process(self, words: list[str]) -> tuple[int, str]:
        """The exit code and the last line of `surefoot WORDS`, killed at a random point, or not."""
        killed = self.rng.random() < KILL_SHARE
        after, moment = self.rng.randint(1, MOST_LINES), self.rng.uniform(0, MOST_MOMENT_SECONDS)
        child = subprocess.Popen(
            [sys.executable, "-m", "surefoot", *words],
            cwd=self.place,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SUREFOOT_LEASE_SECONDS": str(LEASE_SECONDS)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stderr is not None
        line, entered = "", 0
        for line in child.stderr:
            entered += " enter " in line
            if killed and entered == after:
                time.sleep(moment)
                child.kill()
                break
        child.stderr.close()
        return child.wait(), line.strip()

    def _killed(self, left: Standing | None) -> None:
        if left is None or not left.under_way:
            self.report.missed += 1
            return
        self.report.kills += 1
        self.report.states[left.node] += 1

    def _audit(self, left: Standing | None) -> None:
        """Nothing runs between two processes: what is committed now was committed when the last one died."""
        log = executions(self.ticket.data(self.place))
        self.report.again += [f"{self.place.name}: {told}" for told in run_again(self.committed, log[self.audited :])]
        self.audited = len(log)
        self.committed = left.committed if left else frozenset()

    def _standing(self) -> Standing | None:
        db = self.place / DB
        return standing(db) if db.exists() else None


def main() -> None:
    """Run a campaign, print its report, exit 1 on any breach."""
    parser = argparse.ArgumentParser(description="kill -9 at random points, resume, and count what was repeated")
    parser.add_argument("--kills", type=int, default=50, help="kills that must land while a run is under way")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="surefoot-crash-") as folder:
        report = Campaign(Path(folder), args.kills, args.seed).go()
    print("\n".join([*report.lines(), f"in {time.monotonic() - begun:.0f} s, seed {args.seed}"]))
    sys.exit(1 if report.breaches else 0)


if __name__ == "__main__":
    main()
