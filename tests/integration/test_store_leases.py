from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

from checkpoints.store import Store
from fakes import NOON, FakeClock
from graph.charges import Limits
from graph.errors import Fenced
from graph.jobs import Lease
from graph.rows import Moved, RunStarted
from graph.values import ThreadId
from store_kit import BACKENDS, REF, REFUND, RUN, THREAD, header, job, reservation, step, table_rows, taken_over

CONFIG: RunnableConfig = {"configurable": {"thread_id": THREAD, "checkpoint_ns": "", "checkpoint_id": "1"}}


@pytest.fixture
def clock() -> FakeClock:
    """Time that the test moves."""
    return FakeClock()


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A new store of each kind."""
    async with BACKENDS[request.param](tmp_path, clock) as opened:
        yield opened


async def claimed(store: Store, holder: str = "me", seconds: float = 10) -> Lease:
    """A lease that is there for the taking."""
    lease = await store.leases.claim(THREAD, holder, seconds)
    assert lease is not None
    return lease


async def append(store: Store) -> None:
    """A row of the history."""
    await store.records.append(REF, Moved(transition=step(1, "planning")))


async def checkpoint(store: Store) -> None:
    """A checkpoint."""
    await store.saver.aput(CONFIG, empty_checkpoint(), {"source": "loop", "step": 1}, {})


async def writes(store: Store) -> None:
    """A task's writes."""
    await store.saver.aput_writes(CONFIG, [("channel", "value")], "task-1")


async def reserve(store: Store) -> None:
    """A reservation."""
    await store.ledger.reserve(REF, Limits(), reservation("z"))


async def effect(store: Store) -> None:
    """A claim on an effect."""
    await store.effects.begin(REF, "k", REFUND, "me", honours_keys=True)


async def failed_attempt(store: Store) -> None:
    """A count of an attempt."""
    await store.jobs.failed_attempt(RUN, "boom", NOON)


async def forget(store: Store) -> None:
    """The deletion of a thread."""
    await store.saver.adelete_thread(THREAD)


Write = Callable[[Store], Awaitable[None]]
EVERY_WRITE: list[Write] = [append, checkpoint, writes, reserve, effect, failed_attempt, forget]
TABLES = ("jobs", "transitions", "checkpoints", "writes", "reservations", "effects")


def everything(store: Store) -> list[list[tuple[object, ...]]]:
    """All that a driver of a thread may write."""
    return [table_rows(store.path, table) for table in TABLES]


async def driven(store: Store) -> Lease:
    """A run that this process drives and has written for."""
    await store.jobs.accept(job())
    lease = await claimed(store)
    await store.records.append(REF, RunStarted(header=header(), request={}))
    await checkpoint(store)
    return lease


async def test_a_lease_is_one_holders(store: Store, clock: FakeClock) -> None:
    """While a lease is live nobody else gets it; once over it may be claimed, with the fence raised."""
    assert await claimed(store, "first") == Lease(thread_id=THREAD, holder="first", fence=1)
    assert await store.leases.claim(THREAD, "second", 10) is None
    clock.advance(10)
    assert (await claimed(store, "second")).fence == 2


async def test_a_holder_takes_over_from_itself(store: Store) -> None:
    """A holder that claims its own thread again gets a higher fence."""
    await claimed(store, "me")
    assert (await claimed(store, "me")).fence == 2


async def test_threads_have_their_own(store: Store) -> None:
    """One thread's lease says nothing of another's."""
    await claimed(store)
    assert await store.leases.claim(ThreadId("thread-2"), "other", 10) is not None


async def test_renewing_keeps_it(store: Store, clock: FakeClock) -> None:
    """A renewed lease lives on from the time of its renewal."""
    lease = await claimed(store)
    clock.advance(9)
    assert await store.leases.renew(lease, 10)
    clock.advance(9)
    assert await store.leases.claim(THREAD, "other", 10) is None


async def test_a_lost_lease_cannot_be_renewed(store: Store) -> None:
    """Renewing says that the lease was taken over."""
    lease = await claimed(store)
    taken_over(store.path)
    assert not await store.leases.renew(lease, 10)


async def test_a_released_lease_is_free(store: Store) -> None:
    """After its release anybody may claim; fences go on rising; the old lease is void."""
    lease = await claimed(store, "first")
    await store.leases.release(lease)
    assert store.writer.held == {}
    assert (await claimed(store, "second")).fence == 2
    assert not await store.leases.renew(lease, 10)


async def test_releasing_a_lost_lease_frees_nothing(store: Store, clock: FakeClock) -> None:
    """A release after a takeover leaves the new holder's lease alone, in the file and in this process."""
    lost = await claimed(store, "first")
    clock.advance(11)
    lease = await claimed(store, "second")
    await store.leases.release(lost)
    assert store.writer.held == {THREAD: lease}
    assert await store.leases.claim(THREAD, "third", 10) is None


@pytest.mark.parametrize("write", EVERY_WRITE)
async def test_a_zombie_writes_nothing(store: Store, write: Write) -> None:
    """A process whose lease was taken over gets `Fenced` from each write, and the file stays as it was."""
    await driven(store)
    taken_over(store.path)
    before = everything(store)
    with pytest.raises(Fenced, match="taken over"):
        await write(store)
    assert everything(store) == before


@pytest.mark.parametrize("write", EVERY_WRITE)
async def test_nobody_writes_beside_a_live_lease(store: Store, clock: FakeClock, write: Write) -> None:
    """A process without a lease, such as Studio, is refused while somebody drives the thread, and only then."""
    lease = await driven(store)
    del store.writer.held[lease.thread_id]
    before = everything(store)
    with pytest.raises(Fenced, match="driven by another process"):
        await write(store)
    assert everything(store) == before
    clock.advance(11)
    await write(store)


@pytest.mark.parametrize("write", EVERY_WRITE)
async def test_a_thread_that_nobody_ever_leased(store: Store, write: Write) -> None:
    """Without leases, as in Studio or a plain `ainvoke`, everything is allowed."""
    await store.records.append(REF, RunStarted(header=header(), request={}))
    await write(store)


async def test_a_stale_lease_of_ones_own_is_no_zombie(store: Store, clock: FakeClock) -> None:
    """A lease that ran out and was not taken over still writes: nobody else does."""
    await driven(store)
    clock.advance(100)
    await append(store)
    assert len(await store.reads.timeline(RUN)) == 1


async def test_two_stores_of_one_process_share_leases(store: Store, clock: FakeClock) -> None:
    """A second opening of the file in this process writes under the first one's lease."""
    await driven(store)
    async with Store.open(store.path, clock=clock) as second:
        assert second.writer is store.writer
        await append(second)
    assert len(await store.reads.timeline(RUN)) == 1
