"""What stands behind the gateway: one completion at a time, structured by a JSON Schema."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pydantic import BaseModel

from graph.domain import Domain, Role
from graph.values import Json

Hear = Callable[[str], None]
"""Told all of an answer's raw text so far, as it grows; an empty text means that it begins anew."""


class Tries(Protocol):
    """Told of each request within a completion, so that none goes out that is not paid for."""

    async def begins(self) -> None:
        """A request is about to go out. Raises `BudgetRefused`."""
        ...

    async def broke(self, error: str, *, billed: bool) -> None:
        """It gave no answer, but this class of error; `billed` where it may have to be paid for all the same."""
        ...


@dataclass(frozen=True)
class Hop:
    """One model of a tier's fallback chain."""

    model: str
    place: str = ""
    """Host and port, or what else it is known by in the ledger."""
    endpoint: str = ""
    """The name of a further endpoint that it is asked at; empty for the tier's own."""
    priced: bool = True
    """Whether its price is known."""
    window: int | None = field(default=None, compare=False)
    """Tokens of its context, where its profile is known."""


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
    prompt_version: str
    schema: Json
    max_tokens: int
    tier: str
    model: str
    hear: Hear | None = None
    """Set where people may watch the answer grow: the provider streams it, if it can."""
    endpoint: str = ""
    """The further endpoint that the model is asked at; empty for the tier's own."""
    share: float = 1.0
    """Of a call's time; the models of a fallback chain share it."""
    tries: Tries | None = None


@dataclass(frozen=True)
class Completion:
    """The answer as text, and what it cost."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    usd_micros: int = 0
    estimated: bool = False
    """The endpoint reported no usage, so the tokens are our own count."""
    priced: bool = True
    """Whether `usd_micros` is its price; otherwise nobody knows it."""
    fault: str = ""
    """Why this is no answer whatever its text looks like: cut off, refused, filtered, empty."""


class Provider(Protocol):
    """A source of completions."""

    name: str
    """What outputs say of it, in one line."""

    def model(self, tier: str) -> str:
        """The model of a tier, where the caller of the run chose none."""
        ...

    def most_usd_micros(self, ask: Ask, prompt_tokens: int) -> int:
        """What the call may cost at most, to be reserved; 0 where it is free or its price is not known."""
        ...

    async def complete(self, ask: Ask) -> Completion:
        """One completion.

        Raises:
            ModelUnavailable: Time may mend it, and the provider's own tries are used up.
            ModelRefused: The endpoint is set up wrongly; the message names the setting.
        """
        ...


@runtime_checkable
class Chained(Protocol):
    """A provider that knows more than one model for a tier."""

    def hops(self, tier: str, chosen: str) -> tuple[Hop, ...]:
        """The tier's models in the order in which they are asked; `chosen` by the run's caller, in the same form.

        Raises `ModelRefused` where the tier has no model.
        """
        ...


def hops_of(provider: Provider, tier: str, chosen: str) -> tuple[Hop, ...]:
    """The models to ask; of a provider without chains, its only one."""
    if isinstance(provider, Chained):
        return provider.hops(tier, chosen)
    return (Hop(chosen or provider.model(tier), provider.name),)


class Free:
    """The part of a provider that costs nothing and has one model for all tiers."""

    name: str

    def model(self, tier: str) -> str:  # noqa: ARG002 one for all
        """Its name."""
        return self.name

    def most_usd_micros(self, ask: Ask, prompt_tokens: int) -> int:  # noqa: ARG002 always the same
        """Nothing."""
        return 0
