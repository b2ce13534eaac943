"""What a failed try means: which code, whether to try again, whether it may have happened, who is to blame."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from graph.errors import ToolFailed
from graph.toolcall import ToolError, ToolErrorCode
from graph.values import Micros
from tools.after import retry_after
from tools.hints import tool_error
from tools.transport import is_broken_line, is_timeout, is_unreadable, never_left, reason_of

RETRIED_STATUS: Final = frozenset({408, 425, 429})
STATUS_CODES: Final[dict[int, ToolErrorCode]] = {
    401: "denied", 403: "denied", 404: "not_found", 408: "timeout", 409: "conflict", 410: "not_found",
    425: "unavailable", 429: "rate_limited", 451: "denied",
}  # fmt: skip
UNSURE_CODES: Final[frozenset[ToolErrorCode]] = frozenset({"unknown_outcome", "timeout", "cancelled"})
LONGEST_MESSAGE: Final = 1_000
"""Characters of a backend's own words; it may have put a whole page into them."""


@dataclass(frozen=True)
class Fault:
    """One try that gave no value."""

    error: ToolError
    again: bool
    """Worth another try within the call."""
    certain: bool
    """The backend certainly did nothing."""
    ill: bool
    """Speaks against the tool's health; a domain error does not."""


def fault_of(error: BaseException, tool: str, now: Micros) -> Fault:
    """The meaning of what a tool raised. Messages name the kind of error and no more: texts may hold secrets."""
    if isinstance(error, ToolFailed):
        told = _clipped(error.error)
        return Fault(told, again=told.retryable, certain=told.code not in UNSURE_CODES, ill=False)
    status = _status(error)
    if status is not None:
        return _by_status(status, tool, retry_after(error, now))
    kind = type(error).__name__
    if (met := _by_line(reason_of(error), tool, now)) is not None:
        return met
    if isinstance(error, sqlite3.OperationalError) and any(word in str(error) for word in ("locked", "unable")):
        return Fault(tool_error("unavailable", f"{tool}: its database is busy"), again=True, certain=True, ill=True)
    return Fault(tool_error("internal", f"{tool} raised {kind}"), again=False, certain=False, ill=True)


def _by_line(error: BaseException, tool: str, now: Micros) -> Fault | None:
    """What the line did, or what came over it."""
    kind = type(error).__name__
    if is_timeout(error):
        return _transport("timeout", f"{tool} did not answer in time", error)
    if is_broken_line(error):
        return _transport("unavailable", f"{tool} cannot reach its backend ({kind})", error, retry_after(error, now))
    if is_unreadable(error):
        told = tool_error("invalid_output", f"{tool} got an answer in another form than it was promised ({kind})")
        return Fault(told, again=False, certain=False, ill=True)
    return None


def cancelled_itself(tool: str) -> ToolFailed:
    """For a tool that raised `CancelledError` though nobody cancelled the call."""
    return ToolFailed(tool_error("cancelled", f"{tool} cancelled its own work"))


def _transport(code: ToolErrorCode, message: str, error: BaseException, after: float | None = None) -> Fault:
    return Fault(tool_error(code, message, retry_after=after), again=True, certain=never_left(error), ill=True)


def _by_status(status: int, tool: str, after: float | None) -> Fault:
    server = status >= 500  # noqa: PLR2004 the server's errors; below are the client's
    code = STATUS_CODES.get(status, "unavailable" if server else "invalid_input")
    return Fault(
        tool_error(code, f"the backend of {tool} answered {status}", retry_after=after),
        again=server or status in RETRIED_STATUS,
        certain=not server,
        ill=server,
    )


def _status(error: BaseException) -> int | None:
    for holder in (getattr(error, "response", None), error):
        for name in ("status_code", "status"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and 400 <= value <= 599:  # noqa: PLR2004 the errors that HTTP knows
                return value
    return None


def _clipped(told: ToolError) -> ToolError:
    if len(told.message) <= LONGEST_MESSAGE:
        return told
    return told.model_copy(update={"message": f"{told.message[:LONGEST_MESSAGE]}... ({len(told.message)} characters)"})
