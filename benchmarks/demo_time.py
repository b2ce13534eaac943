"""How long a newcomer waits: from `git clone` to the demo's table, each time in a new folder, packages cached by pip.

Clones what is committed. The first clone of a machine also fills pip's cache, so run it twice to measure.

    python benchmarks/demo_time.py --times 3
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PROMISE: Final = "60 of 60 tickets ended as expected"


def timed(folder: Path) -> tuple[float, float]:
    """Seconds of the whole, clone included, and of a second `make demo` in the same clone."""
    clone = folder / "surefoot"
    begun = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S607 found on PATH
    _demo(clone)
    first = time.monotonic()
    _demo(clone)
    return first - begun, time.monotonic() - first


def _demo(clone: Path) -> None:
    done = subprocess.run(
        ["make", "demo", f"PYTHON={sys.executable}"],  # noqa: S607 found on PATH
        cwd=clone,
        env={name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or PROMISE not in done.stdout:
        sys.exit(f"make demo exited with {done.returncode}\n{done.stdout}{done.stderr}")


def main() -> None:
    """Measure some times, print every figure and the medians."""
    parser = argparse.ArgumentParser(description="seconds from a fresh clone to the demo's table")
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    figures = []
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="surefoot-demo-") as folder:
            figures.append(timed(Path(folder)))
    for name, seconds in zip(("clone to table", "make demo again"), zip(*figures, strict=True), strict=True):
        each = ", ".join(f"{second:.1f}" for second in seconds)
        print(f"{name}: median {statistics.median(seconds):.1f} s of {each}")


if __name__ == "__main__":
    main()
