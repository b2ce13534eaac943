"""What a domain declares of a tool: what it may do to the world, and what makes two of its calls the same effect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from graph.limits import BreakerRule, Rate

Effect = Literal["read", "write", "irreversible"]
Stakes = Literal["none", "money", "customer", "compliance"]


@dataclass(frozen=True)
class EffectIdentity:
    """What makes two calls the same effect: the input fields that name it, never the prose."""

    fields: tuple[str, ...] = ()
    """Names of input fields; empty means once a scope."""
    scope: Literal["run", "tenant"] = "run"


@dataclass(frozen=True)
class Tool:
    """One verb on the world."""

    name: str
    purpose: str
    input: type[BaseModel]
    output: type[BaseModel]
    call: Callable[..., Any]
    """`(input) -> output` for reads, `(input, key: str) -> output` for effects; sync or async."""
    effect: Effect = "read"
    stakes: Stakes = "none"
    identity: EffectIdentity | None = None
    """Required of every tool that is not a read."""
    honours_keys: bool = False
    """The backend does a call with a known idempotency key once, however often it is made."""
    probe: str | None = None
    """A read tool that answers done, not_done or unknown for this effect."""
    timeout_seconds: float = 20.0
    attempts: int = 3
    """Tries within one call, retryable errors only."""
    rate: Rate | None = None
    """How often it may be called; each try takes a turn."""
    breaker: BreakerRule | None = None
    """When it is withdrawn; `None`: as the policy says."""
    shown_bytes: int = 16_000
    """What a model worker is shown of one answer, as JSON; a function worker gets the whole value."""
    most_bytes: int = 1_000_000
    """The largest answer that is taken at all, as JSON; a larger one is an invalid output."""

    @property
    def outward(self) -> bool:
        """Whether it cannot be undone or touches a customer: legal in stage `deliver` only."""
        return self.effect == "irreversible" or self.stakes == "customer"
