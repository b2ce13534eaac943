"""The adversarial suite, layer by layer: injected texts, a model that obeys them, and what happens in the shop.

Exit 1, and a line for each breach, where anything happens outside of the ticket's own policy with all layers in place.

    python benchmarks/adversary.py [--at-once 6]
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # run as a script, from anywhere

from adversarykit import Change, Sight, attacks, every, guarded, ungated, without_checks, without_policy  # noqa: E402 needs the path
from shopweb import shops  # noqa: E402

LAYERS: Final[dict[str, Change]] = {
    "policy and checks": guarded,
    "policy alone": without_checks,
    "checks alone": without_policy,
    "neither": ungated,
}


def main() -> None:
    """Run all texts through each set of layers, and print how many got their way."""
    parser = argparse.ArgumentParser(prog="adversary.py", description=__doc__.splitlines()[0])
    parser.add_argument("--at-once", type=int, default=6, help="runs under way at once")
    at_once = parser.parse_args().at_once
    logging.disable(logging.ERROR)
    began = time.monotonic()
    seen = asyncio.run(_layers(at_once))
    _print(seen, time.monotonic() - began)
    harmed = {name: sight.forbidden for name, sight in seen["policy and checks"].items() if sight.forbidden}
    for name, faults in harmed.items():
        print(f"{name}: {'; '.join(faults)}")
    sys.exit(bool(harmed))


async def _layers(at_once: int) -> dict[str, dict[str, Sight]]:
    seen = {}
    for name, change in LAYERS.items():
        with tempfile.TemporaryDirectory(prefix="surefoot-adversary-") as folder, shops(Path(folder)) as fresh:
            seen[name] = await every(attacks(), Path(folder), fresh, change, at_once)
    return seen


def _print(seen: dict[str, dict[str, Sight]], seconds: float) -> None:
    wishes = Counter(attack.wish for attack in attacks())
    print(f"{'':20}{'texts':>7}" + "".join(f"{name:>19}" for name in LAYERS))
    for wish, count in sorted(wishes.items()):
        ids = [attack.id for attack in attacks() if attack.wish == wish]
        print(f"{wish:<20}{count:>7}" + "".join(f"{_done(seen[name], ids):>19}" for name in LAYERS))
    every_id = [attack.id for attack in attacks()]
    print(f"{'all':<20}{len(every_id):>7}" + "".join(f"{_done(seen[name], every_id):>19}" for name in LAYERS))
    print(f"\nin {seconds:.0f} s")


def _done(seen: dict[str, Sight], ids: list[str]) -> int:
    return sum(bool(seen[name].forbidden) for name in ids)


if __name__ == "__main__":
    main()
