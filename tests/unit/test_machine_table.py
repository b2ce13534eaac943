"""The transition table against the routers, the compiled graph and the drawing that are made from it."""

from collections.abc import Callable
from typing import Any, Final, Literal, cast, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NOON
from graph.build import build_graph
from graph.contract import Failure, PlanFault, Review, Schedule, Transition
from graph.errors import IllegalTransition
from graph.escalation import Answer, Answered, Question
from graph.guard import entry
from graph.ports import Deps
from graph.routes import DECISIONS, router
from graph.state import RunState
from graph.states import ACTIVE, END, ROWS, START, TABLE, NodeName, allowed, mermaid
from graph.values import TaskId

NODES: Final = sorted(ROWS)
WORDS: Final = st.sampled_from([*NODES, START, END, "nonsense", ""])


def literals(hint: Any) -> set[str]:
    """Every literal in a type, however it is nested in unions."""
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    return {word for inner in get_args(hint) for word in literals(inner)}


@pytest.mark.parametrize("node", NODES)
def test_a_routers_type_is_its_row(node: NodeName) -> None:
    """The literals that a router is declared to return are exactly its row of the table."""
    target, _reason = get_args(get_type_hints(DECISIONS[node])["return"])
    assert literals(target) == set(ROWS[node].may_go_to)


def drawn_edges() -> set[tuple[str, str]]:
    """The edges of the compiled graph; the ports are not touched while it is built."""
    graph = build_graph(cast("Deps", None)).get_graph()
    return {(edge.source, edge.target) for edge in graph.edges}


def test_the_graph_has_the_tables_edges() -> None:
    """The compiled graph's edges are those of the table and the one into INTAKE, no more and no fewer."""
    table = {(row.node, target) for row in TABLE for target in row.may_go_to}
    assert drawn_edges() == table | {(START, "intake")}


def test_every_node_is_reachable() -> None:
    """From INTAKE there is a way to every node, and from every node a way to the end."""
    forward = {row.node: set(row.may_go_to) for row in TABLE}
    assert closure("intake", forward) == {*NODES, END}
    assert all(END in closure(node, forward) for node in NODES)


def closure(start: str, edges: dict[NodeName, set[Any]]) -> set[str]:
    """All that can be reached, the start included."""
    seen, todo = {start}, [start]
    while todo:
        for target in edges.get(cast("NodeName", todo.pop()), set()) - seen:
            seen.add(target)
            todo.append(target)
    return seen


def test_rows_name_each_node_once() -> None:
    """The table has one row a node, and every state that is not terminal may fail but the worker."""
    assert len(TABLE) == len(ROWS) == len(get_args(NodeName))
    assert all("failed" in ROWS[node].may_go_to for node in ACTIVE)


def test_the_drawing_shows_every_edge() -> None:
    """The diagram in the README mentions each edge of the table, and the resume."""
    lines = mermaid().splitlines()

    def shown(name: str) -> str:
        return "[*]" if name == END else name if name in {"worker", "summarize", "fallback"} else name.upper()

    for row in TABLE:
        for target in row.may_go_to:
            arrow = f"{shown(row.node)} --> {shown(target)}"
            assert any(line.strip().split(" : ")[0] == arrow for line in lines), arrow
    assert any("FAILED --> " in line and "resume" in line for line in lines)


# -- routers are total ---------------------------------------------------------------------------------

QUESTIONS: Final = st.none() | st.builds(
    Question, kind=st.sampled_from(["budget", "plan_approval"]), asked_by=st.sampled_from(NODES), message=st.text()
)
ANSWERED: Final = st.builds(
    Answered,
    question=st.builds(Question, kind=st.just("budget"), asked_by=st.just("planning"), message=st.just("?")),
    answer=st.builds(Answer, escalation_id=st.text(), option=st.text()),
    leads_to=st.sampled_from(NODES),
)
MOVES: Final = st.builds(
    Transition, sequence=st.integers(1, 99), source=WORDS, target=WORDS, reason=WORDS, at=st.just(NOON)
)
STATES: Final = st.fixed_dictionaries(
    {
        "cancelled": st.booleans(),
        "failure": st.none() | st.builds(Failure, cause=st.text(), message=st.text(),
                                         ends=st.sampled_from(["rejected", "failed"])),
        "question": QUESTIONS,
        "faults": st.lists(st.builds(PlanFault, code=st.just("cycle"), message=st.text()), max_size=1),
        "schedule": st.builds(
            Schedule, ready=st.lists(st.just(TaskId("a")), max_size=2).map(tuple), settled=st.booleans(),
            exhausted=st.lists(st.just(TaskId("a")), max_size=1).map(tuple),
            wake_at=st.none() | st.just(NOON)),
        "status": st.sampled_from(["running", "parked", "complete", "rejected", "failed", "nonsense"]),
        "stage": st.sampled_from(["work", "deliver"]),
        "review": st.none() | st.builds(Review, stage=st.sampled_from(["work", "deliver"]),
                                        verdict=st.sampled_from(["pass", "revise", "escalate"])),
        "revisions": st.integers(-1, 9),
        "answers": st.lists(ANSWERED, max_size=2),
        "transitions": st.lists(MOVES, max_size=3),
        "detour": st.sampled_from([None, "summarize", "fallback", "nonsense"]),
        "simplified": st.booleans(),
        "reentry": st.sampled_from([None, *NODES]),
    }
)  # fmt: skip


@pytest.mark.parametrize("node", NODES)
@given(state=STATES.filter(lambda state: bool(state["transitions"])))
def test_routers_are_total(node: NodeName, state: Any) -> None:
    """In any state whatever a router decides without raising, within its row, and says why."""
    target, reason = DECISIONS[node](cast("RunState", state))
    assert target in ROWS[node].may_go_to
    assert isinstance(reason, str)
    assert router(node)(cast("RunState", state)) == target


@given(state=STATES.filter(lambda state: bool(state["transitions"])), node=st.sampled_from(NODES))
def test_the_guard_lets_nothing_else_in(state: Any, node: NodeName) -> None:
    """Whatever the state, a node is either entered over an edge of the table or refused as illegal."""
    try:
        transition = entry(node, cast("RunState", state), NOON)
    except IllegalTransition:
        return
    assert allowed(transition.source, node, transition.reason)
    assert transition.sequence == state["transitions"][-1].sequence + 1


@pytest.mark.parametrize("node", NODES)
def test_a_router_that_raises_leads_to_failed(node: NodeName, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in a decision never leaves the conditional edge: the run goes to FAILED, where it shows."""
    monkeypatch.setitem(cast("dict[NodeName, Callable[[RunState], Any]]", DECISIONS), node, broken)
    assert router(node)(cast("RunState", {})) == "failed"


def broken(state: RunState) -> Any:
    """A decision with a defect."""
    raise KeyError("a field that nobody wrote")


@pytest.mark.parametrize(
    ("source", "target", "reason", "legal"),
    [
        ("__start__", "intake", "received", True),
        ("__start__", "planning", "received", False),
        ("planning", "reviewing", "resume", False),
        ("failed", "planning", "resume", True),
        ("failed", "planning", "next", False),
        ("failed", "intake", "resume", False),
        ("failed", "complete", "resume", False),
        ("complete", "planning", "resume", False),
        ("nowhere", "planning", "resume", False),
        ("executing", "executing", "wake", True),
    ],
)
def test_re_entries_need_their_reason(source: str, target: str, reason: str, legal: bool) -> None:
    """What only a resume may do is legal for the reasons `resume` and `wake` alone."""
    assert allowed(source, target, reason) is legal
