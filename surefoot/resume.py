"""The one recipe by which a run goes on, as a pure decision over what its thread holds.

Never a `goto` while work is pending, never a fork of a live run (see docs/decisions/0003).
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

from langgraph.types import StateSnapshot

from graph.contract import Retry, Schedule
from graph.domain import Policy
from graph.errors import Misdriven
from graph.funding import funded
from graph.schedule import due_now, granted_again
from graph.state import RunState, Update
from graph.states import NodeName
from graph.values import Json, RunId

Step = Literal["begin", "go_on", "wait", "reenter", "over"]

NOT_YET_RECEIVED = (("__start__",), ("intake",))
"""The input is in the thread, but INTAKE has not answered it."""


@dataclass(frozen=True)
class Found:
    """What the thread holds for a run."""

    begun: bool
    """INTAKE has frozen this run into the state."""
    next: tuple[str, ...]
    interrupt_id: str | None
    status: str | None


def found(run_id: RunId, snapshot: StateSnapshot) -> Found:
    """Read a snapshot for one run; a thread may still hold an earlier run's state."""
    values = cast("dict[str, Any]", snapshot.values)
    header = values.get("header")
    begun = header is not None and header.run_id == run_id
    interrupts = snapshot.interrupts if begun else ()
    return Found(
        begun=begun,
        next=snapshot.next or _not_begun(snapshot),
        interrupt_id=interrupts[0].id if interrupts else None,
        status=values.get("status") if begun else None,
    )


def _not_begun(snapshot: StateSnapshot) -> tuple[str, ...]:
    """LangGraph names nothing to do between its input's own writes and the next checkpoint; INTAKE is to come."""
    given = snapshot.metadata is not None and snapshot.metadata.get("source") == "input"
    return ("__start__",) if given else ()


def next_step(thread: Found) -> Step:
    """What to do now. The order of these questions is the recipe."""
    if not thread.begun:
        return "go_on" if thread.next in NOT_YET_RECEIVED else "begin"
    if thread.interrupt_id is not None:
        return "wait"
    if thread.next:
        return "go_on"
    if thread.status in {"parked", "failed"}:
        return "reenter"
    if thread.status in {"complete", "rejected"}:
        return "over"
    return "go_on"  # died between a re-entry's writes and its first checkpoint


def assert_settled(thread: Found) -> None:
    """After an invocation, nothing left to do means over, parked or waiting. Raises `Misdriven`."""
    idle = thread.begun and not thread.next and thread.interrupt_id is None
    if not thread.begun or (idle and thread.status == "running"):
        raise Misdriven(f"the graph stopped with status {thread.status} and nothing left to do")


def reset(state: RunState, policy: Policy, budget: Json | None = None) -> Update:
    """The update that re-enters a parked or failed run: what made it stop is taken back, the rest is kept.

    With a budget its limits are new, and the plans so far are forgiven as well.
    """
    return {
        **_funded(state, budget),
        "status": "running",
        "reentry": reentry(state, budget),
        "resume_at": None,
        "failure": None,
        "outcome": None,
        "detour": None,
        "fits": state.get("fits") if state["status"] == "parked" else None,
        "plan_attempts": 0,
        "faults": [],
        "asked": 0 if state["question"] else state["asked"],
        "question": None,
        "retries": _retries(state, policy),
        "schedule": Schedule(),
    }


def reentry(state: RunState, budget: Json | None = None) -> NodeName | None:
    """Where it goes on; a run that paid for a simplified answer only, and is given more, plans the real one."""
    return "planning" if budget and state["simplified"] else state["resume_at"]


def _funded(state: RunState, budget: Json | None) -> Update:
    if not budget:
        return {}
    header = funded(state, budget).model_copy(update={"plans_forgiven": state["plan_number"]})
    return {"header": header, "simplified": False}


def _retries(state: RunState, policy: Policy) -> dict[str, Retry]:
    """A parked run's due tasks are ready; every failed task of a failed run gets a fresh set of attempts."""
    if state["status"] == "parked":
        return due_now(state["retries"], state["schedule"].wake_at)
    plan, results = state["plan"], state["results"]
    tasks = plan.tasks if plan else ()
    failed = tuple(task.id for task in tasks if task.id in results and results[task.id].status != "success")
    return granted_again(results, state["retries"], failed, policy)
