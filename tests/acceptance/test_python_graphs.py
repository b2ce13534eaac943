import asyncio
from collections.abc import AsyncIterator
from operator import add
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from acceptance.command import CASES, customer
from checkpoints.saver.allowed import serializer
from graph.embedded import names, parent_of
from graph.errors import RunBusy
from store_kit import rows
from stuckmodel import StuckModel
from surefoot import RunContext, Surefoot, build_graph
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.rehearsal import effects, letters

CONFIG: RunnableConfig = {"configurable": {"thread_id": "desk-1"}}


class Desk(TypedDict, total=False):
    """A graph of a user's own: several tickets, a chat of its own, and what came of each ticket."""

    cases: list[str]
    messages: Annotated[list[AnyMessage], add_messages]
    outcomes: Annotated[list[str], add]


Compiled = CompiledStateGraph[Desk, None, Desk, Desk]


def desk(agent: Surefoot, saver: BaseCheckpointSaver[Any] | None = None) -> Compiled:
    """One node a ticket, all in one superstep, each with the machine inside; then one of the graph's own."""
    machine = build_graph(agent.deps)

    async def support(state: Desk) -> Desk:
        outcomes = []
        for case in state["cases"]:
            request = CASES[case].request
            ended = await machine.ainvoke({"request": request}, context=RunContext(domain="support"))
            outcomes.append(f"{case} {ended['status']}")
        return {"outcomes": outcomes}

    async def close(state: Desk) -> Desk:
        return {"messages": [AIMessage(f"{len(state['outcomes'])} done")]}

    builder = StateGraph(Desk)
    builder.add_node("support", support)
    builder.add_node("close", close)
    builder.add_conditional_edges(START, each_alone, ["support"])
    builder.add_edge("support", "close")
    builder.add_edge("close", END)
    return builder.compile(checkpointer=saver or agent.saver)


def each_alone(state: Desk) -> list[Send]:
    """A task a ticket, `+` joining those of one task."""
    return [Send("support", {"cases": case.split("+")}) for case in state["cases"]]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The shop beside the database."""
    return open_shop(tmp_path / "surefoot-data" / "support" / "shop.db")


@pytest.fixture
async def agent(tmp_path: Path, shop: Shop) -> AsyncIterator[Surefoot]:
    """An open agent."""
    async with Surefoot.open(tmp_path / "surefoot.db") as opened:
        yield opened


async def asked(graph: Compiled, *cases: str) -> Any:
    """Give the graph its tickets."""
    return await graph.ainvoke({"cases": list(cases)}, CONFIG, durability="sync")


async def test_an_interrupt_inside_is_the_parents(agent: Surefoot, shop: Shop) -> None:
    """The card of a run inside is an interrupt of the parent graph; `Command(resume=...)` there takes the run on."""
    graph = desk(agent)
    waiting = await asked(graph, "large_refund")
    (card,) = waiting["__interrupt__"]
    (run,) = await agent.runs()
    assert (run.status, run.escalation and run.escalation.id) == ("waiting", card.value["escalation"]["id"])
    assert effects(shop) == []
    ((parks,),) = rows(agent.assembly.store.path, "SELECT json_extract(header, '$.parks') FROM jobs")
    assert not parks, "nobody would wake it"

    approved: Command[str] = Command(resume={card.id: {"option": "approve", "actor": "kim"}})
    done = await graph.ainvoke(approved, CONFIG, durability="sync")
    assert done["outcomes"] == ["large_refund complete"]
    assert [message.content for message in done["messages"]] == ["1 done"], "the machine's own history stays inside"
    assert (await agent.get(run.id)).status == "complete"
    assert sorted(effect["operation"] for effect in effects(shop)) == ["add_note", "issue_refund", "send_reply"]


async def test_many_in_one_superstep(agent: Surefoot, shop: Shop) -> None:
    """Runs side by side in one superstep, or one after another in one task, are runs of their own."""
    graph = desk(agent)
    waiting = await asked(graph, "large_refund", "where_is_my_order+damaged_refund")
    runs = await agent.runs()
    assert sorted(run.status for run in runs) == ["complete", "complete", "waiting"]
    assert len({run.id for run in runs}) == len({run.thread_id for run in runs}) == 3
    (card,) = waiting["__interrupt__"]
    approved: Command[str] = Command(resume={card.id: {"option": "approve"}})
    done = await graph.ainvoke(approved, CONFIG, durability="sync")
    assert sorted(done["outcomes"]) == [
        "damaged_refund complete", "large_refund complete", "where_is_my_order complete"
    ]  # fmt: skip
    for case in ("large_refund", "where_is_my_order", "damaged_refund"):
        assert len(letters(shop, customer(case))) == 1


async def test_a_further_input_is_a_further_run(agent: Surefoot) -> None:
    """The same thread of the parent serves one input after another."""
    graph = desk(agent)
    await asked(graph, "where_is_my_order")
    done = await asked(graph, "damaged_refund")
    assert done["outcomes"] == ["where_is_my_order complete", "damaged_refund complete"]
    assert [run.status for run in await agent.runs()] == ["complete", "complete"]


async def test_goes_on_after_a_death(tmp_path: Path, shop: Shop) -> None:
    """A parent that died goes on with `None`, and the run inside with it: the same run, at the state it was in."""
    model = StuckModel()
    async with Surefoot.open(tmp_path / "surefoot.db", provider=model) as agent:
        task = asyncio.create_task(asked(desk(agent), "damaged_refund"))
        assert await asyncio.to_thread(model.asked.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (before,) = await agent.runs()
    async with Surefoot.open(tmp_path / "surefoot.db") as agent:
        done = await desk(agent).ainvoke(None, CONFIG, durability="sync")
        (after,) = await agent.runs()
        timeline = [step.target for step in await agent.timeline(after.id)]
    assert done["outcomes"] == ["damaged_refund complete"]
    assert (before.id, before.status, before.state) == (after.id, "interrupted", "planning")
    assert timeline.count("intake") == timeline.count("planning") == 1
    assert [effect["operation"] for effect in effects(shop)].count("issue_refund") == 1


async def test_nobody_else_takes_it_on(agent: Surefoot, shop: Shop) -> None:
    """Only the parent graph can take such a run on: `decide` and `resume` say so before anything is written."""
    waiting = await asked(desk(agent), "large_refund")
    (run,) = await agent.runs()
    for refused in (agent.decide(run.id, "approve"), agent.resume(run.id)):
        with pytest.raises(RunBusy, match="is part of another graph: invoke that graph on thread desk-1"):
            await refused
    assert run.escalation is not None
    assert await agent.take_defaults(run.escalation.deadline) == []
    assert await agent.get(run.id) == run
    assert [view.status for view in await agent.inbox()] == ["open"]

    assert (await agent.cancel(run.id)).status == "waiting"
    resumed: Command[str] = Command(resume={waiting["__interrupt__"][0].id: {"option": "approve"}})
    done = await desk(agent).ainvoke(resumed, CONFIG, durability="sync")
    assert done["outcomes"] == ["large_refund failed"], "its flag is met at the next state"
    assert effects(shop) == []


async def test_another_checkpointer(agent: Surefoot) -> None:
    """The parent may keep its checkpoints elsewhere; the records are in the agent's database all the same."""
    graph = desk(agent, InMemorySaver(serde=serializer()))
    waiting = await asked(graph, "large_refund")
    declined: Command[str] = Command(resume={waiting["__interrupt__"][0].id: {"option": "decline"}})
    done = await graph.ainvoke(declined, CONFIG, durability="sync")
    assert done["outcomes"] == ["large_refund complete"]
    (run,) = await agent.runs()
    assert run.outcome is not None
    assert run.outcome.data["refunded_cents"] == 0


