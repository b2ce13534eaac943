"""The context's detour: the oldest messages become a summary, and the facts in them are kept word for word."""

import re
from typing import Final

from langchain_core.messages import AnyMessage, HumanMessage, RemoveMessage

from graph.briefs import Summary, SummaryBrief
from graph.chat import marked, of_run
from graph.errors import BudgetRefused, ModelError
from graph.ports import Deps, ModelCall
from graph.state import RunState, Update

KEEP_LAST: Final = 4
"""Messages that are never summarized; the request, the first of all, is not either."""
PINNED: Final = re.compile(r"[$€£]\s?\d[\d,.]*|\d{4}-\d{2}-\d{2}|[A-Z]{1,6}-?\d{3,}|\S+@\S+\.\w+")
"""Amounts, dates, ids and addresses."""
EXTRACT: Final = 240
"""Characters of each message that the extract keeps where no model can summarize."""


async def summarize(state: RunState, deps: Deps) -> Update:
    """Compress all but the request and the last messages; where the model fails, extract."""
    _, *rest = of_run(state["messages"])
    oldest, kept = rest[:-KEEP_LAST], rest[-KEEP_LAST:]
    if not oldest:
        return {}
    brief = SummaryBrief(messages=tuple(str(message.content) for message in oldest), pinned=_pinned(oldest))
    text = await _summary(brief, state, deps)
    replaced = [RemoveMessage(str(message.id)) for message in rest]
    return {"messages": [*replaced, _message(text, brief, state), *kept]}


async def _summary(brief: SummaryBrief, state: RunState, deps: Deps) -> str:
    call = ModelCall(header=state["header"], role="summarize", state="summarize")
    try:
        return (await deps.models.structured(call, brief, Summary)).text
    except (ModelError, BudgetRefused):  # a run that cannot pay for a summary meets its breaker at the next state
        return " ".join(message[:EXTRACT] for message in brief.messages)


def _message(text: str, brief: SummaryBrief, state: RunState) -> AnyMessage:
    facts = ", ".join(brief.pinned) or "none"
    number = state["transitions"][-1].sequence
    message = HumanMessage(f"Earlier: {text}\nFacts, word for word: {facts}", id=f"summary/{number}")
    return marked(message, "history")


def _pinned(messages: list[AnyMessage]) -> tuple[str, ...]:
    found = (fact for message in messages for fact in PINNED.findall(str(message.content)))
    return tuple(dict.fromkeys(found))
