"""Errors as the pipeline tells them: a code, one line, and what a model can do next."""

from typing import Final

from graph.errors import ToolFailed
from graph.toolcall import RETRYABLE_CODES, ToolError, ToolErrorCode

HINTS: Final[dict[ToolErrorCode, str]] = {
    "invalid_input": "correct the named fields and call again",
    "invalid_output": "do not rely on this tool's answer; go another way or report it",
    "timeout": "try again later, or go on without it",
    "rate_limited": "wait for retry_after seconds before the next call",
    "unavailable": "try again later, or go on without it",
    "withdrawn": "go on without this tool until retry_after seconds have passed",
    "denied": "do not call it again; choose another way",
    "not_found": "check the identifier",
    "conflict": "the same effect stands already with another input; do not repeat it",
    "needs_approval": "propose exactly this call in a deliver task; it is made once it is approved",
    "unknown_outcome": "do not call it again; a person must find out whether it happened",
    "repeated_call": "use the answer that you have, or call with another input",
    "cancelled": "do not wait for this answer; go on without it",
    "internal": "do not call it again; report the failure",
}


def tool_error(
    code: ToolErrorCode, message: str, *, retry_after: float | None = None, effect_key: str | None = None
) -> ToolError:
    """An error with the hint of its code. `retry_after` is in seconds."""
    return ToolError(
        code=code,
        message=message,
        retryable=code in RETRYABLE_CODES,
        retry_after=retry_after,
        hint=HINTS[code],
        effect_key=effect_key,
    )


def refusal(code: ToolErrorCode, message: str, *, retry_after: float | None = None) -> ToolFailed:
    """The exception by which a stage ends the call."""
    return ToolFailed(tool_error(code, message, retry_after=retry_after))
