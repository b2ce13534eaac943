"""What LangGraph Server needs of this process: one store for all its graphs, opened on the first request."""

import asyncio
import logging
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from checkpoints.store import Store
from graph.context import RunContext
from graph.errors import DomainMistake
from graph.ports import Deps
from graph.values import ThreadId
from surefoot.assembly import bound
from surefoot.catalog import Catalog
from surefoot.clock import SystemClock
from surefoot.models.choice import answering, said
from surefoot.settings import Settings
from surefoot.telemetry.tracing import begin

log = logging.getLogger("surefoot.serving")

_stack = AsyncExitStack()
_open: dict[str, Future[tuple[Store, Deps]]] = {}


async def served(config: RunnableConfig) -> tuple[Deps, type[BaseModel] | None]:
    """The ports, bound once a process, and the request of the domain that was chosen, for the input's form.

    The domains that this invocation can meet are loaded here: loading one opens files, which the server refuses on
    its event loop, so no node may be the first to ask for it.
    """
    store, deps = await _opened()
    chosen = config.get("configurable", {})
    wanted = str(chosen.get("domain") or RunContext().domain)
    names = {wanted}
    if thread_id := chosen.get("thread_id"):
        last = await store.reads.last_run(ThreadId(str(thread_id)))
        names |= {last.job.domain} if last else set()
    loaded: dict[str, type[BaseModel]] = {}
    for name in names:
        with suppress(DomainMistake):  # INTAKE tells it to the caller
            loaded[name] = (await asyncio.to_thread(deps.domains.get, name)).request
    return deps, loaded.get(wanted)


async def _opened() -> tuple[Store, Deps]:
    """Opened by whoever asks first. The server asks from more than one event loop, so no asyncio lock would do."""
    ours: Future[tuple[Store, Deps]] = Future()
    opened = _open.setdefault("store", ours)
    if opened is ours:
        try:
            ours.set_result(await _bound())
        except BaseException as error:  # noqa: BLE001 it belongs to all who wait
            del _open["store"]
            ours.set_exception(error)
    return await asyncio.shield(asyncio.wrap_future(opened))


async def _bound() -> tuple[Store, Deps]:
    """Nobody wakes parked runs here, so waits are slept through."""
    settings, clock = await asyncio.to_thread(Settings), SystemClock()
    await asyncio.to_thread(begin, settings)  # it may read a file
    log.info("model: %s", await asyncio.to_thread(said, settings))  # the first to import the client library
    provider = await _stack.enter_async_context(answering(settings, clock))
    store = await _stack.enter_async_context(Store.open(settings.db, clock=clock))
    return store, bound(store, Catalog(settings.data_folder), provider, clock, settings, parks=False)
