"""The entry guard that all nodes share: no edge outside the table, each step recorded, detours before bodies."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from graph.budget import estimate_tokens, share_used, tripped
from graph.chat import of_run
from graph.contract import Failure, Transition, WorkOrder
from graph.errors import BudgetRefused, IllegalTransition, ModelRefused, ModelUnavailable
from graph.ports import Deps, by_run
from graph.routes import DECISIONS
from graph.rows import Alerted, Moved
from graph.state import RunState, Update, next_sequence, where
from graph.states import START, TERMINAL, WORKING, NodeName, allowed
from graph.values import Micros

Body = Callable[[RunState, Deps], Awaitable[Update]]


class Node(Protocol):
    """What LangGraph calls."""

    def __call__(self, state: RunState) -> Awaitable[Update]:
        """Read the state, return a partial update."""
        ...


def guarded(node: NodeName, body: Body, deps: Deps) -> Node:
    """`body` behind the guard, as LangGraph calls it."""

    async def enter(state: RunState) -> Update:
        transition = entry(node, state, deps.clock.now())
        run = by_run(state["header"])
        cancelled = await deps.records.append(run, Moved(transition=transition))
        arrived: Update = {"transitions": [transition], "reentry": None, "detour": None}
        arrived["spend"] = await deps.ledger.spent(run)
        if cancelled and node not in TERMINAL:
            return {**arrived, "cancelled": True}
        here = _arrived(state, arrived)
        if node in WORKING and (stop := await _stopped(here, deps)):
            return {**arrived, **stop}
        return {**arrived, **await _run(node, body, here, deps)}

    enter.__name__ = node
    return enter


def entry(node: NodeName, state: RunState, at: Micros) -> Transition:
    """The transition into `node`. Raises `IllegalTransition` where table, decision and entry disagree."""
    source = where(state)
    if source is None:
        raise IllegalTransition(f"{node} was entered before intake")
    if state["reentry"] == node:
        reason = "wake" if source == "executing" else "resume"
    else:
        target, reason = _decided(source, state)
        if target != node:
            raise IllegalTransition(f"{node} was entered, but {source} leads to {target} ({reason})")
    return _checked(Transition(sequence=next_sequence(state), source=source, target=node, reason=reason, at=at))


def first_entry(at: Micros) -> Transition:
    """The transition into INTAKE. That the thread is free is the saver's to say, before anything is written."""
    return _checked(Transition(sequence=1, source=START, target="intake", reason="received", at=at))


def dispatched(order: WorkOrder, at: Micros) -> Transition:
    """The transition into the worker: one for all tasks of a superstep, under the number their orders carry."""
    return _checked(
        Transition(sequence=order.sequence, source="executing", target="worker", reason="dispatched", at=at)
    )


def detour_for(state: RunState, window: int, summarize_at: float) -> Literal["summarize", "fallback"] | None:
    """Which detour, if any, comes before the node's body; never the same one twice in a row."""
    header = state["header"]
    if not state["simplified"] and tripped(header.budget, state["spend"], header.forgiven):
        return "fallback"
    if context_tokens(state) > window * summarize_at:
        return "summarize"
    return None


def context_tokens(state: RunState) -> int:
    """The history's size as the planner would see it, estimated."""
    return estimate_tokens(message.text for message in of_run(state["messages"]))


def _decided(source: NodeName, state: RunState) -> tuple[str, str]:
    try:
        return DECISIONS[source](state)
    except Exception as error:
        raise IllegalTransition(f"the router after {source} raised {type(error).__name__}: {error}") from error


def _checked(transition: Transition) -> Transition:
    if not allowed(transition.source, transition.target, transition.reason):
        raise IllegalTransition(f"{transition.source} may not go to {transition.target} ({transition.reason})")
    return transition


def _arrived(state: RunState, update: Update) -> RunState:
    """The state as the node's body sees it: already arrived."""
    transitions = [*state["transitions"], *update["transitions"]]
    return {**state, **update, "transitions": transitions}


async def _stopped(state: RunState, deps: Deps) -> Update | None:
    """What comes in place of the body: a detour, or the end where a summary did not help."""
    policy = deps.domains.get(state["header"].domain).policy
    window = deps.models.window(state["header"])
    detour = detour_for(state, window, policy.summarize_at)
    if detour == "summarize" and state["transitions"][-1].source == "summarize":
        size = f"{context_tokens(state)} tokens after summarizing, {int(window * policy.summarize_at)} allowed"
        return {"failure": Failure(cause="context_too_large", message=f"the history does not fit: {size}")}
    if detour == "fallback":
        await _alert(state, deps)
    return {"detour": detour} if detour else None


async def _alert(state: RunState, deps: Deps) -> None:
    header = state["header"]
    message = f"{share_used(header.budget, state['spend']):.0%} of the budget is used"
    await deps.records.append(by_run(header), Alerted(kind="budget_breaker", message=message, at=deps.clock.now()))


async def _run(node: NodeName, body: Body, state: RunState, deps: Deps) -> Update:
    """The body, with what any state may meet: a refused reservation, a model that is down or set up wrongly."""
    try:
        return await body(state, deps)
    except BudgetRefused as error:
        if state["simplified"] or node not in WORKING:
            return {"failure": Failure(cause="budget_exhausted", message=str(error))}
        return {"detour": "fallback"}
    except ModelUnavailable as error:
        return {"failure": Failure(cause="model_unavailable", message=str(error))}
    except ModelRefused as error:
        return {"failure": Failure(cause="model_refused", message=str(error))}
