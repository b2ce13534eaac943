"""An evaluation as a person reads it: while it runs, and when it is over."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from graph.budget import MICROS_PER_USD
from surefoot.cli.common import err, out
from surefoot.cli.render import spend_text, table
from surefoot.evaluation.baseline import Comparison
from surefoot.evaluation.parallel import Told
from surefoot.evaluation.report import Report, Score, Tally
from surefoot.evaluation.results import CaseResult

MOST_IDS: Final = 12
"""Case ids that a line names; `--json` has them all."""


# -- while it runs ---------------------------------------------------------------------------------


@contextmanager
def following(total: int, *, quiet: bool) -> Iterator[Told]:
    """Tells of each case as it ends: a bar on a terminal, lines where stderr is piped."""
    if quiet:
        yield lambda _: None
    elif err.is_terminal:
        with _bar() as bar:
            yield _moving(bar, total)
    else:
        yield _lines(total)


def _bar() -> Progress:
    columns = (TextColumn("evaluating"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    return Progress(*columns, TimeElapsedColumn(), console=err, transient=True)


def _moving(bar: Progress, total: int) -> Told:
    """Moves the bar; a case that is not as expected stays above it."""
    counts = {"good": 0, "bad": 0, "forbidden": 0}
    task = bar.add_task(_counted(counts), total=total)

    def tell(result: CaseResult) -> None:
        counts["good" if result.as_expected else "bad"] += 1
        counts["forbidden"] += bool(result.forbidden)
        if not result.as_expected:
            bar.console.print(f"[red]✗[/] {escape(_line(result))}")
        bar.update(task, advance=1, description=_counted(counts))

    return tell


def _counted(counts: dict[str, int]) -> str:
    loud = f" [bold white on red] {counts['forbidden']} FORBIDDEN [/]" if counts["forbidden"] else ""
    return f"[green]{counts['good']} as expected[/] [red]{counts['bad']} not[/]{loud}"


def _lines(total: int) -> Told:
    ended = iter(range(1, total + 1))

    def tell(result: CaseResult) -> None:
        err.print(f"{next(ended)}/{total} {_line(result)}", markup=False)

    return tell


def _line(result: CaseResult) -> str:
    loud = "".join(f"FORBIDDEN EFFECT {effect}, " for effect in result.forbidden)
    verdict = "as expected" if result.as_expected else f"{loud}NOT as expected: {'; '.join(result.unmet)}"
    return f"{result.id} {verdict} ({result.seconds:.1f} s, {spend_text(result.spend)})"


# -- when it is over -------------------------------------------------------------------------------


def show(report: Report) -> None:
    """Forbidden effects first, then the tables, the comparison, the spend, and the verdict last."""
    _forbidden(report)
    _intents(report)
    _complaints(report)
    if report.comparison:
        _comparison(report.comparison)
    _places(report)
    for name, found in report.groups.items() if len(report.groups) > 1 else ():
        out.print(f"{name}: {_score(found)} as expected", markup=False)
    count = max(len(report.cases), 1)
    each = f"{report.spend.tokens // count:,} tokens, {_dollars(report.spend.usd_micros // count)} a case"
    out.print(f"spent: {spend_text(report.spend)}; {each}", markup=False)
    out.print(f"{_score(report.score)} cases as expected, in {report.seconds:.1f} s.", markup=False)
    out.print("PASSED" if report.passed else "FAILED", style="bold green" if report.passed else "bold red")
    for line in report.objections:
        out.print(f"  {line}", markup=False)


def _forbidden(report: Report) -> None:
    for name, effects in report.forbidden.items():
        out.print(f"FORBIDDEN EFFECT in {name}: {', '.join(effects)}", style="bold white on red", markup=False)


def _intents(report: Report) -> None:
    apart = list(report.groups) if len(report.groups) > 1 else []
    rows = table("", "intent", *map(escape, apart), "as expected", "tokens each", "cost each")
    for tally in report.intents:
        rows.add_row(*_cells(tally, apart))
    out.print(rows)


def _cells(tally: Tally, apart: list[str]) -> list[str]:
    whole = tally.score.as_expected == tally.score.total
    groups = [_score(tally.groups[name]) if name in tally.groups else "" for name in apart]
    tokens, micros = tally.spend.tokens // tally.score.total, tally.spend.usd_micros // tally.score.total
    mark = "[green]✓[/]" if whole else "[red]✗[/]"
    held = _score(tally.score) if whole else f"[red]{_score(tally.score)}[/]"
    return [mark, escape(tally.name), *groups, held, f"{tokens:,}", _dollars(micros)]


def _complaints(report: Report) -> None:
    if not report.complaints:
        return
    rows = table("failed expectation", "cases", "which")
    for complaint in report.complaints:
        rows.add_row(escape(complaint.kind), str(len(complaint.cases)), escape(_ids(complaint.cases)))
    out.print(rows)


def _comparison(found: Comparison) -> None:
    out.print(f"against the baseline: {found.same} the same")
    for name, ids in (
        ("newly failing", found.newly_failing), ("newly passing", found.newly_passing), ("new", found.new),
        ("new and failing", found.new_failing), ("gone", found.gone),
    ):  # fmt: skip
        if ids:
            out.print(f"  {len(ids)} {name}: {_ids(ids)}", markup=False)
    if found.not_run:
        out.print(f"  {found.not_run} not run this time")


def _places(report: Report) -> None:
    """Where to look at what went wrong."""
    for result in report.cases:
        if result.db and result.run and not result.as_expected:
            out.print(f"look at {result.id}: surefoot runs {result.run} --db {result.db}", markup=False)


def _ids(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else ""
    return ", ".join(ids[:MOST_IDS]) + more


def _score(found: Score) -> str:
    return f"{found.as_expected} of {found.total}"


def _dollars(micros: int) -> str:
    return f"${micros / MICROS_PER_USD:.4f}"
