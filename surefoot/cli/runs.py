"""`surefoot runs`, `resume` and `cancel`: what there is, and how it goes on."""

from typing import Annotated, get_args

import typer

from graph.amounts import limits_from
from graph.contract import RunStatus
from graph.errors import BadRequest
from graph.jobs import RunView
from graph.ports import RunRef
from graph.values import Json
from surefoot.cli.common import EXIT, AsJson, Db, Limits, emit, go, introduce, reopened
from surefoot.cli.money import alerts_lines, calls_table
from surefoot.cli.progress import shown
from surefoot.cli.render import run_page, runs_table
from surefoot.cli.run import tell, warn

RunId = Annotated[str, typer.Argument(help="The run, as `surefoot runs` lists it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("runs")(runs)
    app.command("resume")(resume)
    app.command("cancel")(cancel)


def runs(  # noqa: PLR0913,PLR0917 a command's options are its parameters
    run_id: Annotated[str | None, typer.Argument(help="Show one run's timeline.")] = None,
    status: Annotated[str | None, typer.Option(help="Only runs of this status.")] = None,
    domain: Annotated[str | None, typer.Option(help="Only runs of this domain.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """List runs, newest first, or show one: where it is, how it got there, what it did."""
    if run_id is not None:
        go(_one(run_id, db, as_json))
        return
    go(_list(_known(status), domain, limit, db, as_json))


def _known(status: str | None) -> RunStatus | None:
    names: tuple[RunStatus, ...] = get_args(RunStatus)
    for name in names:
        if name == status:
            return name
    if status is not None:
        raise BadRequest(f"--status: {status!r} is none of {', '.join(names)}")
    return None


async def _list(status: RunStatus | None, domain: str | None, limit: int, db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        views = await assembly.store.reads.runs(status=status, domain=domain, limit=limit)
    if as_json:
        emit([view.model_dump(mode="json") for view in views])
    else:
        runs_table(views)


async def _one(run_id: str, db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        view = await assembly.runner.view(run_id)
        job, reads = view.job, assembly.store.reads
        spend = await assembly.deps.ledger.spent(RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant))
        timeline, calls = await reads.timeline(job.run_id), await reads.tool_calls(job.run_id)
        asked, alerts = await reads.model_calls(job.run_id), await reads.alerts(job.run_id)
    if as_json:
        told = {"run": view, "spend": spend, "timeline": timeline, "tool_calls": calls}
        emit({**told, "model_calls": asked, "alerts": alerts})
    else:
        run_page(view, spend, timeline, calls)
        calls_table(asked)
        alerts_lines(alerts)


def resume(
    run_id: RunId,
    budget: Limits = None,
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Continue at the state that failed, parked or was interrupted; finished work is not repeated.

    A run that used up its budget, or its plans, needs a new limit.
    """
    limits = limits_from(budget or [])
    raise typer.Exit(EXIT[go(_resume(run_id, limits, db, as_json)).status])


async def _resume(run_id: str, limits: Json, db: Db, as_json: bool) -> RunView:  # noqa: FBT001
    async with reopened(db) as assembly:
        introduce(assembly)
        with shown(quiet=as_json) as listener:
            began = assembly.deps.clock.now()
            view = await assembly.runner.resume(run_id, listener, budget=limits)
        await warn(view, assembly, began)
        await tell(view, assembly, as_json=as_json)
        return view


def cancel(run_id: RunId, db: Db = None, as_json: AsJson = False) -> None:  # noqa: FBT002 a flag
    """End a run at its next state; a waiting or parked one ends at once."""
    go(_cancel(run_id, db, as_json))


async def _cancel(run_id: str, db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        view = await assembly.runner.cancel(run_id)
        await tell(view, assembly, as_json=as_json)
