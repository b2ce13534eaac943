"""What the machine's nodes and edges are called where it is drawn, in LangGraph Studio and in the documentation."""

from collections.abc import Hashable, Mapping
from typing import Final

from graph.states import ROWS, NodeName, Target

LABELS: Final[Mapping[NodeName, Mapping[Target, str]]] = {
    "intake": {"validating": "accepted", "rejected": "bad request", "failed": "cancelled"},
    "validating": {"planning": "valid", "rejected": "invalid", "failed": "a backend is down"},
    "planning": {
        "planning": "plan refused", "executing": "plan accepted", "escalated": "a person must look",
        "summarize": "context too large", "fallback": "budget at its alert", "failed": "cannot plan",
    },
    "executing": {
        "worker": "tasks are ready", "executing": "a retry is due", "planning": "a task is lost",
        "reviewing": "stage settled", "escalated": "a question", "summarize": "context too large",
        "fallback": "budget at its alert", "failed": "a task failed for good", "__end__": "parked",
    },
    "reviewing": {
        "executing": "work passed: deliver", "complete": "delivery passed", "revising": "changes wanted",
        "escalated": "a person decides", "summarize": "context too large", "fallback": "budget at its alert",
        "failed": "cannot review",
    },
    "revising": {
        "planning": "plan again", "escalated": "revised too often", "summarize": "context too large",
        "fallback": "budget at its alert", "failed": "cannot revise",
    },
    "escalated": {
        "planning": "plan again", "executing": "go on", "reviewing": "take as it is", "revising": "change it",
        "complete": "settled by hand", "rejected": "stop", "failed": "no decision",
    },
    "summarize": {
        "planning": "back to planning", "executing": "back to executing", "reviewing": "back to reviewing",
        "revising": "back to revising", "failed": "cancelled",
    },
    "fallback": {
        "escalated": "ask a person", "reviewing": "simplified answer", "rejected": "decline", "failed": "cancelled",
    },
}  # fmt: skip
"""Every conditional edge of the table; those out of one node differ."""


def path_map(node: NodeName) -> dict[Hashable, str]:
    """The node's row of the table, by label."""
    return {LABELS[node][target]: target for target in ROWS[node].may_go_to}


def described(node: NodeName) -> dict[str, str]:
    """A node's metadata: when it is entered, and what follows when it fails."""
    row = ROWS[node]
    return {"description": f"Entered when {row.enters_when}. When it fails: {row.when_it_fails}."}
