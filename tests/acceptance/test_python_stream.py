import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from acceptance.command import CASES
from graph.errors import StorageError, SurefootError, ThreadBusy
from stuckmodel import StuckModel
from surefoot import Surefoot

WHERE = CASES["where_is_my_order"].request
LARGE = CASES["large_refund"].request


@pytest.fixture
def model() -> StuckModel:
    """A model that hangs until it is let go."""
    return StuckModel()


@pytest.fixture
async def stuck(tmp_path: Path, model: StuckModel) -> AsyncIterator[Surefoot]:
    """An open agent of that model."""
    async with Surefoot.open(tmp_path / "surefoot.db", provider=model) as opened:
        yield opened


async def test_to_the_end(stuck: Surefoot, model: StuckModel) -> None:
    """Every state is entered and left; the run is there once the loop is over, and a second loop is empty."""
    model.free = True
    steps = stuck.stream(WHERE)
    events = [event async for event in steps]
    states = [event for event in events if not event.within_a_worker and not event.about_a_draft]
    entered = [event.node for event in states if event.phase == "enter"]
    assert (entered[0], entered[-1]) == ("intake", "complete")
    assert sorted(entered) == sorted(event.node for event in states if event.phase == "leave")
    assert {event.run_id for event in events} == {steps.run.id}
    assert [event async for event in steps] == []


async def test_not_begun(stuck: Surefoot) -> None:
    """Nothing happens before the first step is asked for; closing what was not begun does no harm."""
    steps = stuck.stream(WHERE)
    await steps.aclose()
    assert await stuck.runs() == []
    with pytest.raises(SurefootError, match="iterate over its steps first"):
        _ = steps.run


async def test_closed(stuck: Surefoot, model: StuckModel) -> None:
    """`aclose` lets go of the run, at once; it is interrupted, and `resume` goes on with it."""
    async with aclosing(stuck.stream(WHERE, run_id="r")) as steps:
        async for event in steps:
            if event.node == "planning":
                break
    assert (await stuck.get("r")).status == "interrupted"
    model.free = True
    assert (await stuck.resume("r")).status == "complete"


async def test_the_reader_is_cancelled(stuck: Surefoot, model: StuckModel) -> None:
    """Cancelling whoever waits for a step lets go of the run as well."""

    async def read() -> None:
        async for _ in stuck.stream(WHERE, run_id="r"):
            pass

    reader = asyncio.create_task(read())
    assert await asyncio.to_thread(model.asked.wait, 20)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert (await stuck.get("r")).status == "interrupted"


async def test_the_agent_is_closed(tmp_path: Path, model: StuckModel) -> None:
    """Leaving the agent's block lets go of every loop that was left early; nothing is used after that."""
    async with Surefoot.open(tmp_path / "surefoot.db", provider=model) as agent:
        async for event in agent.stream(WHERE, run_id="r"):
            assert event.node == "intake"
            break
        assert (await agent.get("r")).status == "running"
    with pytest.raises(StorageError, match="the database was closed: open it again"):
        await agent.get("r")
    async with Surefoot.open(tmp_path / "surefoot.db") as again:
        assert (await again.resume("r")).status == "complete"


async def test_what_run_raises(stuck: Surefoot, model: StuckModel) -> None:
    """A loop raises what `run` raises, as often as it is asked."""
    model.free = True
    assert (await stuck.run(LARGE, thread_id="t")).status == "waiting"
    steps = stuck.stream(WHERE, thread_id="t")
    for _ in range(2):
        with pytest.raises(ThreadBusy, match="thread t still has run"):
            await anext(steps)
    with pytest.raises(ThreadBusy):
        _ = steps.run
