"""What stands behind the gateway: one completion at a time, structured by a JSON Schema."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from graph.domain import Domain, Role
from graph.values import Json


@dataclass(frozen=True)
class Ask:
    """One completion to make."""

    domain: Domain
    role: Role
    worker: str | None
    brief: BaseModel
    """The structured input that the messages were rendered from; rules decide on this."""
    messages: tuple[tuple[str, str], ...]
    """Role (`system`, `user`, `assistant`) and text."""
    schema: Json
    max_tokens: int
    model: str


@dataclass(frozen=True)
class Completion:
    """The answer as text, and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    usd_micros: int = 0


class Provider(Protocol):
    """A source of completions."""

    name: str
    """What outputs say of it, in one word or two."""

    async def complete(self, ask: Ask) -> Completion:
        """One completion. Raises `ModelUnavailable` where the endpoint is down."""
        ...
