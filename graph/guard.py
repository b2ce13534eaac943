"""The entry guard that all nodes share: no edge outside the table, each step recorded, detours before bodies."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, cast

from langgraph.config import get_config

from graph.amounts import most_used
from graph.budget import tripped
from graph.contract import Failure, Transition, WorkOrder
from graph.errors import BudgetRefused, ContextOverflow, IllegalTransition, ModelRefused, ModelUnavailable
from graph.ports import Deps, by_run
from graph.room import crowded, overfull, room_for, too_large
from graph.routes import DECISIONS
from graph.rows import Alerted, Moved
from graph.state import RunState, Update, next_sequence, where
from graph.states import START, TERMINAL, WORKING, NodeName, allowed
from graph.values import Micros
from graph.worktime import worked, worked_since

Body = Callable[[RunState, Deps], Awaitable[Update]]


class Node(Protocol):
    """What LangGraph calls."""

    def __call__(self, state: RunState) -> Awaitable[Update]:
        """Read the state, return a partial update."""
        ...


def guarded(node: NodeName, body: Body, deps: Deps) -> Node:
    """`body` behind the guard, as LangGraph calls it."""

    async def enter(state: RunState) -> Update:
        since = worked_since(get_config().get("configurable", {}))
        transition = entry(node, state, deps.clock.now(), since)
        run = by_run(state["header"])
        cancelled = await deps.records.append(run, Moved(transition=transition))
        arrived = _changed(state, {"reentry": None, "detour": None, "spend": await deps.ledger.spent(run)})
        arrived["transitions"] = [transition]
        if cancelled and node not in TERMINAL:
            return {**arrived, "cancelled": True}
        if node in WORKING:
            arrived.update(_changed(state, {"room": _room(state, deps)}))
        here = _arrived(state, arrived)
        if node in WORKING and (stop := await _stopped(here, deps)):
            return {**arrived, **stop}
        return {**arrived, **await _run(node, body, here, deps)}

    enter.__name__ = node
    return enter


def entry(node: NodeName, state: RunState, at: Micros, since: Micros | None = None) -> Transition:
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
    step = Transition(sequence=next_sequence(state), source=source, target=node, reason=reason, at=at)
    return _checked(step.model_copy(update={"worked": worked(state, node, since, at)}))


def first_entry(at: Micros) -> Transition:
    """The transition into INTAKE. That the thread is free is the saver's to say, before anything is written."""
    return _checked(Transition(sequence=1, source=START, target="intake", reason="received", at=at))


def dispatched(order: WorkOrder, at: Micros) -> Transition:
    """The transition into the worker: one for all tasks of a superstep, under the number their orders carry."""
    return _checked(
        Transition(sequence=order.sequence, source="executing", target="worker", reason="dispatched", at=at)
    )


def detour_for(state: RunState) -> Literal["summarize", "fallback"] | None:
    """Which detour, if any, comes before the node's body; never the same one twice in a row."""
    header = state["header"]
    if not state["simplified"] and not _paid(state) and tripped(header.budget, state["spend"], header.forgiven):
        return "fallback"
    return "summarize" if crowded(state) and not _just_summarized(state) else None


def _paid(state: RunState) -> bool:
    """Work that passed its review costs no more model calls: it is delivered, unless a task's call was refused."""
    tasks = state["plan"].tasks if state["plan"] else ()
    errors = [result.error for task in tasks if (result := state["results"].get(task.id)) and result.error]
    refused = any(error.code == "cancelled" for error in errors)
    return state["stage"] == "deliver" and where(state) in {"executing", "reviewing"} and not refused


def _just_summarized(state: RunState) -> bool:
    return state["transitions"][-1].source == "summarize"


def _room(state: RunState, deps: Deps) -> int:
    share = deps.domains.get(state["header"].domain).policy.summarize_at
    return room_for(deps.models.window(state["header"]), share, state.get("fits"))


def _changed(state: RunState, update: Update) -> Update:
    """Only what is new: each value that is written again is a row of the database."""
    return cast("Update", {name: value for name, value in update.items() if name not in state or state[name] != value})  # type: ignore[literal-required]


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
    detour = detour_for(state)
    if detour is None and _just_summarized(state) and overfull(state):
        return {"failure": too_large(state)}
    if detour == "fallback":
        await _alert(state, deps)
    return {"detour": detour} if detour else None


async def _alert(state: RunState, deps: Deps, refused: str = "") -> None:
    """One alert a trip: a run whose budget a person raised may trip again."""
    header, spend = state["header"], state["spend"]
    earlier = sum(step.target == "fallback" for step in state["transitions"])
    kind = f"budget_breaker_{earlier + 1}" if earlier else "budget_breaker"
    why = refused or spend.refusal if spend.refused > header.forgiven or refused else ""
    told = "; ".join(each for each in (f"used {most_used(header.budget, spend)}", why) if each)
    await deps.records.append(by_run(header), Alerted(kind=kind, message=told, at=deps.clock.now()))


async def _run(node: NodeName, body: Body, state: RunState, deps: Deps) -> Update:
    """The body, with what any state may meet: a refused reservation, a model that is down or set up wrongly."""
    try:
        return await body(state, deps)
    except BudgetRefused as error:
        if state["simplified"] or node not in WORKING:
            return {"failure": Failure(cause="budget_exhausted", message=str(error))}
        await _alert(state, deps, str(error))
        return {"detour": "fallback"}
    except ModelUnavailable as error:
        return {"failure": Failure(cause="model_unavailable", message=str(error))}
    except ContextOverflow as error:
        return _overflowed(state, error)
    except ModelRefused as error:
        return {"failure": Failure(cause="model_refused", message=str(error))}


def _overflowed(state: RunState, error: ContextOverflow) -> Update:
    """The window is smaller than we were told: a summary once, in half the room; then the end."""
    if _just_summarized(state) or where(state) not in WORKING:
        return {"failure": too_large(state, str(error))}
    half = state["room"] // 2
    return {"detour": "summarize", "room": half, "fits": half}
