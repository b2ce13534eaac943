"""The wiring: nodes, then edges, in run order. Every path map comes from the transition table."""

from collections.abc import Callable, Hashable
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from graph.context import RunContext
from graph.guard import Body, guarded
from graph.ports import Deps
from graph.routes import router
from graph.schedule import orders
from graph.state import RunInput, RunState
from graph.states import ROWS, TERMINAL, NodeName, Target
from nodes.complete import complete
from nodes.escalated import escalated
from nodes.executing import executing
from nodes.failed import failed
from nodes.fallback import fallback
from nodes.intake import intake_node
from nodes.planning import planning
from nodes.rejected import rejected
from nodes.reviewing import reviewing
from nodes.revising import revising
from nodes.summarize import summarize
from nodes.validating import validating
from nodes.worker import worker_node

Compiled = CompiledStateGraph[RunState, RunContext, RunInput, RunState]

GUARDED: dict[NodeName, Body] = {
    "validating": validating, "planning": planning, "executing": executing, "reviewing": reviewing,
    "revising": revising, "escalated": escalated, "summarize": summarize, "fallback": fallback,
    "complete": complete, "rejected": rejected, "failed": failed,
}  # fmt: skip


def build_graph(deps: Deps, checkpointer: BaseCheckpointSaver[Any] | None = None) -> Compiled:
    """The compiled state machine over the ports given."""
    graph = StateGraph(RunState, context_schema=RunContext, input_schema=RunInput)
    graph.add_node("intake", intake_node(deps))
    graph.add_node("worker", cast("Any", worker_node(deps)))  # its input is a `Send`'s order, not the state
    for name, body in GUARDED.items():
        graph.add_node(name, guarded(name, body, deps))

    graph.add_edge(START, "intake")
    for name in ROWS:
        if name in TERMINAL:
            graph.add_edge(name, END)
        elif name == "worker":
            graph.add_edge("worker", "executing")
        else:
            graph.add_conditional_edges(name, _dispatching(name), _path_map(name))
    return graph.compile(checkpointer=checkpointer)


def _path_map(node: NodeName) -> dict[Hashable, str]:
    return {target: target for target in ROWS[node].may_go_to}


def _dispatching(node: NodeName) -> Callable[[RunState], Target | list[Send]]:
    """The node's router; a dispatch becomes one `Send` a ready task."""
    route = router(node)
    if node != "executing":
        return route

    def after_executing(state: RunState) -> Target | list[Send]:
        target = route(state)
        return [Send("worker", order) for order in orders(state)] if target == "worker" else target

    return after_executing
