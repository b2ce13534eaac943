from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from acceptance.command import CASES, cents, customer
from checkpoints.saver.allowed import serializer
from graph.context import RunContext
from graph.errors import DomainMistake, StaleAnswer, UnknownRun
from graph.state import RunInput
from surefoot import Budget, Settings, Surefoot, assembled, build_graph
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.rehearsal import effects, letters, misbehave, recover


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The shop beside the database."""
    return open_shop(tmp_path / "surefoot-data" / "support" / "shop.db")


@pytest.fixture
async def agent(tmp_path: Path, shop: Shop) -> AsyncIterator[Surefoot]:
    """An open agent."""
    async with Surefoot.open(tmp_path / "surefoot.db", domain="support") as opened:
        yield opened


async def test_run(agent: Surefoot, shop: Shop) -> None:
    """`agent.run` returns how the run stands, its outcome and what it spent; it can be looked up again."""
    run = await agent.run(CASES["damaged_refund"].request, budget=Budget(usd=0.10))
    assert (run.status, run.escalation) == ("complete", None)
    assert run.outcome is not None
    assert run.outcome.data["refunded_cents"] == cents("damaged_refund")
    assert 0 < run.spend.tokens < 80_000
    assert run.spend.calls == 3
    assert await agent.get(run.id) == run
    assert letters(shop, customer("damaged_refund")) == [run.outcome.data["reply"]]


async def test_decide(agent: Surefoot, shop: Shop) -> None:
    """A run that waits carries its card; `agent.decide` takes it on, once, and stale answers are refused."""
    run = await agent.run(CASES["large_refund"].request)
    assert run.status == "waiting"
    assert run.escalation is not None
    assert [option.id for option in run.escalation.options] == ["approve", "stop", "decline"]
    assert [view.card.run_id for view in await agent.inbox()] == [run.id]
    assert effects(shop) == []

    decided = await agent.decide(run.id, "approve", note="VIP", actor="kim")
    assert decided.status == "complete"
    with pytest.raises(StaleAnswer, match="answered already"):
        await agent.decide(run.escalation.id, "decline")
    assert [effect["operation"] for effect in effects(shop)].count("issue_refund") == 1


async def test_resume(agent: Surefoot, shop: Shop) -> None:
    """A failed run says where; `agent.resume` continues there once the backend is mended."""
    misbehave(shop, "get_order", "down")
    failed = await agent.run(CASES["where_is_my_order"].request)
    assert (failed.status, failed.outcome and failed.outcome.cause) == ("failed", "tool_unavailable")
    recover(shop)
    resumed = await agent.resume(failed.id)
    assert resumed.status == "complete"
    assert len(letters(shop, customer("where_is_my_order"))) == 1


async def test_cancel_and_default(agent: Surefoot) -> None:
    """A waiting run can be cancelled; a card whose deadline has passed takes its safe default."""
    run = await agent.run(CASES["large_refund"].request)
    cancelled = await agent.cancel(run.id)
    assert (cancelled.status, cancelled.outcome and cancelled.outcome.cause) == ("failed", "cancelled")
    again = await agent.run(CASES["large_refund"].request)
    assert again.escalation is not None
    (taken,) = await agent.take_defaults(again.escalation.deadline)
    assert (taken.id, taken.status) == (again.id, "complete")
    assert taken.outcome is not None
    assert taken.outcome.data["refunded_cents"] == 0


async def test_what_there_is_not(agent: Surefoot, tmp_path: Path) -> None:
    """An unknown run or domain raises a documented error."""
    with pytest.raises(UnknownRun, match="nonesuch"):
        await agent.get("nonesuch")
    with pytest.raises(DomainMistake, match="nonesuch"):
        async with Surefoot.open(tmp_path / "other.db", domain="nonesuch"):
            pass


async def test_plain_langgraph(tmp_path: Path, shop: Shop) -> None:
    """`build_graph(deps, checkpointer=...)` is plain LangGraph: `ainvoke`, an interrupt, `Command(resume=...)`."""
    config: RunnableConfig = {"configurable": {"thread_id": "t"}}
    async with assembled(Settings(db=tmp_path / "surefoot.db")) as assembly:
        graph = build_graph(assembly.deps, checkpointer=InMemorySaver(serde=serializer()))
        request: RunInput = {"request": CASES["large_refund"].request}
        waiting = await graph.ainvoke(request, config, context=RunContext(domain="support"), durability="sync")
        (asked,) = waiting["__interrupt__"]
        assert asked.value["escalation"]["kind"] == "effect_approval"
        assert effects(shop) == []

        approved: Command[str] = Command(resume={asked.id: {"option": "approve", "note": "VIP"}})
        done = await graph.ainvoke(approved, config, durability="sync")
    assert done["outcome"].cause == "done"
    assert sorted(effect["operation"] for effect in effects(shop)) == ["add_note", "issue_refund", "send_reply"]


async def test_the_stores_own_checkpointer(tmp_path: Path, shop: Shop) -> None:
    """With the store's saver the plain graph's run is in the same file, and another process could go on with it."""
    config: RunnableConfig = {"configurable": {"thread_id": "t"}}
    settings = Settings(db=tmp_path / "surefoot.db")
    async with assembled(settings) as assembly:
        graph = build_graph(assembly.deps, checkpointer=assembly.store.saver)
        request: RunInput = {"request": CASES["large_refund"].request}
        await graph.ainvoke(request, config, context=RunContext(domain="support"), durability="sync")
    async with assembled(settings) as assembly:
        graph = build_graph(assembly.deps, checkpointer=assembly.store.saver)
        snapshot = await graph.aget_state(config)
        assert [pending.value["escalation"]["kind"] for pending in snapshot.interrupts] == ["effect_approval"]
        approved: Command[str] = Command(resume={"decisions": [{"type": "approve"}]})
        done = await graph.ainvoke(approved, config)
    assert done["status"] == "complete"
    assert len(letters(shop, customer("large_refund"))) == 1
