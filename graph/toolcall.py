"""A call on the world and everything that can come of it."""

from typing import Literal

from graph.values import Frozen, Json, Micros

ToolErrorCode = Literal[
    "invalid_input", "invalid_output", "timeout", "rate_limited", "unavailable", "withdrawn", "denied", "not_found",
    "conflict", "needs_approval", "unknown_outcome", "repeated_call", "cancelled", "internal",
]  # fmt: skip

RETRYABLE_CODES: frozenset[ToolErrorCode] = frozenset({"timeout", "rate_limited", "unavailable", "withdrawn"})


class ToolError(Frozen):
    """A tool call that gave no value, told so that a model can act on it."""

    code: ToolErrorCode
    message: str
    retryable: bool = False
    retry_after: float | None = None
    """Seconds."""
    attempts: int = 1
    hint: str = ""
    effect_key: str | None = None
    """With `unknown_outcome`: the journal's key of the effect that a person must settle."""
    final: Literal["fail", "escalate"] | None = None
    """Never tried again by itself: policy decides what follows, or with `escalate` a person."""


class ExternalWait(Frozen):
    """A tool's answer that comes later: by polling, or by a signal under `correlation_key`."""

    correlation_key: str
    expects: str
    expires_at: Micros
    on_expire: Literal["fail", "escalate"] = "fail"
    poll_tool: str | None = None
    since: Micros = Micros(0)
    """When the wait began."""
    poll_seconds: float = 5.0
    """How soon to ask for the first time."""


class ToolResult(Frozen):
    """Exactly one of `value`, `error` and `pending` is set."""

    ok: bool
    value: Json | None = None
    error: ToolError | None = None
    pending: ExternalWait | None = None


class ToolCall(Frozen):
    """The exact call: what an approval is bound to, and what is dispatched after it."""

    tool: str
    args: Json


class Permit(Frozen):
    """Leave for one exact call, given by policy or by a person."""

    call: ToolCall
    by: str
    """`policy`, or `person:` and who."""


class EffectDone(Frozen):
    """An effect on the world that happened, as the journal knows it."""

    tool: str
    key: str
    args: Json
    result: Json | None = None
