"""What a role is told before its input: a system text with a version, and examples as turns of a conversation."""

from dataclasses import dataclass

from pydantic import BaseModel


@dataclass(frozen=True)
class Example:
    """One input and the answer wanted; both are rendered as the real ones are, so that they cannot drift from them."""

    given: BaseModel
    answer: BaseModel


@dataclass(frozen=True)
class Prompt:
    """The fixed part of a role's prompt: the same bytes in every call, so that endpoints can cache it."""

    system: str
    version: int = 1
    """Raised with every change of the words; the ledger keeps it beside each call."""
    examples: tuple[Example, ...] = ()
