"""What LangGraph Server needs of this process: one store for all its graphs, opened on the first request."""

import asyncio
from contextlib import AsyncExitStack

from checkpoints.store import Store
from graph.ports import Deps
from surefoot.assembly import bound
from surefoot.catalog import Catalog
from surefoot.clock import SystemClock
from surefoot.models.offline import Offline
from surefoot.settings import Settings

_lock = asyncio.Lock()
_stack = AsyncExitStack()
_deps: list[Deps] = []


async def studio_deps() -> Deps:
    """The ports, bound once a process. Nobody wakes parked runs here, so waits are slept through."""
    async with _lock:
        if not _deps:
            settings, clock = await asyncio.to_thread(Settings), SystemClock()
            store = await _stack.enter_async_context(Store.open(settings.db, clock=clock))
            _deps.append(bound(store, Catalog(settings.data_folder), Offline(), clock, parks=False))
        return _deps[0]
