"""The SQLite checkpointer for LangGraph Server, named in `langgraph.json`. Absolute imports only, no classes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from checkpoints.saver.fenced import FencedSaver
from checkpoints.store import Store
from surefoot.clock import SystemClock
from surefoot.settings import Settings


@asynccontextmanager
async def open_saver() -> AsyncIterator[FencedSaver]:
    """The saver over this process's one writer."""
    async with Store.open(Settings().db, clock=SystemClock()) as store:
        yield store.saver
