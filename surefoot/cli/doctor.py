"""`surefoot doctor`: whether this installation can run, one line a thing, each with its remedy.

With `--model` the configured models are asked, and nothing else is looked at.
"""

from collections import Counter
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from surefoot.cli.common import AsJson, Db, emit, err, go, out, settings_for
from surefoot.clock import SystemClock
from surefoot.doctor import examine
from surefoot.doctor.finding import Finding
from surefoot.models.choice import said
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.settings import Settings

COLOURS: Final = {
    "ok": "green", "warning": "yellow", "problem": "bold red", "degraded": "yellow", "fails": "bold red",
}  # fmt: skip
BUNDLED: Final = "support"
"""The domain whose planning prompt must fit, where none is given."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    domain: Annotated[
        str | None, typer.Option("--domain", help="Look at this domain, in place of the bundled ones.")
    ] = None,
    model: Annotated[bool, typer.Option("--model", help="Ask the configured models a few small questions.")] = False,  # noqa: FBT002 a flag
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Look at everything that could keep Surefoot from running. Exit 0 without a problem, else 1."""
    settings = settings_for(db)
    if model:
        raise typer.Exit(go(_models(settings, domain or BUNDLED, as_json=as_json)))
    findings = list(examine(settings, domain))
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


async def _models(settings: Settings, domain: str, *, as_json: bool) -> int:
    """The table of checks, and the exit code: 1 where the agent cannot work with these models."""
    line = said(settings)
    if not endpoints_of(settings):
        found = f"{line}: no model to ask"
        emit({"model": line, "works": True, "checks": []}) if as_json else out.print(found, markup=False)
        return 0
    from surefoot.doctor.model_asking import ask_models  # noqa: PLC0415 a second of imports, for those who use it

    err.print(f"asking {line} ...", style="dim", markup=False)
    checks = [check async for check in ask_models(settings, domain, SystemClock())]
    works = all(check.verdict != "fails" for check in checks)
    if as_json:
        emit({"model": line, "works": works, "checks": checks})
        return 0 if works else 1
    table = Table("tier", "check", "", "found", "what to do", title=line)
    for check in checks:
        told = f"[{COLOURS[check.verdict]}]{check.verdict}[/]"
        table.add_row(check.tier, check.name, told, escape(check.found), escape(check.remedy))
    out.print(table)
    out.print("the agent can work with this" if works else "the agent cannot work with this")
    return 0 if works else 1
