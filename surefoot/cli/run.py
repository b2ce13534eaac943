"""`surefoot run`: one job, JSON in, outcome out."""

from typing import Annotated, Any

import typer

from graph.amounts import limits_from
from graph.context import RunContext
from graph.jobs import RunView
from graph.values import Json
from surefoot.assembly import Assembly
from surefoot.cli.common import EXIT, AsJson, Db, Limits, emit, err, go, opened, out
from surefoot.cli.estimate import estimated
from surefoot.cli.progress import shown
from surefoot.cli.reading import job_from
from surefoot.cli.render import card_panel, status_text, verdict_lines


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(  # noqa: PLR0913,PLR0917 a command's options are its parameters
    domain: Annotated[str, typer.Argument(help="A bundled domain, or package.module:name.")],
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="A JSON file with the job, or - for stdin.")],
    thread: Annotated[str | None, typer.Option(help="Run on this thread; it may hold earlier runs.")] = None,
    tenant: Annotated[str, typer.Option(help="Whose run it is.")] = "default",
    budget_usd: Annotated[
        float | None, typer.Option(help="Most dollars to spend; the domain's limit still holds.")
    ] = None,
    budget_tokens: Annotated[int | None, typer.Option(help="Most tokens to spend.")] = None,
    budget: Limits = None,
    estimate: Annotated[  # noqa: FBT002 a flag
        bool, typer.Option("--estimate", help="Say what it will likely cost, and run nothing.")
    ] = False,
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Run one job. Exit: 0 complete, 3 rejected, 4 failed or interrupted, 5 waiting or parked."""
    job = job_from(source)
    words = [*(budget or []), *_words("usd", budget_usd), *_words("tokens", budget_tokens)]
    limits = limits_from(words)
    if estimate:
        go(estimated(domain, job, limits, db, as_json=as_json))
        return
    view = go(_run(RunContext(domain=domain, tenant=tenant, budget=limits), job, thread, db, as_json))
    raise typer.Exit(EXIT[view.status])


def _words(name: str, limit: float | None) -> list[str]:
    """An option of its own as `--budget` would say it, so that both are checked alike."""
    return [] if limit is None else [f"{name}={limit}"]


async def _run(context: RunContext, job: Json, thread: str | None, db: Any, as_json: bool) -> RunView:  # noqa: FBT001
    async with opened(db) as assembly:
        accepted = await assembly.runner.accept(context, job, thread)
        with shown(quiet=as_json) as listener:
            view = await assembly.runner.drive(accepted.job.run_id, listener)
        await warn(view, assembly)
        await tell(view, assembly, as_json=as_json)
        return view


async def warn(view: RunView, assembly: Assembly, since: int = 0) -> None:
    """What was alerted since then, in a line each on stderr."""
    for alert in await assembly.store.reads.alerts(view.job.run_id):
        if alert.at >= since:
            err.print(f"alert {alert.kind}: {alert.message}", style="yellow", markup=False)


async def tell(view: RunView, assembly: Assembly, *, as_json: bool) -> None:
    """The run's end, or what it waits for."""
    cards = await assembly.store.reads.cards(run_id=view.job.run_id) if view.status == "waiting" else []
    if as_json:
        emit({**view.model_dump(mode="json"), "escalation": cards[0].card.model_dump(mode="json") if cards else None})
        return
    out.print(f"run [bold]{view.job.run_id}[/bold] {status_text(view.status)}")
    for card in cards:
        out.print(card_panel(card.card))
    for line in verdict_lines(view):
        out.print(line, markup=False)
    for name, value in (view.outcome.data if view.outcome else {}).items():
        out.print(f"{name}: {value}", markup=False)