class Plain(TypedDict, total=False):
    """A parent that shares the machine's own channels."""

    request: dict[str, Any]
    outcome: Any


async def test_the_machine_as_a_node(agent: Surefoot) -> None:
    """As a node of its own it reads and writes the channels that both have by name; the parent's context is its own."""
    builder = StateGraph(Plain, context_schema=RunContext)
    builder.add_node("surefoot", build_graph(agent.deps))
    builder.add_edge(START, "surefoot")
    graph = builder.compile(checkpointer=agent.saver)
    request = CASES["where_is_my_order"].request
    done = await graph.ainvoke({"request": request}, CONFIG, context=RunContext(tenant="acme"), durability="sync")
    assert done["outcome"].cause == "done"
    (view,) = await agent.assembly.store.reads.runs()
    assert view.job.tenant == "acme"


UUID = "89f43d2c-6a0e-4c7e-9a37-2c75893f854d"


@pytest.mark.parametrize(
    ("namespace", "thread"),
    [
        (f"intake:{UUID}", "t"),
        (f"support:{UUID}|intake:{UUID}", f"t|support:{UUID}"),
        (f"support:{UUID}|1|intake:{UUID}", f"t|support:{UUID}|1"),
        (f"outer:{UUID}|support:{UUID}|intake:{UUID}", f"t|outer:{UUID}|support:{UUID}"),
    ],
)
def test_names(namespace: str, thread: str) -> None:
    """Thread and run are named after the place where LangGraph runs the machine, and a replay names the same."""
    own = namespace.rpartition("|")[0]
    place = {"thread_id": "t", "checkpoint_ns": namespace, "checkpoint_map": {"": "root", own: "input-0123456789ab"}}
    assert names(place, otherwise="x") == (thread, "t.0123456789ab")
    assert parent_of(thread) == (None if thread == "t" else "t")


@pytest.mark.parametrize("thread", ["t", "a|b", "a|b:c", "2026|11:24", f"support:{UUID}", ""])
def test_a_thread_of_its_own_has_no_parent(thread: str) -> None:
    """Whatever a caller calls a thread, it is not taken for a place inside another graph."""
    assert parent_of(thread) is None


def test_names_without_a_checkpointer() -> None:
    """What LangGraph does not say is made up."""
    assert names({}, otherwise="made-up-012345") == ("made-up-012345", "made-up-012345.de-up-012345")
