"""`surefoot eval`: a domain's cases through the real agent, against what each expects."""

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand

from graph.errors import BadRequest
from surefoot.cli.common import AsJson, emit, go, opened
from surefoot.cli.eval_page import following, show
from surefoot.evaluation import baseline as baselines
from surefoot.evaluation.parallel import MOST_AT_ONCE, Room, evaluate, room
from surefoot.evaluation.report import Subject, reported
from surefoot.evaluation.results import CaseResult
from surefoot.evaluation.selection import MUTATIONS, Drawn, select
from surefoot.trial import cases_of

BARE: Final = "--mutations"


class Evaluating(TyperCommand):
    """Lets `--mutations` stand without its number, which Typer has no word for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare `--mutations` the usual number."""
        return super().parse_args(ctx, with_numbers(args))


def with_numbers(args: list[str]) -> list[str]:
    """The words, with the usual number after each `--mutations` that has none."""
    pairs = zip(args, [*args[1:], ""], strict=True)
    return [part for word, after in pairs for part in _whole(word, after)]


def _whole(word: str, after: str) -> list[str]:
    return [word, str(MUTATIONS)] if word == BARE and not after.lstrip("-").isdigit() else [word]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval", cls=Evaluating)(evaluation)


def evaluation(  # noqa: PLR0913,PLR0917 a command's options are its parameters
    domain: Annotated[str, typer.Argument(help="A bundled domain, or package.module:name.")],
    only: Annotated[str | None, typer.Option(metavar="ID[,ID]", help="Only these cases.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many.")] = None,
    mutations: Annotated[
        int | None, typer.Option(BARE, metavar="[N]", help=f"Mutations of the cases in their place ({MUTATIONS}).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="What mutations are drawn from; else the domain's own seed.")] = None,
    concurrency: Annotated[int, typer.Option(help="Cases that run at once.")] = 4,
    threshold: Annotated[
        float | None, typer.Option(help="Least share as expected, in each group; all, where nothing else is said.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Compare; without --threshold, only what it does not know to fail counts.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write a baseline.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep each case's database and data in this new folder.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Run a domain's cases, each in a world of its own. Exit 0 where they are good enough, 1 where not."""
    _refuse(threshold, concurrency, seed, mutations)
    drawn = None if mutations is None else Drawn(count=mutations, seed=seed)
    selection = select(domain, cases_of(domain), drawn, only.split(",") if only is not None else None, limit)
    known = baselines.read(baseline, domain, drawn) if baseline else None
    if save:
        baselines.refuse_unwritable(save)
    begun = time.monotonic()
    with room(keep, concurrency) as place:
        subject, results = go(_evaluated(domain, selection.cases, drawn, place, concurrency, quiet=as_json))
    comparison = baselines.compare(known, results, selection.known) if known else None
    report = reported(subject, results, time.monotonic() - begun, threshold=threshold, comparison=comparison)
    if as_json:
        emit(report)
    else:
        show(report)
    if save:
        baselines.save(baselines.baseline_of(domain, drawn, results), save)
    raise typer.Exit(0 if report.passed else 1)


def _refuse(threshold: float | None, concurrency: int, seed: int | None, mutations: int | None) -> None:
    if threshold is not None and not 0 <= threshold <= 1:
        raise BadRequest(f"--threshold: {threshold:g} is no share; give a number from 0 to 1, such as 0.95")
    if not 1 <= concurrency <= MOST_AT_ONCE:
        raise BadRequest(f"--concurrency: {concurrency} cases at once cannot be; give 1 to {MOST_AT_ONCE}")
    if seed is not None and mutations is None:
        raise BadRequest("--seed: the domain's own cases are not drawn; give it with --mutations")


async def _evaluated(  # noqa: PLR0913 all that was chosen
    domain: str, cases: tuple[Any, ...], drawn: Drawn | None, place: Room, concurrency: int, *, quiet: bool
) -> tuple[Subject, list[CaseResult]]:
    subject = await _subject(domain, drawn)
    with following(len(cases), quiet=quiet) as told:
        return subject, await evaluate(domain, cases, place, concurrency=concurrency, told=told)


async def _subject(domain: str, drawn: Drawn | None) -> Subject:
    """Says which model answers, and refuses a broken domain once rather than in every case."""
    with room(None, 1) as probe:
        async with opened(probe.path / "surefoot.db") as assembly:
            version = assembly.catalog.version(domain)
            return Subject(domain=domain, domain_version=version, model=assembly.model, drawn=drawn)
