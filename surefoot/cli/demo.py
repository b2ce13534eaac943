"""`surefoot demo`: the bundled tickets through the agent, with live progress and a table of outcomes."""

import shutil
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape

from graph.errors import BadRequest
from surefoot.cli.common import AsJson, Db, emit, err, go, opened, out
from surefoot.cli.progress import shown, state_name
from surefoot.cli.render import status_text, table
from surefoot.domains.support.web.hosting import Place, shop_at
from surefoot.settings import Settings
from surefoot.trial import Trial, attempt, cases_of

DOMAIN: Final = "support"
OWN_DB: Final = Path("surefoot-demo.db")
"""The demo's own file, made anew each time."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    db: Db = None,
    shop: Annotated[Place, typer.Option(help="The shop's backend: a file, or a server on this machine.")] = "local",
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Run the bundled support tickets. Exit 0 where each ended as its ticket expects."""
    begun = time.monotonic()
    path = _fresh(db)
    trials = go(_demo(path, shop, as_json))
    if as_json:
        emit([_plain(trial) for trial in trials])
    else:
        _show(trials, path, time.monotonic() - begun)
    raise typer.Exit(0 if all(not trial.unmet for trial in trials) else 1)


def _fresh(db: Path | None) -> Path:
    """A database without earlier demos, since refunds made once are not made again."""
    if db is not None:
        if db.exists():
            raise BadRequest(f"--db {db}: exists already; the demo needs a new file")
        return db
    for leftover in OWN_DB.parent.glob(f"{OWN_DB.name}*"):
        leftover.unlink()
    shutil.rmtree(Settings(db=OWN_DB).data_folder(DOMAIN), ignore_errors=True)
    return OWN_DB


async def _demo(path: Path, shop: Place, as_json: bool) -> list[Trial]:  # noqa: FBT001
    file = Settings(db=path).data_folder(DOMAIN) / "shop.db"
    async with shop_at(shop, file) as address, opened(path) as assembly:
        err.print(f"shop: {address}", style="dim", markup=False)
        trials = []
        for case in cases_of(DOMAIN).load_cases():
            with shown(quiet=as_json, title=case.title) as listener:
                trials.append(await attempt(case, DOMAIN, assembly, listener))
        return trials


def _show(trials: list[Trial], path: Path, seconds: float) -> None:
    rows = table("", "ticket", "run", "ended", "by", "effects")
    for trial in trials:
        mark = "[red]✗[/]" if trial.unmet else "[green]✓[/]"
        rows.add_row(
            mark,
            escape(trial.case.title),
            trial.view.job.run_id,
            status_text(trial.view.status),
            _why(trial),
            ", ".join(trial.effects) or "none",
        )
    out.print(rows)
    for trial in trials:
        for complaint in trial.unmet:
            out.print(f"{trial.case.id}: {complaint}", style="red", markup=False)
    met = sum(not trial.unmet for trial in trials)
    out.print(f"{met} of {len(trials)} tickets ended as expected, in {seconds:.1f} s.")
    waiting = [trial for trial in trials if trial.view.status == "waiting"]
    if waiting:
        out.print(f"{len(waiting)} wait for you: surefoot inbox --db {path}")
    failed = [trial for trial in trials if trial.view.status == "failed"]
    for trial in failed:
        out.print(f"look at one: surefoot runs {trial.view.job.run_id} --db {path}")


def _why(trial: Trial) -> str:
    if trial.card:
        return trial.card.kind.replace("_", " ")
    if trial.view.outcome:
        return trial.view.outcome.cause
    return f"in {state_name(trial.view.state or 'intake')}"


def _plain(trial: Trial) -> dict[str, object]:
    return {
        "case": trial.case.id,
        "run": trial.view.job.run_id,
        "status": trial.view.status,
        "why": _why(trial),
        "effects": trial.effects,
        "unmet": trial.unmet,
    }
