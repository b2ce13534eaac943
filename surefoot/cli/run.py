"""`surefoot run`: one job, JSON in, outcome out."""

from typing import Annotated, Any

import typer

from graph.context import RunContext
from graph.jobs import RunView
from graph.values import Json
from surefoot.assembly import Assembly
from surefoot.cli.common import EXIT, AsJson, Db, emit, go, opened, out
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
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Run one job. Exit: 0 complete, 3 rejected, 4 failed or interrupted, 5 waiting or parked."""
    job = job_from(source)
    budget: dict[str, float | str] = {}
    if budget_usd is not None:
        budget["usd"] = budget_usd
    if budget_tokens is not None:
        budget["tokens"] = budget_tokens
    view = go(_run(RunContext(domain=domain, tenant=tenant, budget=budget), job, thread, db, as_json))
    raise typer.Exit(EXIT[view.status])


async def _run(context: RunContext, job: Json, thread: str | None, db: Any, as_json: bool) -> RunView:  # noqa: FBT001
    async with opened(db) as assembly:
        accepted = await assembly.runner.accept(context, job, thread)
        with shown(quiet=as_json) as listener:
            view = await assembly.runner.drive(accepted.job.run_id, listener)
        await tell(view, assembly, as_json=as_json)
        return view


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
