"""Limits of the process and of the day, as whole runs meet them."""

from dataclasses import replace
from pathlib import Path

from checkpoints.store import Store
from graph.contract import Budget, Ceiling, Header
from graph.ports import Deps
from machine_kit import Machine, machine
from store_kit import rows
from surefoot.models.ceilings import Ceilings
from surefoot.models.gateway import Gateway
from toydomain import toy

JOB = {"name": "Ada"}


async def header_of(opened: Machine, run_id: str) -> Header:
    """What INTAKE froze."""
    ((text,),) = rows(opened.store.path, "SELECT header FROM jobs WHERE run_id = ?", run_id)
    return Header.model_validate_json(str(text))


async def test_the_process_has_a_word_on_every_budget(tmp_path: Path) -> None:
    """Its own limits are frozen into the run where they are the tightest."""

    def adapt(deps: Deps, _store: Store) -> Deps:
        return replace(deps, budget=Budget(tokens=50_000, usd=None, seconds=None, calls=None, alert_at=0.5))

    async with machine(tmp_path, adapt=adapt) as opened:
        view = await opened.run(JOB)
        budget = (await header_of(opened, view.job.run_id)).budget
        ours = toy(tmp_path / "toy").budget
    assert (budget.tokens, budget.alert_at) == (min(50_000, ours.tokens or 50_000), 0.5)
    assert (budget.usd, budget.calls) == (ours.usd, ours.calls)


async def test_a_full_day_stops_a_run_as_its_own_limit_does(tmp_path: Path) -> None:
    """It goes to `fallback`, and its spend says which ceiling it was and when that is free again."""

    def adapt(deps: Deps, _store: Store) -> Deps:
        assert isinstance(deps.models, Gateway)
        return replace(deps, models=replace(deps.models, ceilings=Ceilings(tenant=Ceiling(tokens=100))))

    async with machine(tmp_path, adapt=adapt) as opened:
        view = await opened.run(JOB)
        steps = [step.target for step in await opened.store.reads.timeline(view.job.run_id)]
        ((reason,),) = rows(opened.store.path, "SELECT reason FROM reservations WHERE status = 'refused'")
    assert "fallback" in steps
    assert "the day's ceiling of tenant" in str(reason)
    assert str(reason).endswith("it is free again at 2025-12-02 00:00 UTC")
    assert opened.model.calls == []


async def test_a_domains_own_ceiling_is_over_all_its_tenants(tmp_path: Path) -> None:
    """What one tenant's run spent is missing to the next one's."""
    domain = replace(toy(tmp_path / "toy"), ceiling=Ceiling(tokens=6_000))
    async with machine(tmp_path, domain=domain) as opened:
        first = await opened.run(JOB)
        for _ in range(12):
            last = await opened.run(JOB)
        spent = rows(opened.store.path, "SELECT sum(tokens) FROM reservations WHERE status != 'refused'")[0][0]
        reasons = rows(opened.store.path, "SELECT reason FROM reservations WHERE run_id = ? AND status = 'refused'",
                       last.job.run_id)  # fmt: skip
    assert first.status == "complete"
    assert "the day's ceiling of domain toy" in str(reasons[0][0])
    assert int(str(spent)) <= 6_000


async def test_a_domain_chooses_tiers(tmp_path: Path) -> None:
    """For its roles, as the ledger tells."""
    domain = replace(toy(tmp_path / "toy"), tiers={"plan": "small"})
    async with machine(tmp_path, domain=domain) as opened:
        await opened.run(JOB)
        tiers = {str(role): tier for role, tier in rows(opened.store.path, "SELECT role, tier FROM model_calls")}
    assert (tiers["plan"], tiers["review"]) == ("small", "large")
