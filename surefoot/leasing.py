"""One driver a thread: a lease that is renewed while its run is driven."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from graph.errors import RunBusy
from graph.jobs import Lease, Leases
from graph.values import ThreadId

RENEWALS = 3
"""How often a lease is renewed within its time."""


@asynccontextmanager
async def leased(leases: Leases, thread_id: ThreadId, seconds: float) -> AsyncIterator[Lease]:
    """Hold the thread's lease. Raises `RunBusy` while somebody else does.

    The holder's name is new each time, so that two drives within one process exclude each other too.
    """
    lease = await leases.claim(thread_id, uuid4().hex, seconds)
    if lease is None:
        raise RunBusy(f"thread {thread_id} is driven by another process; try again when it is done")
    heart = asyncio.create_task(_beat(leases, lease, seconds))
    try:
        yield lease
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart
        await leases.release(lease)


async def _beat(leases: Leases, lease: Lease, seconds: float) -> None:
    """Renew until cancelled, or until the lease is lost; a lost one is refused at the next write."""
    while await leases.renew(lease, seconds):  # noqa: ASYNC110 time is what it waits for
        await asyncio.sleep(seconds / RENEWALS)
