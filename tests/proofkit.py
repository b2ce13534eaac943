"""Runs the schedules of `proofclient` against `proofprovider`, and judges what comes of each."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from surefoot.models.estimate import MARGIN

HERE: Final = Path(__file__).parent
PATH: Final = {"PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"}


@dataclass
class Proof:
    """What was found over all schedules."""

    schedules: int = 0
    kills: int = 0
    calls: int = 0
    refused: int = 0
    unknown: int = 0
    overruns: int = 0
    closest: float = 0.0
    """The largest share of a limit that the provider billed."""
    breaches: list[str] = field(default_factory=list)

    def judge(self, told: dict[str, Any]) -> None:
        """Hold one schedule against what is promised."""
        budget, spend, billed = told["budget"], told["spend"], told["billed"]
        _, tokens, micros, still_open, unknown, overruns = told["sums"]
        self.schedules += 1
        self.calls += spend["calls"]
        self.refused += spend["refused"]
        self.unknown += unknown or 0
        self.overruns += overruns or 0
        others = sum(count for name, count in billed.items() if name.startswith("role:") and name != "role:answer")
        usd = budget["usd"] * 1_000_000 if budget["usd"] else None
        self.closest = max(self.closest, billed.get("tokens", 0) / budget["tokens"])
        held = {
            "tokens billed": (billed.get("tokens", 0), budget["tokens"] * MARGIN),
            "micro-dollars billed": (billed.get("micros", 0), usd * MARGIN if usd else None),
            "tokens billed to others than `answer`": (others, budget["tokens"] * budget["alert_at"] * MARGIN),
            "calls": (spend["calls"], budget["calls"]),
            "open reservations": (still_open or 0, 0),
            "difference of the sums": (abs(tokens - spend["tokens"]) + abs(micros - spend["usd_micros"]), 0),
            "defects": (len(told["defects"]), 0),
        }
        for name, (found, most) in held.items():
            if most is not None and found > most:
                self.breaches.append(f"schedule {told['seed']}: {name}: {found} > {most} {told['defects'][:1]}")


@contextmanager
def provider() -> Iterator[int]:
    """The provider's process, by its port."""
    command = [sys.executable, str(HERE / "proofprovider.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | PATH) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def prove(seeds: range, folder: Path, proof: Proof, group: int = 50) -> Proof:
    """Live through every seed's schedule; a client that died is followed by another that goes on from there."""
    with provider() as port:
        for first in range(0, len(seeds), group):
            left = [(seed, 1) for seed in seeds[first : first + group]]
            db = folder / f"{seeds[first]}.db"
            while left:
                left = _lived(port, db, left, proof)
    return proof


def _lived(port: int, db: Path, left: list[tuple[int, int]], proof: Proof) -> list[tuple[int, int]]:
    """One client process, as far as it gets; what is left to do then."""
    given = [f"{seed}:{life}" for seed, life in left]
    command = [sys.executable, str(HERE / "proofclient.py"), str(port), str(db), *given]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | PATH, check=False)
    lines = done.stdout.splitlines()
    for line in lines:
        proof.judge(json.loads(line))
    if done.returncode == 0:
        return []
    assert done.returncode == -signal.SIGKILL, done.stderr[-2_000:]
    proof.kills += 1
    (seed, _), *rest = left[len(lines) :]
    return [(seed, 2), *rest]
