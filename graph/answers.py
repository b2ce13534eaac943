"""The wire forms of a card and of its answer: one payload for LangGraph Studio, Agent Inbox and agent-chat-ui."""

from typing import Any, Final

from graph.escalation import Answer, Escalation
from graph.values import Json

CANCELLED: Final = "cancelled"
"""The internal answer that a waiting run gets when it is cancelled; on no card."""


def payload(card: Escalation) -> Json:
    """The interrupt's value: LangChain's human-in-the-loop form, the card as Markdown, and the card itself."""
    chosen = {"option": card.recommended, "note": ""}
    request = {"name": "decide", "args": chosen, "arguments": chosen, "description": markdown(card)}
    review = {"action_name": "decide", "allowed_decisions": ["approve", "edit", "reject"]}
    return {"action_requests": [request], "review_configs": [review], "escalation": card.model_dump(mode="json")}


def markdown(card: Escalation) -> str:
    """The card as a person reads it in a UI that knows nothing of Surefoot."""
    options = [f"- **{option.id}**: {option.label}. {option.expected_impact}" for option in card.options]
    facts = [f"- {fact.text} ({fact.source})" for fact in card.facts]
    lines = [f"### {card.decision_needed}", card.attempted, "", *options, "", *facts, ""]
    return "\n".join([*lines, f"Without an answer: {card.default_option}"])


def read(raw: Any, card: Escalation) -> Answer | None:
    """The answer in any of the forms that UIs send, or `None` where it chooses nothing on the card."""
    match raw:
        case {"option": str(option)} if option == CANCELLED or card.option(option):
            return _answer(card, option, raw)
        case {"decisions": [decision, *_]}:
            return _from_decision(decision, card)
        case [{"type": str()} as response]:
            return _from_inbox(response, card)
        case _:
            return None


def _from_decision(decision: Any, card: Escalation) -> Answer | None:
    """LangChain's form, as agent-chat-ui sends it."""
    match decision:
        case {"type": "approve"}:
            return _answer(card, card.recommended, {})
        case {"type": "reject"}:
            return _answer(card, card.default_option, {"note": decision.get("message", "")})
        case {"type": "edit", "edited_action": {"args": {"option": str(option)} as args}} if card.option(option):
            return _answer(card, option, args)
        case _:
            return None


def _from_inbox(response: Any, card: Escalation) -> Answer | None:
    """Agent Inbox's form: a list of one."""
    match response:
        case {"type": "accept"}:
            return _answer(card, card.recommended, {})
        case {"type": "ignore"}:
            return _answer(card, card.default_option, {"note": "ignored in Agent Inbox"})
        case {"type": "edit", "args": {"args": {"option": str(option)} as args}} if card.option(option):
            return _answer(card, option, args)
        case {"type": "response", "args": str(option)} if card.option(option):
            return _answer(card, option, {})
        case _:
            return None


def _answer(card: Escalation, option: str, given: Json) -> Answer:
    actor = str(given.get("actor") or "unknown")
    return Answer(escalation_id=card.id, option=option, note=str(given.get("note") or ""), actor=actor)
