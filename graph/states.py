"""The state machine as data: ten states, the worker, two detours, and every edge there is.

`build.py` derives each path map from this table, the entry guard refuses what it lacks,
and the README draws its picture and table from it (`python -m graph.states`).
"""

from dataclasses import dataclass
from typing import Final, Literal

NodeName = Literal[
    "intake", "validating", "planning", "executing", "worker", "reviewing", "revising",
    "escalated", "summarize", "fallback", "complete", "rejected", "failed",
]  # fmt: skip
Target = NodeName | Literal["__end__"]

START: Final = "__start__"
END: Final = "__end__"


@dataclass(frozen=True)
class Row:
    """One node, and what may come after it."""

    node: NodeName
    enters_when: str
    may_go_to: tuple[Target, ...]
    when_it_fails: str
    resumes_to: tuple[NodeName, ...] = ()
    """Re-entries that only the runner's resume may take; no edge of the graph."""


WORKING: Final[tuple[NodeName, ...]] = ("planning", "executing", "reviewing", "revising")
"""States that can spend: the origins of both detours."""

ACTIVE: Final[tuple[NodeName, ...]] = ("intake", "validating", *WORKING, "escalated")
"""The states that are not terminal."""

RESUMED: Final[tuple[NodeName, ...]] = ("validating", *WORKING)
"""The states that a failed run is resumed at: INTAKE only fails when cancelled, and what ESCALATED had to
ask is asked again by the state that asked it, since LangGraph loses an interrupt right after a `goto`."""

TERMINAL: Final[tuple[NodeName, ...]] = ("complete", "rejected", "failed")

TABLE: Final[tuple[Row, ...]] = (
    Row(
        "intake",
        "a new job is received",
        ("validating", "rejected", "failed"),
        "REJECTED with cause bad_request; the caller gets the error",
    ),
    Row(
        "validating",
        "intake is complete",
        ("planning", "rejected", "failed"),
        "invalid: REJECTED and a dead letter; infrastructure: FAILED",
    ),
    Row(
        "planning",
        "validation passed, or a revision was asked for",
        ("planning", "executing", "escalated", "summarize", "fallback", "failed"),
        "one attempt and 3 retries, each shown the last one's faults; then a human",
    ),
    Row(
        "executing",
        "the plan is approved, or review passed and delivery is due",
        ("worker", "executing", "planning", "reviewing", "escalated", "summarize", "fallback", "failed", END),
        "checkpointed; resumes after the last finished task",
        resumes_to=("executing",),
    ),
    Row("worker", "a task is dispatched", ("executing",), "the task goes to the run's retry queue"),
    Row(
        "reviewing",
        "every task of the stage is settled",
        ("executing", "complete", "revising", "escalated", "summarize", "fallback", "failed"),
        "a human",
    ),
    Row(
        "revising",
        "the review asked for changes",
        ("planning", "escalated", "summarize", "fallback", "failed"),
        "a human after max_revisions",
    ),
    Row(
        "escalated",
        "a decision is needed",
        ("planning", "executing", "reviewing", "revising", "complete", "rejected", "failed"),
        "the deadline takes the default option",
    ),
    Row(
        "summarize",
        "the context passes its share of the model's window",
        (*WORKING, "failed"),
        "an extract in place of a summary",
    ),
    Row(
        "fallback",
        "the budget breaker trips",
        ("escalated", "reviewing", "rejected", "failed"),
        "a human",
    ),
    Row("complete", "the review of the delivery passed", (END,), "terminal"),
    Row("rejected", "the job cannot or may not be done", (END,), "terminal"),
    Row("failed", "the run cannot go on by itself", (END,), "resumed at the recorded state", resumes_to=RESUMED),
)

ROWS: Final[dict[NodeName, Row]] = {row.node: row for row in TABLE}


def allowed(source: str, target: str, reason: str) -> bool:
    """Whether the table has the edge; re-entries count only for the reasons `resume` and `wake`."""
    if source == START:
        return target == "intake"
    row = ROWS.get(source)  # type: ignore[call-overload]
    if row is None:
        return False
    return target in row.may_go_to or (reason in {"resume", "wake"} and target in row.resumes_to)


def mermaid() -> str:
    """The machine as a Mermaid state diagram; worker and detours keep their node names."""
    lines = ["stateDiagram-v2", "    [*] --> INTAKE"]
    for row in TABLE:
        for target in row.may_go_to:
            label = " : parked" if (row.node, target) == ("executing", END) else ""
            lines.append(f"    {_shown(row.node)} --> {_shown(target)}{label}")
    lines.append("    FAILED --> EXECUTING : resume, at the state that failed")
    return "\n".join(lines)


def picture() -> str:
    """The main paths alone, for the README: without FAILED and the detours, which every working state can take."""
    lines = ["stateDiagram-v2", "    [*] --> INTAKE"]
    for row in TABLE:
        if row.node in {"failed", "summarize", "fallback"}:
            continue
        for target in row.may_go_to:
            if target in {"failed", "summarize", "fallback"} or (row.node, target) == ("executing", END):
                continue
            lines.append(f"    {_shown(row.node)} --> {_shown(target)}")
    return "\n".join(lines)


def table() -> str:
    """The transition table as Markdown, for the README."""
    lines = ["| State | Enters when | May go to | When it fails |", "| --- | --- | --- | --- |"]
    for row in TABLE:
        targets = ", ".join("parked" if target == END and row.node == "executing" else _shown(target)
                            for target in row.may_go_to)  # fmt: skip
        shown = "terminal" if targets == "[*]" else targets
        lines.append(f"| {_shown(row.node)} | {row.enters_when} | {shown} | {row.when_it_fails} |")
    return "\n".join(lines)


def _shown(name: Target) -> str:
    if name == END:
        return "[*]"
    return name if name in {"worker", "summarize", "fallback"} else name.upper()


if __name__ == "__main__":
    print(picture(), table(), sep="\n\n")  # noqa: T201 the one output of this module run as a command
