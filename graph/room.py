"""How much of a prompt the history may take, and when it takes too much: sizes in, verdicts out."""

from collections.abc import Iterable
from typing import Final

from langchain_core.messages import AnyMessage

from graph.budget import estimate_tokens
from graph.chat import of_run
from graph.contract import Failure
from graph.history import size_after
from graph.state import RunState

HISTORY: Final = 0.5
"""Share of a prompt's room that the history may take: the rest is for the job, the workers and the results at hand."""
AFTER: Final = 0.75
"""Share of that, or of what there was, that a summary is to leave."""
LEAST: Final = 400
"""Tokens that a summary may leave in any case: no real window is so small that these do not fit."""
REGROWN: Final = 0.125
"""Share of the room that the history must have grown by before it is summarized again."""


def tokens_of(messages: Iterable[AnyMessage]) -> int:
    """What messages cost in a prompt, estimated."""
    return estimate_tokens(message.text for message in messages)


def context_tokens(state: RunState) -> int:
    """The history's size as the planner would see it, estimated."""
    return tokens_of(of_run(state["messages"]))


def room_for(window: int, share: float, fits: int | None) -> int:
    """Tokens that a prompt may take: a share of the window, or less where an endpoint has refused that."""
    room = int(window * share)
    return room if fits is None else min(room, fits)


def crowded(state: RunState) -> bool:
    """Whether the history is to be summarized. One that could not be made smaller has to grow before it is again."""
    room, left = state["room"], max(map(size_after, state["messages"]), default=0)
    return context_tokens(state) > max(room * HISTORY, left + room * REGROWN if left else 0)


def overfull(state: RunState) -> bool:
    """Whether the history alone takes more than a whole prompt may."""
    return context_tokens(state) > state["room"]


def goal(state: RunState) -> int:
    """Tokens that a summary is to leave of the history."""
    return max(LEAST, int(min(state["room"] * HISTORY, context_tokens(state)) * AFTER))


def too_large(state: RunState, said: str = "") -> Failure:
    """The end of a run whose context cannot be made to fit: with its sizes, and what to set."""
    size = f"the history takes {context_tokens(state):,} tokens after summarizing, a prompt may take {state['room']:,}"
    why = f"{said}; {size}" if said else size
    remedy = "raise SUREFOOT_MODEL_WINDOW if the model's is larger, or policy.summarize_at, or name a larger model"
    return Failure(cause="context_too_large", message=f"{why}: {remedy}, then resume")
