"""Puts a process's parts together: the store, the ports over it, the graph over them, the runner on top."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from uuid import uuid4

from checkpoints.store import Store
from graph.build import build_graph
from graph.ports import Clock, Deps, Ledger, Records
from surefoot.catalog import Catalog
from surefoot.clock import SystemClock
from surefoot.models.choice import answering, said
from surefoot.models.gatekeeping import gateway_of
from surefoot.models.provider import Provider
from surefoot.runner import Runner
from surefoot.settings import Settings
from surefoot.telemetry.ports import TracedLedger, traced
from surefoot.telemetry.steps import TracedRecords
from surefoot.telemetry.tracing import begin, tracing
from tools.pipeline import HardenedTools


@dataclass(frozen=True)
class Assembly:
    """Everything one process needs."""

    settings: Settings
    store: Store
    catalog: Catalog
    deps: Deps
    runner: Runner
    model: str
    """What stands behind the gateway, and why, in one line for people."""


@asynccontextmanager
async def assembled(
    settings: Settings, *, provider: Provider | None = None, clock: Clock | None = None
) -> AsyncIterator[Assembly]:
    """Open the store and bind everything to it; the settings say which model answers, unless a provider is given.

    Raises:
        StorageError: The file cannot be used.
    """
    clock = clock or SystemClock()
    model = provider.name if provider else said(settings)
    begin(settings)
    async with (
        nullcontext(provider) if provider else answering(settings, clock) as answers,
        Store.open(settings.db, clock=clock, busy_seconds=settings.busy_seconds) as store,
    ):
        catalog = Catalog(settings.data_folder)
        deps = bound(store, catalog, answers, clock, settings)
        runner = Runner(
            graph=build_graph(deps, checkpointer=store.saver),
            stores=store,
            domains=catalog,
            clock=clock,
            lease_seconds=settings.lease_seconds,
            most_supersteps=settings.most_supersteps,
        )
        yield Assembly(settings, store, catalog, deps, runner, model)


def bound(  # noqa: PLR0913 a part each
    store: Store, catalog: Catalog, provider: Provider, clock: Clock, settings: Settings, *, parks: bool = True
) -> Deps:
    """The ports that nodes are given; wrapped only where traces are asked for."""
    traces = tracing()
    ledger: Ledger = TracedLedger(store.ledger) if traces else store.ledger
    records: Records = TracedRecords(store.records) if traces else store.records
    deps = Deps(
        domains=catalog,
        models=gateway_of(provider, ledger, catalog, clock, settings),
        tools=HardenedTools(effects=store.effects, records=records, clock=clock, holder=uuid4().hex, rates=store.rates),
        ledger=ledger,
        effects=store.effects,
        records=records,
        clock=clock,
        parks=parks,
        budget=settings.budget,
    )
    return traced(deps) if traces else deps
