"""Puts a process's parts together: the store, the ports over it, the graph over them, the runner on top."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from checkpoints.store import Store
from graph.build import build_graph
from graph.ports import Clock, Deps
from surefoot.catalog import Catalog
from surefoot.clock import SystemClock
from surefoot.models.gateway import Gateway
from surefoot.models.offline import Offline
from surefoot.models.provider import Provider
from surefoot.runner import Runner
from surefoot.settings import Settings
from tools.harden import HardenedTools


@dataclass(frozen=True)
class Assembly:
    """Everything one process needs."""

    settings: Settings
    store: Store
    catalog: Catalog
    deps: Deps
    runner: Runner
    model: str
    """What stands behind the gateway, for people."""


@asynccontextmanager
async def assembled(
    settings: Settings, *, provider: Provider | None = None, clock: Clock | None = None
) -> AsyncIterator[Assembly]:
    """Open the store and bind everything to it. Raises `StorageError`."""
    clock = clock or SystemClock()
    provider = provider or Offline()
    async with Store.open(settings.db, clock=clock, busy_seconds=settings.busy_seconds) as store:
        catalog = Catalog(settings.data_folder)
        deps = bound(store, catalog, provider, clock)
        runner = Runner(
            graph=build_graph(deps, checkpointer=store.saver),
            stores=store,
            domains=catalog,
            clock=clock,
            lease_seconds=settings.lease_seconds,
            most_supersteps=settings.most_supersteps,
        )
        yield Assembly(settings, store, catalog, deps, runner, provider.name)


def bound(store: Store, catalog: Catalog, provider: Provider, clock: Clock, *, parks: bool = True) -> Deps:
    """The ports that nodes are given."""
    return Deps(
        domains=catalog,
        models=Gateway(provider=provider, ledger=store.ledger, domains=catalog, clock=clock),
        tools=HardenedTools(effects=store.effects, records=store.records, clock=clock, holder=uuid4().hex),
        ledger=store.ledger,
        effects=store.effects,
        records=store.records,
        clock=clock,
        parks=parks,
    )
