"""The state of a run, and its reducers.

Reducers run again on every replay, so they are deterministic, batching-invariant and assign no ids.
Channels that grow are `DeltaChannel`s: a checkpoint stores what a step added, not the whole history.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Annotated, Any, Literal, cast

from langchain_core.messages import AnyMessage, BaseMessage, MessageLikeRepresentation, RemoveMessage
from langgraph.channels import DeltaChannel
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from graph import chat
from graph.contract import (
    Failure,
    Header,
    Outcome,
    Plan,
    PlanFault,
    Retry,
    Review,
    Schedule,
    Spend,
    Stage,
    Status,
    TaskResult,
    Transition,
)
from graph.escalation import Answered, Question
from graph.states import NodeName
from graph.toolcall import Permit
from graph.values import Json, Micros

SNAPSHOT_EVERY = 1_000
"""Updates of a growing channel between two full snapshots of it: their sum grows with the square of a run's length."""


def fold_messages(messages: list[AnyMessage], writes: Sequence[Any]) -> list[AnyMessage]:
    """Append, replace by id, or remove; what a caller gives is read as a message, and named if it has no id."""
    kept = {message.id: message for message in messages}
    for given in _each(writes):
        message = chat.read(given, kept)
        if isinstance(message, RemoveMessage):
            if message.id == REMOVE_ALL_MESSAGES:
                kept.clear()
            kept.pop(message.id, None)
        else:
            kept[message.id] = message
    return list(kept.values())


def fold_results(results: dict[str, TaskResult], writes: Sequence[dict[str, TaskResult]]) -> dict[str, TaskResult]:
    """The newest attempt of each task wins; among equal attempts the first."""
    folded = dict(results)
    for write in writes:
        for task_id, result in write.items():
            known = folded.get(task_id)
            if known is None or result.attempt > known.attempt:
                folded[task_id] = result
    return folded


def fold_transitions(transitions: list[Transition], writes: Sequence[list[Transition]]) -> list[Transition]:
    """One transition a sequence number: the first that is recorded."""
    by_sequence = {transition.sequence: transition for transition in transitions}
    for transition in _each(writes):
        by_sequence.setdefault(transition.sequence, transition)
    return [by_sequence[number] for number in sorted(by_sequence)]


def _each(writes: Sequence[Any]) -> Iterable[Any]:
    for write in writes:
        yield from write if isinstance(write, list) else [write]


class RunInput(TypedDict, total=False):
    """What a caller puts in, one of the two; where both are given, the request is the job."""

    request: Json
    """The job, in the domain's own schema."""
    messages: list[MessageLikeRepresentation]
    """A chat: its newest message of a person is the job, as JSON, or in prose where the domain takes that."""


@cache
def input_for(request: type[BaseModel] | None) -> type[RunInput]:
    """`RunInput` as a form shows it, with the domain's own schema of a request where it is known."""
    asked = request or Json
    job, said = "the job, in the domain's own schema", "a chat: the newest message of a person is the job"
    shown = {
        "request": Annotated[asked, Field(title="Request", description=job)],
        "messages": Annotated[list[AnyMessage], Field(title="Messages", description=said)],
    }
    return cast("type[RunInput]", TypedDict("RunInput", shown, total=False))  # type: ignore[operator]


class RunState(TypedDict):
    """Everything a run knows. INTAKE resets all of it, so that a thread can serve many runs."""

    request: Json
    """The job as it came in."""
    header: Header
    """The caller's choices, frozen at INTAKE."""
    status: Status
    """Running, parked, or how it ended."""
    transitions: Annotated[list[Transition], DeltaChannel(fold_transitions, snapshot_frequency=SNAPSHOT_EVERY)]
    """Every step so far; the last one's target is where the run is."""
    messages: Annotated[list[AnyMessage], DeltaChannel(fold_messages, snapshot_frequency=SNAPSHOT_EVERY)]
    """The job, the orchestrator's own history of it, how it ended, and the chat before it (see `graph.chat`)."""
    plan: Plan | None
    """The plan in force."""
    plan_number: int
    """How many plans were accepted."""
    plan_attempts: int
    """Attempts at the plan to come, refused ones included."""
    faults: list[PlanFault]
    """Why the last attempt at a plan was refused; empty once one is accepted."""
    stage: Stage
    """What EXECUTING is on: the work, or its delivery."""
    results: Annotated[dict[str, TaskResult], DeltaChannel(fold_results, dict, snapshot_frequency=SNAPSHOT_EVERY)]
    """Results of every plan of the run; task ids carry their plan's number."""
    retries: dict[str, Retry]
    """The run's retry queue."""
    schedule: Schedule
    """What EXECUTING found to do."""
    review: Review | None
    """The last verdict."""
    revisions: int
    """How often the review asked for changes."""
    question: Question | None
    """What a person must decide before the run goes on."""
    asked: int
    """How many cards were raised."""
    answers: list[Answered]
    """Every decision taken by a person or a deadline."""
    permits: list[Permit]
    """Exact calls that policy or a person allowed."""
    spend: Spend
    """The ledger's word as of the last state that can spend."""
    room: int
    """Tokens that a prompt may take, as of the last state that can spend."""
    fits: int | None
    """A smaller number of tokens than the window promises, where an endpoint has refused more."""
    detour: Literal["summarize", "fallback"] | None
    """Set by the entry guard in place of the node's body."""
    simplified: bool
    """The breaker's fallback was taken; it does not trip again unless the budget is raised."""
    cancelled: bool
    """The caller gave up on the run."""
    reentry: NodeName | None
    """Where a resume or a wake-up re-enters; cleared by the guard."""
    failure: Failure | None
    """Why the run cannot go on."""
    resume_at: NodeName | None
    """Where a resume of a failed or parked run would re-enter."""
    outcome: Outcome | None
    """How it ended."""


class Update(TypedDict, total=False):
    """A partial update of `RunState`: what a node returns."""

    request: Json
    header: Header
    status: Status
    transitions: Any
    messages: Any
    plan: Plan | None
    plan_number: int
    plan_attempts: int
    faults: list[PlanFault]
    stage: Stage
    results: Any
    retries: dict[str, Retry]
    schedule: Schedule
    review: Review | None
    revisions: int
    question: Question | None
    asked: int
    answers: list[Answered]
    permits: list[Permit]
    spend: Spend
    room: int
    fits: int | None
    detour: Literal["summarize", "fallback"] | None
    simplified: bool
    cancelled: bool
    reentry: NodeName | None
    failure: Failure | None
    resume_at: NodeName | None
    outcome: Outcome | None


def where(state: RunState) -> NodeName | None:
    """The node that the run entered last."""
    transitions = state.get("transitions")
    return cast("NodeName", transitions[-1].target) if transitions else None


def next_sequence(state: RunState) -> int:
    """The number of the transition to come."""
    return state["transitions"][-1].sequence + 1


def message_ids(messages: Iterable[BaseMessage]) -> list[str]:
    """The ids of messages, all of which have one."""
    return [message.id for message in messages if message.id]


def due_at(*times: Micros) -> Micros | None:
    """The earliest of times, or `None`."""
    return min(times, default=None)
