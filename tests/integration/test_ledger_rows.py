"""The ledger in its file: what each charge is for, ceilings over runs, what the dead left, overruns, older files."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from checkpoints.records.migrations import APPLICATION_ID, MIGRATIONS
from checkpoints.store import Store
from fakes import NOON, FakeClock
from graph.charges import Limits, Pool, Reservation, Usage
from graph.contract import Spend
from graph.ports import RunRef
from graph.values import Micros, RunId, ThreadId
from store_kit import REF, THREAD, rows, usage

HOUR = 3_600 * 1_000_000


@pytest.fixture
def clock() -> FakeClock:
    """Time that the test moves."""
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A new store."""
    async with Store.open(tmp_path / "surefoot.db", clock=clock) as opened:
        yield opened


def wanted(name: str, tokens: int = 1_000, answer: int = 400, **more: Any) -> Reservation:
    """A planning call at two micro-dollars a token."""
    return Reservation(
        id=name, role="plan", tokens=tokens, usd_micros=tokens * 2, answer_tokens=answer, answer_micros=answer * 2,
        least_answer=100, state="planning", tier="large", model="gpt-5", endpoint="host:1", prompt_version="v1",
        domain="support", **more,
    )  # fmt: skip


def used(prompt: int, completion: int, micros: int = 10, **more: Any) -> Usage:
    """What it did cost."""
    return usage(prompt, completion, micros).model_copy(update={"domain": "support", **more})


def ref(run: str, tenant: str = "acme") -> RunRef:
    """A run of a thread of its own."""
    return RunRef(run_id=RunId(run), thread_id=ThreadId(run), tenant=tenant)


def pool(scope: Any, name: str, tokens: int, since: int = NOON - 12 * HOUR) -> Pool:
    """A day around noon."""
    return Pool(
        scope=scope, name=name, since=Micros(since), until=Micros(since + 24 * HOUR), tokens=tokens, free_at="tomorrow"
    )


async def test_a_clipped_reservation_is_kept_as_it_was_granted(store: Store) -> None:
    """And the same reservation again is granted the same."""
    limits = Limits(tokens=900)
    first = await store.ledger.reserve(REF, limits, wanted("a"))
    assert (first.tokens, first.answer_tokens, first.usd_micros) == (900, 300, 1_800)
    assert await store.ledger.reserve(REF, Limits(), wanted("a")) == first
    assert await store.ledger.spent(REF) == Spend(tokens=900, usd_micros=1_800, calls=1)


async def test_a_ceiling_is_over_all_runs_of_its_day(store: Store, clock: FakeClock) -> None:
    """Of one tenant, or one domain; others' runs and other days do not count, and settling frees what was not used."""
    today = Limits(pools=(pool("tenant", "acme", 2_000),))
    assert not (await store.ledger.reserve(ref("r1"), today, wanted("a"))).refused
    assert not (await store.ledger.reserve(ref("r2"), today, wanted("b"))).refused
    refused = (await store.ledger.reserve(ref("r3"), today, wanted("c"))).refused
    assert "the day's ceiling of tenant acme: 0 of 2,000 tokens are left; it is free again at tomorrow" in refused
    spend = await store.ledger.spent(ref("r3"))
    assert (spend.refused, spend.refusal) == (1, refused)
    other = Limits(pools=(pool("tenant", "other", 2_000), pool("domain", "support", 3_000)))
    assert not (await store.ledger.reserve(ref("r4", "other"), other, wanted("d"))).refused
    assert "domain support" in (await store.ledger.reserve(ref("r5", "other"), other, wanted("e"))).refused
    await store.ledger.settle(ref("r1"), "a", used(100, 100))
    assert not (await store.ledger.reserve(ref("r3"), today, wanted("f", 800))).refused
    clock.advance(24 * 3_600)
    tomorrow = Limits(pools=(pool("tenant", "acme", 1_000, NOON + 12 * HOUR),))
    assert not (await store.ledger.reserve(ref("r3"), tomorrow, wanted("g"))).refused


async def test_a_settlement_belongs_to_the_day_of_its_reservation(store: Store, clock: FakeClock) -> None:
    """A call over midnight is charged to the day in which it was granted."""
    await store.ledger.reserve(REF, Limits(), wanted("a"))
    clock.advance(24 * 3_600)
    await store.ledger.settle(REF, "a", used(300, 200))
    held = rows(store.path, "SELECT scope, at, tokens FROM spending WHERE scope != 'run' ORDER BY scope")
    assert held == [("domain", NOON, 500), ("tenant", NOON, 500)]


