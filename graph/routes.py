"""Where a run goes next: pure, total functions of the state, one a node, each with its reason.

A router reads what nodes found out; it awaits nothing, knows no clock and writes no log.
The literals in each signature are the node's row of the transition table (a test compares them).
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from graph.state import RunState
from graph.states import END, NodeName, Target

Detour = Literal["summarize", "fallback", "failed"]


def after_intake(state: RunState) -> tuple[Literal["validating", "rejected", "failed"], str]:
    """A bad request ends here."""
    if state["cancelled"]:
        return "failed", "cancelled"
    if failure := state["failure"]:
        return failure.ends, failure.cause
    return "validating", "request accepted"


def after_validating(state: RunState) -> tuple[Literal["planning", "rejected", "failed"], str]:
    """An invalid job is rejected; a backend that is down is a failure."""
    if state["cancelled"]:
        return "failed", "cancelled"
    if failure := state["failure"]:
        return failure.ends, failure.cause
    return "planning", "request valid"


def after_planning(state: RunState) -> tuple[Literal["planning", "executing", "escalated"] | Detour, str]:
    """A refused plan is tried again; an accepted one runs, unless a person must look at it."""
    if preempted := _preempted(state):
        return preempted
    if question := state["question"]:
        return "escalated", question.kind
    if state["faults"]:
        return "planning", f"plan refused: {state['faults'][0].code}"
    return "executing", "plan accepted"


def after_executing(  # noqa: PLR0911 one line an exit of the busiest state
    state: RunState,
) -> tuple[Literal["worker", "executing", "planning", "reviewing", "escalated", "__end__"] | Detour, str]:
    """Dispatch what is ready, wait for what is due later, hand on what is settled."""
    if preempted := _preempted(state):
        return preempted
    if question := state["question"]:
        return "escalated", question.kind
    schedule = state["schedule"]
    if schedule.ready:
        return "worker", f"{len(schedule.ready)} dispatched"
    if state["status"] == "parked":
        return END, "parked until a retry is due"
    if schedule.exhausted:
        return "planning", "a task failed for good"
    if schedule.settled:
        return "reviewing", f"{state['stage']} settled"
    return "executing", "a retry is due"


def after_worker(state: RunState) -> tuple[Literal["executing"], str]:  # noqa: ARG001 total over any state
    """Workers always hand back to the orchestrator."""
    return "executing", "tasks settled"


def after_reviewing(
    state: RunState,
) -> tuple[Literal["executing", "complete", "revising", "escalated"] | Detour, str]:
    """Passed work is delivered; a passed delivery completes the run."""
    if preempted := _preempted(state):
        return preempted
    if question := state["question"]:
        return "escalated", question.kind
    review = state["review"]
    if review is None or review.verdict == "revise":
        return "revising", "changes asked for"
    if review.stage != state["stage"]:
        return "executing", "work passed, delivery due"
    return "complete", f"{review.stage} passed"


def after_revising(state: RunState) -> tuple[Literal["planning", "escalated"] | Detour, str]:
    """The planner gets the findings, until revisions are exhausted."""
    if preempted := _preempted(state):
        return preempted
    if question := state["question"]:
        return "escalated", question.kind
    return "planning", f"revision {state['revisions']}"


def after_escalated(
    state: RunState,
) -> tuple[Literal["planning", "executing", "reviewing", "revising", "complete", "rejected", "failed"], str]:
    """Where the chosen option leads; without a decision the run cannot go on."""
    if state["cancelled"]:
        return "failed", "cancelled"
    failure, answers = state["failure"], state["answers"]
    reason = f"{answers[-1].answer.option} by {answers[-1].answer.actor}" if answers else "no decision"
    if failure:
        return failure.ends, reason if failure.cause == "stopped" else failure.cause
    if state["question"] is not None or not answers:
        return "failed", "no decision"
    match answers[-1].leads_to:
        case "planning" | "executing" | "reviewing" | "revising" | "complete" | "rejected" as target:
            return target, reason
        case _:
            return "failed", reason


def after_summarize(
    state: RunState,
) -> tuple[Literal["planning", "executing", "reviewing", "revising", "failed"], str]:
    """Back to where it came from."""
    if state["cancelled"]:
        return "failed", "cancelled"
    match state["transitions"][-1].source:
        case "planning" | "executing" | "reviewing" | "revising" as origin:
            return origin, "history summarized"
        case other:
            return "failed", f"summarize was entered from {other}"


def after_fallback(state: RunState) -> tuple[Literal["escalated", "reviewing", "rejected", "failed"], str]:
    """A person, a simplified answer to review, or a graceful decline."""
    if state["cancelled"]:
        return "failed", "cancelled"
    if failure := state["failure"]:
        return failure.ends, failure.cause
    if state["question"]:
        return "escalated", "budget"
    return "reviewing", "simplified answer"


def at_end(state: RunState) -> tuple[Literal["__end__"], str]:  # noqa: ARG001 total over any state
    """Terminal states lead nowhere."""
    return END, "terminal"


def _preempted(state: RunState) -> tuple[Detour, str] | None:
    """What comes before any node's own decision."""
    if state["cancelled"]:
        return "failed", "cancelled"
    if failure := state["failure"]:
        return "failed", failure.cause
    if state["detour"] == "fallback":
        return "fallback", "budget breaker tripped"
    if state["detour"] == "summarize":
        return "summarize", "context too large"
    return None


DECISIONS: Final[Mapping[NodeName, Callable[[RunState], tuple[Target, str]]]] = {
    "intake": after_intake,
    "validating": after_validating,
    "planning": after_planning,
    "executing": after_executing,
    "worker": after_worker,
    "reviewing": after_reviewing,
    "revising": after_revising,
    "escalated": after_escalated,
    "summarize": after_summarize,
    "fallback": after_fallback,
    "complete": at_end,
    "rejected": at_end,
    "failed": at_end,
}


def router(node: NodeName) -> Callable[[RunState], Target]:
    """The conditional edge out of `node`.

    An exception inside a conditional edge is a silent success in LangGraph: the run ends with nothing
    left to do (issue 8834). A decision that raises therefore leads to FAILED, whose guard makes the
    same decision again and raises `IllegalTransition` where it can be seen.
    """

    def route(state: RunState) -> Target:
        try:
            return DECISIONS[node](state)[0]
        except Exception:  # noqa: BLE001 the guard of FAILED raises it again, loudly
            return "failed"

    route.__name__ = f"after_{node}"
    return route
