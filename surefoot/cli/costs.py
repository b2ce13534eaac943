"""`surefoot costs`: where the money went, and which limits to set."""

from typing import Annotated, get_args

import typer

from graph.costs import CostsBy
from graph.errors import BadRequest
from surefoot.cli.common import AsJson, Db, emit, err, go, reopened
from surefoot.cli.money import costs_table, suggestion_page
from surefoot.costs.since import since as moment
from surefoot.costs.suggestion import Suggestion, suggested


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("costs")(costs)


def costs(  # noqa: PLR0913,PLR0917 a command's options are its parameters
    domain: Annotated[str | None, typer.Argument(help="Only this domain.")] = None,
    by: Annotated[str, typer.Option(help=f"Sums by {', '.join(get_args(CostsBy))}.")] = "day",
    since: Annotated[
        str | None, typer.Option(help="Only since then: 24h, 7d, 2w, or a day such as 2026-11-01.")
    ] = None,
    suggest_budget: Annotated[  # noqa: FBT002 a flag
        bool, typer.Option("--suggest-budget", help="Propose limits from what the domain's runs cost.")
    ] = False,
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Show what model calls cost, as charged: by day, domain, tenant, model, state or role; days are UTC's."""
    if suggest_budget:
        go(_suggest(domain, db, as_json))
    else:
        go(_costs(_known(by), since, domain, db, as_json))


def _known(by: str) -> CostsBy:
    names: tuple[CostsBy, ...] = get_args(CostsBy)
    for name in names:
        if name == by:
            return name
    raise BadRequest(f"--by: {by!r} is none of {', '.join(names)}")


async def _costs(by: CostsBy, since: str | None, domain: str | None, db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        start = moment(since, assembly.deps.clock.now())
        lines = await assembly.store.reads.costs(by, since=start, domain=domain)
    if as_json:
        emit([line.model_dump(mode="json") for line in lines])
    else:
        costs_table(lines, by)


async def _suggest(domain: str | None, db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        reads, found = assembly.store.reads, list[Suggestion]()
        names = [domain] if domain else [line.key for line in await reads.costs("domain") if line.key]
        for name in names:
            budget = assembly.catalog.get(name).budget
            try:
                found.append(suggested(name, budget, await reads.run_costs(name)))
            except BadRequest as told:
                if len(names) == 1:
                    raise
                err.print(str(told), style="dim", markup=False)
    if as_json:
        emit([{**each.model_dump(mode="json"), "budget": each.python()} for each in found])
        return
    for each in found:
        suggestion_page(each)
    if not found:
        raise BadRequest("no domain has enough finished runs to suggest a budget")