async def test_what_a_dead_process_left_has_a_row(store: Store, clock: FakeClock) -> None:
    """Charged in full as unknown, with all that is known of it; what is heard of it later is evidence."""
    await store.leases.claim(THREAD, "first", 10)
    await store.ledger.reserve(REF, Limits(), wanted("a"))
    clock.advance(11)
    await store.leases.claim(THREAD, "second", 10)
    sql = ("SELECT role, state, model, endpoint, outcome, error, prompt_tokens, completion_tokens, usd_micros, charged,"
           " estimated FROM model_calls")  # fmt: skip
    whole = ("plan", "planning", "gpt-5", "host:1")
    assert rows(store.path, sql) == [(*whole, "unknown", "died", 600, 400, 2_000, 1, 1)]
    await store.ledger.settle(REF, "a", used(50, 20, 140))
    assert rows(store.path, sql) == [(*whole, "ok", None, 50, 20, 140, 0, 0)]
    assert (await store.ledger.spent(REF)).tokens == 1_000


async def test_an_overrun_closes_the_budget_until_it_is_raised(store: Store) -> None:
    """It is charged as reported, counts as a refusal so that the breaker trips, and forgiving it opens the budget."""
    await store.ledger.reserve(REF, Limits(tokens=10_000), wanted("a"))
    await store.ledger.settle(REF, "a", used(600, 401))
    spend = await store.ledger.spent(REF)
    assert (spend.tokens, spend.overrun, spend.refused) == (1_001, 1, 1)
    assert rows(store.path, "SELECT overrun FROM reservations") == [(1,)]
    closed = await store.ledger.reserve(REF, Limits(tokens=10_000), wanted("b"))
    assert "a provider reported more than was reserved" in closed.refused
    assert not (await store.ledger.reserve(REF, Limits(tokens=10_000, forgiven=2), wanted("c"))).refused


async def test_a_report_that_costs_more_is_an_overrun(store: Store) -> None:
    """In money as in tokens."""
    await store.ledger.reserve(REF, Limits(), wanted("a"))
    await store.ledger.settle(REF, "a", used(1, 1, 2_001))
    assert (await store.ledger.spent(REF)).overrun == 1


async def test_a_refused_reservation_is_never_settled(store: Store) -> None:
    """As its caller may try, who was cancelled before hearing of it."""
    await store.ledger.reserve(REF, Limits(tokens=10), wanted("a"))
    await store.ledger.settle(REF, "a", used(0, 0))
    assert rows(store.path, "SELECT count(*) FROM model_calls") == [(0,)]


async def test_what_endpoints_reported(store: Store) -> None:
    """Newest first, of one endpoint and model; our own counts teach nothing."""
    for name, counted, estimated in (("a", 2, False), ("b", 4, False), ("c", 1, True), ("d", 0, False)):
        more: dict[str, Any] = {"endpoint": "host:1", "model": "gpt-5", "counted": counted, "estimated": estimated}
        await store.ledger.reserve(REF, Limits(), wanted(name))
        await store.ledger.settle(REF, name, used(4, 1, **more))
    assert await store.ledger.reported("host:1", "gpt-5", 10) == (1.0, 2.0)
    assert await store.ledger.reported("host:1", "gpt-5", 1) == (1.0,)
    assert await store.ledger.reported("host:2", "gpt-5", 10) == ()


async def test_an_older_file_keeps_its_charges(tmp_path: Path) -> None:
    """Its runs' spend, refusals and tenants' days are summed when it is opened, and its rows get their domain."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        database = Database(connection)
        for step in MIGRATIONS[:3]:
            step(database)
        connection.execute("PRAGMA user_version = 3")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "INSERT INTO jobs (run_id, thread_id, tenant, domain, status, request, context, accepted_at, updated_at)"
            " VALUES ('run-1', 'thread-1', 'acme', 'support', 'running', '{}', '{}', 0, 0)"
        )
        for name, status, tokens in (("a", "settled", 7), ("b", "open", 10), ("c", "refused", 99), ("d", "unknown", 5)):
            connection.execute(
                "INSERT INTO reservations (id, run_id, thread_id, tenant, role, status, fence, tokens, usd_micros,"
                " seconds, at) VALUES (?, 'run-1', 'thread-1', 'acme', 'plan', ?, 0, ?, ?, 0.5, ?)",
                (name, status, tokens, tokens * 2, NOON + 1),
            )
        connection.commit()
    async with Store.open(path, clock=FakeClock()) as store:
        spend = await store.ledger.spent(REF)
        assert spend == Spend(tokens=22, usd_micros=44, calls=3, seconds=1.5, refused=1)
        full = await store.ledger.reserve(ref("new"), Limits(pools=(pool("domain", "support", 1_000),)), wanted("e"))
        assert (full.refused, full.answer_tokens) == ("", 378)
        await store.ledger.settle(REF, "b", used(1, 1, 4))
        assert (await store.ledger.spent(REF)).tokens == 14
