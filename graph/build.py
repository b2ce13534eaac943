"""The wiring: nodes, then edges, in run order. Every path map comes from the transition table."""

from collections.abc import Callable
from typing import Any, cast

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send
from pydantic import BaseModel

from graph.context import RunContext
from graph.guard import Body, guarded
from graph.labels import LABELS, described, path_map
from graph.ports import Deps
from graph.routes import router
from graph.schedule import orders
from graph.state import RunInput, RunState, input_for
from graph.states import ROWS, TERMINAL, NodeName
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


def build_graph(
    deps: Deps, checkpointer: BaseCheckpointSaver[Any] | None = None, *, request: type[BaseModel] | None = None
) -> Compiled:
    """The compiled state machine over the ports given; `request` is what its input's schema shows of a job."""
    graph = StateGraph(RunState, context_schema=RunContext, input_schema=input_for(request))
    graph.add_node("intake", intake_node(deps), metadata=described("intake"))
    worker = cast("Any", worker_node(deps))  # its input is a `Send`'s order, not the state
    graph.add_node("worker", worker, metadata=described("worker"))
    for name, body in GUARDED.items():
        graph.add_node(name, guarded(name, body, deps), metadata=described(name))

    graph.add_edge(START, "intake")
    for name in ROWS:
        if name in TERMINAL:
            graph.add_edge(name, END)
        elif name == "worker":
            graph.add_edge("worker", "executing")
        else:
            graph.add_conditional_edges(name, _labelled(name), path_map(name))
    return graph.compile(checkpointer=checkpointer, name="surefoot")


def _labelled(node: NodeName) -> Callable[[RunState], str | list[Send]]:
    """The node's router, by the labels of its edges; a dispatch becomes one `Send` a ready task."""
    route, labels = router(node), LABELS[node]

    def after(state: RunState) -> str | list[Send]:
        target = route(state)
        return [Send("worker", order) for order in orders(state)] if target == "worker" else labels[target]

    after.__name__ = route.__name__
    return after
