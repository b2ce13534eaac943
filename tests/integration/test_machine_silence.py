"""LangGraph ends a run silently when a router raises (issue 8834). Here it cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

import graph.build
from graph.errors import Misdriven
from graph.routes import DECISIONS
from graph.state import RunState
from graph.states import TERMINAL, NodeName
from machine_kit import ADA, machine
from surefoot.resume import Found, assert_settled

Decisions = dict[NodeName, Callable[[RunState], Any]]


class Bare(TypedDict, total=False):
    """A state of one channel."""

    seen: str


def raises(state: Any) -> str:
    """A router with a defect."""
    raise KeyError("a field that nobody wrote")


def seen_first(state: Bare) -> Bare:
    """A node without a defect."""
    return {"seen": "first"}


async def test_langgraph_still_has_the_trap() -> None:
    """On the installed version, a resumed run whose router raised returns as if it were done, and nothing ran."""
    builder = StateGraph(Bare)
    builder.add_node("first", seen_first)
    builder.add_node("second", seen_first)
    builder.add_edge(START, "first")
    builder.add_conditional_edges("first", raises, {"second": "second"})
    builder.add_edge("second", END)
    bare = builder.compile(checkpointer=InMemorySaver())
    with pytest.raises(KeyError):
        await bare.ainvoke({}, {"configurable": {"thread_id": "t"}})
    assert await bare.ainvoke(None, {"configurable": {"thread_id": "t"}}) == {"seen": "first"}
    assert (await bare.aget_state({"configurable": {"thread_id": "t"}})).next == ()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[NodeName], None]:
    """Breaks the decision after a node."""
    decisions = cast("Decisions", DECISIONS)
    return lambda node: monkeypatch.setitem(decisions, node, cast("Any", raises))


@pytest.mark.parametrize("node", ["intake", "validating", "planning", "executing", "worker", "reviewing"])
async def test_a_router_that_raises_is_loud(tmp_path: Path, broken: Callable[[NodeName], None], node: NodeName) -> None:
    """The run is a dead letter of cause `illegal_transition` and reads as failed; a resume does not change that."""
    broken(node)
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA)
        for _ in range(2):
            assert (view.status, view.outcome and view.outcome.cause) == ("failed", "illegal_transition")
            (letter,) = await opened.open_letters()
            assert (letter.letter.cause, letter.letter.state) == ("illegal_transition", view.state)
            assert "KeyError" in letter.letter.error
            assert not set(await opened.path(view)) & set(TERMINAL)
            assert opened.backend.effects() == []
            view = await opened.runner.resume(view.job.run_id)


async def test_a_dispatch_that_raises_is_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What raises beside the routers, in the edge itself, interrupts the run at its node, until it is mended."""
    monkeypatch.setattr(graph.build, "orders", raises)
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA)
        assert view.status == "interrupted"
        view = await opened.runner.resume(view.job.run_id)
        assert (view.status, view.state) == ("interrupted", "executing")
        monkeypatch.undo()
        view = await opened.runner.resume(view.job.run_id)
        assert view.status == "complete"
        assert (await opened.path(view)).count("planning") == 1


async def test_a_run_that_never_ends_is_stopped(tmp_path: Path) -> None:
    """More supersteps than an invocation may take are a dead letter, not a loop for ever."""
    async with machine(tmp_path, most_supersteps=4) as opened:
        view = await opened.run(ADA)
        assert (view.status, view.outcome and view.outcome.cause) == ("failed", "misdriven")
        assert len(await opened.open_letters()) == 1


@pytest.mark.parametrize("begun", [True, False])
def test_silence_is_no_end(begun: bool) -> None:
    """An invocation that leaves nothing to do, and a run that is neither over, parked nor waiting, is a defect."""
    with pytest.raises(Misdriven, match="nothing left to do"):
        assert_settled(Found(begun=begun, next=(), interrupt_id=None, status="running" if begun else None))
    assert_settled(Found(begun=True, next=(), interrupt_id=None, status="parked"))
