"""The compiled graph as a Mermaid flowchart: `python -m surefoot.picture`, and `--whole` for every edge there is."""

import sys
from collections.abc import Collection
from typing import Final, cast

from langchain_core.runnables.graph import CurveStyle, Edge, Graph, Node

from graph.build import build_graph
from graph.ports import Deps
from graph.states import END, ROWS, START

ASIDE: Final = frozenset({"failed", "summarize", "fallback"})
"""What every working state can go to: left out of the picture of the main paths."""


def drawn(leave_out: Collection[str] = ASIDE) -> str:
    """LangGraph's own drawing of the compiled graph, without those nodes and their edges, nor the way out to park."""
    graph = build_graph(cast("Deps", None)).get_graph()  # no port is touched until something runs
    nodes = {name: _bare(node) for name, node in graph.nodes.items() if name not in leave_out}
    edges = sorted((edge for edge in graph.edges if _shown(edge, leave_out)), key=_in_run_order)
    return Graph(nodes, edges).draw_mermaid(curve_style=CurveStyle.BASIS).strip()


def _bare(node: Node) -> Node:
    """Without its description, which would fill the box."""
    return node._replace(metadata=None)


def _in_run_order(edge: Edge) -> tuple[int, int]:
    """A layout begins with what it reads first."""
    order = [START, *ROWS, END]
    return order.index(edge.source), order.index(edge.target)


def _shown(edge: Edge, leave_out: Collection[str]) -> bool:
    parks = (edge.source, edge.target) == ("executing", END) and bool(leave_out)
    return not parks and edge.source not in leave_out and edge.target not in leave_out


if __name__ == "__main__":
    print(drawn(() if "--whole" in sys.argv else ASIDE))  # noqa: T201 the one output of this module run as a command
