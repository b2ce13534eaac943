import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from checkpoints.store import Store
from fakes import FakeClock
from graph.domain import Tool
from graph.ports import by_run
from graph.toolcall import ToolCall, ToolResult
from toolbox import Ask, Flaky, Said, context, domain, effect, tool, yes
from tools.pipeline import HardenedTools

CALL = ToolCall(tool="act", args={"order": "A1"})
HEADER = context().header
RUN = by_run(HEADER)


@pytest.fixture
def clock() -> FakeClock:
    """The database's time."""
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A real database."""
    async with Store.open(tmp_path / "a.db", clock=clock) as opened:
        yield opened


def pipeline(store: Store, holder: str = "process-1") -> HardenedTools:
    """A process's pipeline over the database."""
    return HardenedTools(store.effects, store.records, FakeClock(), holder)


async def made(tools: HardenedTools, used: Tool, attempt: int = 1) -> ToolResult:
    """One call of the tool."""
    return await tools.call(domain(used), CALL, context(attempt=attempt))


def code(result: ToolResult) -> str | None:
    """The error's code, or `None`."""
    return result.error.code if result.error else None


async def test_another_process_replays_the_receipt(store: Store) -> None:
    """A later process, or a replan, gets what the first one got, and the backend is not called."""
    flaky = Flaky()
    first = await made(pipeline(store), effect(flaky))
    assert first.ok
    assert await made(pipeline(store, "process-2"), effect(flaky)) == first
    assert flaky.calls == 1
    assert [done.args for done in await store.effects.done(RUN)] == [{"order": "A1", "amount": 1}]


async def test_two_processes_at_once_make_one_effect(store: Store) -> None:
    """The one that comes second is told to come back, and then gets the same receipt."""
    begun, gate, keys = asyncio.Event(), asyncio.Event(), []

    async def slow(ask: Ask, key: str) -> Said:
        keys.append(key)
        begun.set()
        await gate.wait()
        return yes(ask)

    one, two = pipeline(store), pipeline(store, "process-2")
    first = asyncio.create_task(made(one, effect(slow)))
    await begun.wait()
    assert code(await made(two, effect(slow))) == "unavailable"
    gate.set()
    assert await first == await made(two, effect(slow), attempt=2)
    assert len(keys) == 1


async def test_a_lost_answer_is_asked_for_again_by_the_same_process(store: Store) -> None:
    """The task's next attempt sends the same key at once; it does not wait for its own claim to run out."""
    tools, flaky = pipeline(store), Flaky(*[ConnectionResetError() for _ in range(3)])
    assert code(await made(tools, effect(flaky))) == "unavailable"
    assert (await made(tools, effect(flaky), attempt=2)).ok
    assert (flaky.calls, len(set(flaky.keys))) == (4, 1)


@pytest.mark.parametrize(("honours_keys", "told"), [(True, None), (False, "unknown_outcome")])
async def test_a_killed_processs_claim(store: Store, honours_keys: bool, told: str | None) -> None:
    """Its lease taken over, its effect is called again under the same key, or goes to a person."""
    lease = await store.leases.claim(HEADER.thread_id, "process-1", 0.0)
    assert lease is not None
    begun = asyncio.Event()

    async def hang(_: Ask, key: str) -> Said:
        begun.set()
        await asyncio.Event().wait()
        return Said(text=key)

    dying = asyncio.create_task(made(pipeline(store), effect(hang, honours_keys=honours_keys)))
    await begun.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await store.leases.claim(HEADER.thread_id, "process-2", 60.0) is not None
    after = pipeline(store, "process-2")
    assert code(await made(after, effect(honours_keys=honours_keys))) == told


@pytest.mark.parametrize(("verdict", "told", "calls"), [("done", "conflict", 1), ("not_done", None, 2)])
async def test_a_persons_word_on_an_unknown_outcome(
    store: Store, clock: FakeClock, verdict: Literal["done", "not_done"], told: str | None, calls: int
) -> None:
    """Done: it is not made again. Not done: it is made, once no lost call of it can be under way any more."""
    tools, flaky = pipeline(store), Flaky(ConnectionResetError())
    used = effect(flaky, honours_keys=False)
    lost = await made(tools, used)
    assert lost.error is not None
    assert lost.error.effect_key is not None
    await store.effects.settle(RUN, lost.error.effect_key, verdict, "person:ann")
    clock.advance(used.timeout_seconds)
    assert (code(await made(tools, used, attempt=2)), flaky.calls) == (told, calls)


async def test_every_call_is_in_the_history(store: Store) -> None:
    """Refused and failed calls too, in order, with their tries; those of reads come with the run's next write."""
    tools = pipeline(store)
    await made(tools, tool(Flaky(ConnectionError())))
    await tools.call(domain(tool()), ToolCall(tool="act", args={}), context())
    await store.records.append(RUN)
    rows = await store.reads.tool_calls(HEADER.run_id)
    assert [(row.tries, code(row.result)) for row in rows] == [(2, None), (0, "invalid_input")]
