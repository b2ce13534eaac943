import asyncio
from collections.abc import AsyncIterator
from operator import add
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from typing_extensions import TypedDict

from checkpoints.saver.fenced import FencedSaver
from checkpoints.store import Store
from fakes import NOON, FakeClock
from graph.contract import Transition
from graph.errors import ThreadBusy
from graph.rows import CardAnswered, CardOpened, RunEnded, RunStarted
from graph.state import fold_transitions
from graph.values import ThreadId
from store_kit import REF, RUN, THREAD, answer, card, header, job, outcome, rows, step

CONFIG: RunnableConfig = {"configurable": {"thread_id": THREAD}}
CLAIMED = {"put", "put_writes", "get_tuple", "list", "delete_thread", "copy_thread"}


class State(TypedDict, total=False):
    """A plain channel, one with a reducer, and one that stores deltas."""

    request: dict[str, Any]
    visited: Annotated[list[str], add]
    transitions: Annotated[list[Transition], DeltaChannel(fold_transitions, snapshot_frequency=3)]


async def intake(state: State) -> dict[str, Any]:
    """The first node."""
    return {"visited": ["intake"], "transitions": [step(1, "planning")]}


async def ask(state: State) -> dict[str, Any]:
    """The node that waits for a person."""
    return {"visited": [f"asked: {interrupt('pay?')}"], "transitions": [step(2, "executing")]}


Graph = CompiledStateGraph[State, None, State, State]


def compiled(saver: FencedSaver) -> Graph:
    """Two nodes, the second of which waits for a person."""
    builder = StateGraph(State)
    builder.add_node(intake)
    builder.add_node(ask)
    builder.add_edge(START, "intake")
    builder.add_edge("intake", "ask")
    builder.add_edge("ask", END)
    return builder.compile(checkpointer=saver)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A new store."""
    async with Store.open(tmp_path / "surefoot.db", clock=FakeClock()) as opened:
        yield opened


async def begun(graph: Graph) -> Any:
    """Give the thread an input, as a caller does."""
    return await graph.ainvoke({"request": {"n": 1}}, CONFIG, durability="sync")


async def test_conformance(tmp_path: Path) -> None:
    """LangGraph's own suite passes for every capability that the saver claims."""
    numbers = iter(range(100))

    @checkpointer_test(name="surefoot")
    async def factory() -> AsyncIterator[FencedSaver]:
        async with Store.open(tmp_path / f"{next(numbers)}.db", clock=FakeClock()) as store:
            yield store.saver

    report = await validate(factory)
    failures = [failure for result in report.results.values() for failure in result.failures]
    assert failures == []
    assert {name for name, result in report.results.items() if result.passed} == CLAIMED


async def test_the_runners_input_begins_its_job_once(store: Store) -> None:
    """The first input under the job's lease begins the run; a second one is refused and runs no node."""
    await store.jobs.accept(job())
    await store.leases.claim(THREAD, "me", 60)
    graph = compiled(store.saver)
    await begun(graph)
    view = await store.reads.run(RUN)
    assert view is not None
    assert view.status == "running"
    before = rows(store.path, "SELECT * FROM checkpoints")
    with pytest.raises(ThreadBusy, match="run-1"):
        await begun(graph)
    assert rows(store.path, "SELECT * FROM checkpoints") == before
    state = await graph.aget_state(CONFIG)
    assert [pending.value for pending in state.interrupts] == ["pay?"]


async def test_an_input_without_the_lease_takes_no_queued_job(store: Store) -> None:
    """Studio cannot begin a job that is queued on the thread: its run would not be that job's."""
    await store.jobs.accept(job())
    with pytest.raises(ThreadBusy, match="queued"):
        await begun(compiled(store.saver))
    assert rows(store.path, "SELECT * FROM checkpoints") == []


@pytest.mark.parametrize("leased", [True, False])
async def test_a_waiting_run_keeps_its_question(store: Store, *, leased: bool) -> None:
    """A new input to a waiting thread is refused with and without a lease; the answer still goes through."""
    graph = compiled(store.saver)
    await begun(graph)
    await store.records.append(REF, RunStarted(header=header(), request={}), CardOpened(card=card(), at=NOON))
    if leased:
        await store.leases.claim(THREAD, "me", 60)
    with pytest.raises(ThreadBusy, match="waiting"):
        await begun(graph)
    done = await graph.ainvoke(Command(resume="yes"), CONFIG, durability="sync")
    assert done["visited"] == ["intake", "asked: yes"]


