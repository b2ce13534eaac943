"""`surefoot prune`: old checkpoints of finished runs go, their outcome, timeline and last state stay."""

import re
from typing import Annotated, Final

import typer

from checkpoints.prune import Pruned, Pruning
from graph.errors import BadRequest
from graph.values import Micros
from surefoot.assembly import Assembly
from surefoot.cli.common import AsJson, Db, emit, go, out, reopened

SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
MICROS: Final = 1_000_000
MOST_DAYS: Final = 36_500
_AGE: Final = re.compile(r"(\d{1,9})([smhdw])")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prune")(prune)


def prune(  # a command's options are its parameters
    older_than: Annotated[str | None, typer.Option(help="Only runs that ended longer ago, such as 30d or 12h.")] = None,
    keep: Annotated[int | None, typer.Option(help="Leave so many of the newest finished runs alone.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be dropped.")] = False,  # noqa: FBT002 a flag
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Drop old checkpoints of finished runs. Waiting, parked, interrupted and failed runs keep all of theirs."""
    if older_than is None and keep is None:
        raise BadRequest("prune: say which runs: --older-than 30d, --keep 100, or both")
    if keep is not None and keep < 0:
        raise BadRequest(f"--keep: {keep} is no number of runs; give 0 or more")
    seconds = 0 if older_than is None else age_of(older_than)
    go(_prune(seconds, keep or 0, dry_run, db, as_json))


def age_of(text: str) -> int:
    """Seconds. Raises `BadRequest` for what is no age."""
    found = _AGE.fullmatch(text.strip())
    if found is None or not 0 <= (seconds := int(found[1]) * SECONDS[found[2]]) <= MOST_DAYS * SECONDS["d"]:
        raise BadRequest(f"--older-than: {text!r} is no age; give a number with s, m, h, d or w, such as 30d")
    return seconds


async def _prune(seconds: int, keep: int, dry_run: bool, db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        found = await _pruned(assembly, seconds, keep, dry_run=dry_run)
    done, busy = [each for each in found if not each.busy], [each for each in found if each.busy]
    if as_json:
        told = {"pruned": [each.as_json() for each in done], "busy": [each.as_json() for each in busy]}
        emit({"dry_run": dry_run, "bytes": sum(each.bytes for each in done), **told})
        return
    for each in done:
        out.print(f"{', '.join(each.run_ids)}: {each.checkpoints} checkpoints, {each.writes} writes", markup=False)
    for each in busy:
        out.print(f"{', '.join(each.run_ids)}: left alone, its thread is in use", markup=False)
    out.print(_summary(done, dry_run=dry_run), markup=False)


async def _pruned(assembly: Assembly, seconds: int, keep: int, *, dry_run: bool) -> list[Pruned]:
    pruning = Pruning(assembly.store)
    before = Micros(assembly.deps.clock.now() - seconds * MICROS)
    due = await pruning.due(before, keep)
    return due if dry_run else [await pruning.prune(thread) for thread in due]


def _summary(done: list[Pruned], *, dry_run: bool) -> str:
    if not done:
        return "nothing to drop"
    size = sum(each.bytes for each in done)
    verb = "would be" if dry_run else "were"
    return f"{size / 1_000:,.0f} kB of {len(done)} threads {verb} dropped; the file uses the room again"
