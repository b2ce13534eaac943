"""`surefoot run --estimate`: what a job will likely cost, said before it is run."""

from graph.budget import tightest
from graph.contract import Budget
from graph.costs import RunCost
from graph.domain import Domain
from graph.values import Json
from surefoot.assembly import assembled
from surefoot.catalog import Catalog
from surefoot.cli.common import Db, emit, settings_for
from surefoot.cli.money import estimate_page
from surefoot.costs.estimate import Pricing, estimate
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.models.endpoints.prices import usd_micros
from surefoot.settings import Settings


async def estimated(domain: str, request: Json, limits: Json, db: Db, *, as_json: bool) -> None:
    """Show the estimate; nothing is run, and no database is made."""
    known, runs = await _known(domain, db)
    found = estimate(request, known, runs, _pricing(settings_for(db)))
    asked = Budget.model_validate({**known.budget.model_dump(), **limits})
    found = found.model_copy(update={"budget": tightest(asked, known.budget)})
    if as_json:
        emit(found)
    else:
        estimate_page(found)


async def _known(name: str, db: Db) -> tuple[Domain, list[RunCost]]:
    """The domain, and what its finished runs cost, where there is a database to tell it."""
    settings = settings_for(db)
    if not settings.db.exists():
        return Catalog(settings.data_folder).get(name), []
    async with assembled(settings) as assembly:
        return assembly.catalog.get(name), await assembly.store.reads.run_costs(name)


def _pricing(settings: Settings) -> Pricing:
    """The planning model's prices; the offline rules are free."""
    endpoint = endpoints_of(settings).get("large")
    if endpoint is None:
        return lambda _prompt, _answer: 0
    return lambda prompt, answer: usd_micros(endpoint.base_url, endpoint.model, prompt, answer, table=settings.prices)