async def test_a_subgraphs_input_is_none_of_the_threads(store: Store) -> None:
    """A subgraph's own input checkpoint belongs to the run that is under way."""
    await store.records.append(REF, RunStarted(header=header(), request={}))
    nested: RunnableConfig = {"configurable": {"thread_id": THREAD, "checkpoint_ns": "child:1"}}
    await store.saver.aput(nested, empty_checkpoint(), {"source": "input", "step": -1}, {})
    assert len(rows(store.path, "SELECT 1 FROM checkpoints")) == 1


async def test_a_finished_thread_takes_a_new_input(store: Store) -> None:
    """Once its run is over, a thread serves another one."""
    graph = compiled(store.saver)
    await begun(graph)
    await store.records.append(
        REF,
        RunStarted(header=header(), request={}),
        CardOpened(card=card(), at=NOON),
        CardAnswered(answer=answer(), at=NOON),
        RunEnded(outcome=outcome(), at=NOON),
    )
    assert (await begun(graph))["request"] == {"n": 1}


async def test_a_thread_without_jobs_is_left_alone(store: Store) -> None:
    """A graph that records nothing may be given inputs as LangGraph likes."""
    graph = compiled(store.saver)
    await begun(graph)
    assert (await begun(graph))["visited"] == ["intake", "intake"]


async def test_types_survive_a_restart(tmp_path: Path) -> None:
    """A reopened file gives back values of their own classes, also from channels that store deltas."""
    for _ in range(2):
        async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
            graph = compiled(store.saver)
            if not (await graph.aget_state(CONFIG)).values:
                await begun(graph)
            assert (await graph.aget_state(CONFIG)).values["transitions"] == [step(1, "planning")]


async def test_a_copy_by_compile_writes_through_the_same_writer(store: Store) -> None:
    """`compile()` may copy the saver shallowly; the copy is fenced by the same leases."""
    copy = store.saver.with_allowlist([("somewhere", "Else")])
    assert copy is not store.saver
    await store.jobs.accept(job())
    await store.leases.claim(THREAD, "me", 60)
    assert isinstance(copy, FencedSaver)
    await begun(compiled(copy))
    assert (await compiled(store.saver).aget_state(CONFIG)).values["visited"] == ["intake"]


async def test_synchronous_calls_from_other_threads(store: Store) -> None:
    """The synchronous interface works from a thread that has no loop, behind the same fence."""
    config: RunnableConfig = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}

    def synchronously() -> tuple[int, bool]:
        put = store.saver.put(config, empty_checkpoint(), {"source": "loop", "step": 1}, {})
        store.saver.put_writes(put, [("channel", "value")], "task-1")
        found = store.saver.get_tuple(config)
        assert found is not None
        store.saver.delete_thread("t")
        return len(found.pending_writes or []), store.saver.get_tuple(config) is None

    assert await asyncio.to_thread(synchronously) == (1, True)


async def test_a_copied_thread_is_whole(store: Store) -> None:
    """A copied thread has its delta channels and goes on by itself; the source stays."""
    graph = compiled(store.saver)
    await begun(graph)
    await store.saver.acopy_thread(THREAD, "copy")
    done = await graph.ainvoke(Command(resume="no"), {"configurable": {"thread_id": "copy"}}, durability="sync")
    assert done["visited"] == ["intake", "asked: no"]
    assert done["transitions"] == [step(1, "planning"), step(2, "executing")]
    assert (await graph.aget_state(CONFIG)).next == ("ask",)


async def test_many_runs_at_once(store: Store) -> None:
    """Forty threads at once each end where one alone does."""
    graph = compiled(store.saver)

    async def run(number: int) -> list[str]:
        config: RunnableConfig = {"configurable": {"thread_id": ThreadId(f"t{number}")}}
        await graph.ainvoke({"request": {"n": number}}, config, durability="sync")
        done = await graph.ainvoke(Command(resume=number), config, durability="sync")
        return list(done["visited"])

    ended = await asyncio.gather(*(run(number) for number in range(40)))
    assert ended == [["intake", f"asked: {number}"] for number in range(40)]
