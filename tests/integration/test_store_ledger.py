import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from checkpoints.store import Store
from fakes import FakeClock
from graph.charges import Limits
from graph.contract import Spend
from graph.values import RunId
from store_kit import BACKENDS, REF, THREAD, reservation, rows, taken_over, usage


@pytest.fixture
def clock() -> FakeClock:
    """Time that the test moves."""
    return FakeClock()


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A new store of each kind."""
    async with BACKENDS[request.param](tmp_path, clock) as opened:
        yield opened


async def test_reserve_then_settle(store: Store) -> None:
    """An open reservation counts as reserved; settling replaces it by what was used."""
    assert not (await store.ledger.reserve(REF, Limits(tokens=100, usd_micros=1000, calls=5), reservation("a"))).refused
    assert await store.ledger.spent(REF) == Spend(tokens=10, usd_micros=100, calls=1)
    await store.ledger.settle(REF, "a", usage(prompt=4, completion=3, usd_micros=70))
    assert await store.ledger.spent(REF) == Spend(tokens=7, usd_micros=70, calls=1, seconds=0.5)


async def test_settling_twice(store: Store) -> None:
    """A second settlement of one reservation changes nothing, and the call has one row."""
    await store.ledger.reserve(REF, Limits(), reservation("a"))
    await store.ledger.settle(REF, "a", usage(prompt=4))
    await store.ledger.settle(REF, "a", usage(prompt=4000))
    assert (await store.ledger.spent(REF)).tokens == 7
    assert rows(store.path, "SELECT id, tenant, prompt_tokens, charged FROM model_calls") == [("a", "acme", 4, 1)]


@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        (Limits(tokens=20), True),
        (Limits(tokens=19), False),
        (Limits(usd_micros=200), True),
        (Limits(usd_micros=199), False),
        (Limits(calls=2), True),
        (Limits(calls=1), False),
        (Limits(), True),
    ],
)
async def test_each_limit_is_kept(store: Store, limits: Limits, *, fits: bool) -> None:
    """A reservation fits up to each limit and not beyond; `None` limits nothing; a refusal is counted and free."""
    await store.ledger.reserve(REF, Limits(), reservation("a", tokens=10, usd_micros=100))
    found = await store.ledger.reserve(REF, limits, reservation("b", tokens=10, usd_micros=100))
    assert (found.refused == "") is fits
    spend = await store.ledger.spent(REF)
    assert (spend.calls, spend.refused) == ((2, 0) if fits else (1, 1))


async def test_the_same_reservation_again(store: Store) -> None:
    """A reservation that is delivered twice gets one answer and counts once."""
    assert not (await store.ledger.reserve(REF, Limits(tokens=10), reservation("a"))).refused
    assert not (await store.ledger.reserve(REF, Limits(tokens=10), reservation("a"))).refused
    assert (await store.ledger.reserve(REF, Limits(tokens=10), reservation("b"))).refused
    assert (await store.ledger.reserve(REF, Limits(), reservation("b"))).refused
    spend = await store.ledger.spent(REF)
    assert spend.model_copy(update={"refusal": ""}) == Spend(tokens=10, usd_micros=100, calls=1, refused=1)
    assert "0 of 10 tokens are left" in spend.refusal


async def test_an_overrun_closes_the_budget(store: Store) -> None:
    """A provider that reports more than was reserved is recorded as it said, and nothing fits any more."""
    await store.ledger.reserve(REF, Limits(tokens=20), reservation("a", tokens=10))
    await store.ledger.settle(REF, "a", usage(prompt=30, completion=0))
    assert (await store.ledger.reserve(REF, Limits(tokens=20), reservation("b", tokens=1))).refused


async def test_runs_do_not_share_a_budget(store: Store) -> None:
    """Another run's spend is no concern of this one."""
    other = REF.model_copy(update={"run_id": RunId("run-2")})
    await store.ledger.reserve(other, Limits(), reservation("a"))
    assert await store.ledger.spent(REF) == Spend()


async def test_a_hot_run_never_overspends(store: Store) -> None:
    """50 callers at once, each reserving and settling: at no time is more reserved and spent than the limit."""
    limit = 300

    async def caller(number: int) -> int:
        kept = 0
        for turn in range(4):
            name = f"{number}-{turn}"
            if not (await store.ledger.reserve(REF, Limits(tokens=limit), reservation(name, tokens=10))).refused:
                assert (await store.ledger.spent(REF)).tokens <= limit
                await store.ledger.settle(REF, name, usage(prompt=4, completion=3))
                kept += 1
        return kept

    kept = sum(await asyncio.gather(*(caller(number) for number in range(50))))
    spend = await store.ledger.spent(REF)
    assert spend.tokens == 7 * kept
    assert limit - 10 < spend.tokens <= limit
    assert spend.refused == 200 - kept


async def test_what_a_dead_process_left_open(store: Store, clock: FakeClock) -> None:
    """A new lease charges older open reservations in full; a late settlement is evidence and corrects nothing."""
    await store.leases.claim(THREAD, "first", 10)
    await store.ledger.reserve(REF, Limits(), reservation("a", tokens=10, usd_micros=100))
    clock.advance(11)
    await store.leases.claim(THREAD, "second", 10)
    await store.ledger.settle(REF, "a", usage(prompt=1, completion=1))
    assert await store.ledger.spent(REF) == Spend(tokens=10, usd_micros=100, calls=1)
    assert rows(store.path, "SELECT status FROM reservations") == [("unknown",)]
    assert rows(store.path, "SELECT prompt_tokens, charged FROM model_calls") == [(1, 0)]


async def test_a_new_lease_leaves_its_own_open(store: Store) -> None:
    """Renewing does not charge what is still under way."""
    lease = await store.leases.claim(THREAD, "me", 10)
    assert lease is not None
    await store.ledger.reserve(REF, Limits(), reservation("a"))
    await store.leases.renew(lease, 10)
    await store.ledger.settle(REF, "a", usage(prompt=4, completion=3))
    assert (await store.ledger.spent(REF)).tokens == 7


async def test_a_settlement_needs_no_lease(store: Store) -> None:
    """What was used is settled even after the lease moved on, as long as nobody charged it in full."""
    await store.leases.claim(THREAD, "me", 60)
    await store.ledger.reserve(REF, Limits(), reservation("a"))
    taken_over(store.path)
    await store.ledger.settle(REF, "a", usage(prompt=4, completion=3))
    assert (await store.ledger.spent(REF)).tokens == 7
