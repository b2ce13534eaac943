"""`surefoot doctor`: whether this installation can run, one line a thing, each with its remedy."""

from collections import Counter
from typing import Annotated, Final

import typer
from rich.markup import escape

from surefoot.cli.common import AsJson, Db, emit, out, settings_for
from surefoot.doctor import examine
from surefoot.doctor.finding import Finding

COLOURS: Final = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    domain: Annotated[
        str | None, typer.Option("--domain", help="Look at this domain, in place of the bundled ones.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Look at everything that could keep Surefoot from running. Exit 0 without a problem, else 1."""
    findings = list(examine(settings_for(db), domain))
    counts = Counter(finding.verdict for finding in findings)
    if as_json:
        emit({"problems": counts["problem"], "warnings": counts["warning"], "findings": findings})
    else:
        for finding in findings:
            _show(finding)
        out.print(f"{counts['problem']} problems, {counts['warning']} warnings, {counts['ok']} ok")
    raise typer.Exit(1 if counts["problem"] else 0)


def _show(finding: Finding) -> None:
    colour = COLOURS[finding.verdict]
    remedy = f"  → {escape(finding.remedy)}" if finding.remedy else ""
    out.print(f"[{colour}]{finding.verdict:<8}[/] [bold]{escape(finding.topic)}[/]  {escape(finding.found)}{remedy}")
