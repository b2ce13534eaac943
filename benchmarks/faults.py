"""The fault matrix: every fault kind with every support tool over HTTP, a real run a cell, and what came of it.

A ticket that calls the tool is driven through the real agent while the tool's line fails in one way; then the line is
mended, and the run is resumed or told to try again. Exit 1, and a line for each miss, unless in every cell

- the tool's last call ended with the code that the kind stands for,
- no node raised, and the run came to its end or to a person, and to `complete` once the line was mended,
- the shop's own database counts no effect twice,
- nothing of a faulty answer stands in a letter, a note, an outcome or a card.

    python benchmarks/faults.py [--at-once 6] [--tools send_reply] [--kinds hang,401]
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # run as a script, from anywhere

from faultcells import KIND, TICKETS, Cell, every, mall  # noqa: E402 needs the path

AT_ONCE: Final = 6
USAGE_EXIT: Final = 2


def main() -> None:
    """Run the cells, print the matrix."""
    given = _arguments()
    kinds, tools = _chosen(given.kinds, list(KIND), "kind"), _chosen(given.tools, list(TICKETS), "tool")
    logging.disable(logging.ERROR)  # faults are what this is about
    began = time.monotonic()
    cells = asyncio.run(_cells(kinds, tools, given.at_once))
    _print(kinds, tools, {(cell.kind, cell.tool): cell for cell in cells}, time.monotonic() - began)
    sys.exit(any(cell.misses for cell in cells))


async def _cells(kinds: list[str], tools: list[str], at_once: int) -> list[Cell]:
    cells: list[Cell] = []
    wanted = [(KIND[kind], tool) for kind in kinds for tool in tools]

    def seen(cell: Cell) -> None:
        cells.append(cell)
        sys.stderr.write(f"\r{len(cells)}/{len(wanted)}")

    with tempfile.TemporaryDirectory(prefix="surefoot-faults-") as folder, mall(Path(folder)) as shops:
        await every(shops, wanted, at_once, seen)
    sys.stderr.write("\r")
    return cells


def _print(kinds: list[str], tools: list[str], cells: dict[tuple[str, str], Cell], seconds: float) -> None:
    for number, tool in enumerate(tools, start=1):
        print(f"{number:>4}  {tool}")
    print(f"\n{'':26}{''.join(f'{number:>4}' for number in range(1, len(tools) + 1))}  code")
    for kind in kinds:
        row = [cells[kind, tool] for tool in tools]
        marks = "".join(f"{'x' if cell.misses else 'ok':>4}" for cell in row)
        print(f"{kind:<26}{marks}  {', '.join(sorted({cell.code or 'ok' for cell in row}))}")
    missed = [cell for cell in cells.values() if cell.misses]
    for cell in missed:
        print(f"{cell.kind}, {cell.tool}: {'; '.join(cell.misses)}")
    good = len(cells) - len(missed)
    rate = 100 * good / len(cells)
    print(f"\n{good} of {len(cells)} cells as they must be ({rate:.1f} %), in {seconds:.0f} s")


def _chosen(given: str, all_of_them: list[str], what: str) -> list[str]:
    names = given.split(",") if given else all_of_them
    for name in names:
        if name not in all_of_them:
            sys.stderr.write(f"no {what} {name!r}; there are: {', '.join(all_of_them)}\n")
            sys.exit(USAGE_EXIT)
    return names


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults.py", description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", default="", help="some of them, with commas between")
    parser.add_argument("--tools", default="", help="some of them, with commas between")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="cells under way at once")
    return parser.parse_args()


if __name__ == "__main__":
    main()
