"""The proof that a run cannot outspend its budget: thousands of schedules against a provider that misbehaves.

    make budget-proof                    2,000 schedules
    make budget-proof SCHEDULES=100      fewer

Each schedule is fifty workers under one budget, drawn from a seed: latencies, refusals, broken and stalled answers,
cancelled callers, and in one of seven a `kill -9` of the whole client. See docs/budgets.md.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from proofkit import Proof, prove  # noqa: E402 a test's kit

JOBS: Final = 2


def main() -> int:
    """Live through them, print what was found, and fail on a breach."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    chosen = parser.parse_args()
    begun, last = time.monotonic(), chosen.first + chosen.schedules
    with TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:
        parts = [pool.submit(_part, range(chosen.first + job, last, JOBS), Path(folder)) for job in range(JOBS)]
        proofs = [part.result() for part in parts]
    _print(proofs, time.monotonic() - begun)
    return int(any(proof.breaches for proof in proofs))


def _part(seeds: range, folder: Path) -> Proof:
    return prove(seeds, folder, Proof())


def _print(proofs: list[Proof], seconds: float) -> None:
    for name in ("schedules", "kills", "calls", "refused", "unknown", "overruns"):
        print(f"{name:<12}{sum(getattr(proof, name) for proof in proofs):>10,}")
    print(
        f"{'closest':<12}{max(proof.closest for proof in proofs):>10.1%}  of a limit in tokens, as the provider counted"
    )
    print(f"{'breaches':<12}{sum(len(proof.breaches) for proof in proofs):>10,}")
    print(f"{'seconds':<12}{seconds:>10,.0f}")
    for proof in proofs:
        print(*proof.breaches, sep="\n", end="\n" if proof.breaches else "")


if __name__ == "__main__":
    sys.exit(main())
