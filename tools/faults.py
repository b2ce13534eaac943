"""What a failed try means: which code, whether to try again, whether it may have happened, who is to blame."""

import sqlite3
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from graph.errors import ToolFailed
from graph.toolcall import ToolError, ToolErrorCode
from graph.values import Micros
from tools.after import retry_after
from tools.hints import tool_error

RETRIED_STATUS: Final = frozenset({408, 409, 425, 429})
STATUS_CODES: Final[dict[int, ToolErrorCode]] = {
    401: "denied", 403: "denied", 404: "not_found", 408: "timeout", 409: "conflict", 410: "not_found",
    425: "unavailable", 429: "rate_limited", 451: "denied",
}  # fmt: skip
UNSURE_CODES: Final[frozenset[ToolErrorCode]] = frozenset({"unknown_outcome", "timeout", "cancelled"})
NEVER_LEFT: Final = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "LocalProtocolError")
"""Errors of httpx that are raised before a request is out."""


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
        told = error.error
        return Fault(told, again=told.retryable, certain=told.code not in UNSURE_CODES, ill=False)
    status = _status(error)
    if status is not None:
        return _by_status(status, tool, retry_after(error, now))
    kind = type(error).__name__
    if isinstance(error, TimeoutError) or _is_httpx(error, "TimeoutException"):
        return _transport("timeout", f"{tool} did not answer in time", error)
    if isinstance(error, ConnectionError) or _is_httpx(error, "TransportError"):
        return _transport("unavailable", f"{tool} cannot reach its backend ({kind})", error, retry_after(error, now))
    if isinstance(error, sqlite3.OperationalError) and any(word in str(error) for word in ("locked", "unable")):
        return Fault(tool_error("unavailable", f"{tool}: its database is busy"), again=True, certain=True, ill=True)
    return Fault(tool_error("internal", f"{tool} raised {kind}"), again=False, certain=False, ill=True)


def cancelled_itself(tool: str) -> ToolFailed:
    """For a tool that raised `CancelledError` though nobody cancelled the call."""
    return ToolFailed(tool_error("cancelled", f"{tool} cancelled its own work"))


def _transport(code: ToolErrorCode, message: str, error: BaseException, after: float | None = None) -> Fault:
    never_left = isinstance(error, ConnectionRefusedError) or _is_httpx(error, *NEVER_LEFT)
    return Fault(tool_error(code, message, retry_after=after), again=True, certain=never_left, ill=True)


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


def _is_httpx(error: BaseException, *names: str) -> bool:
    # Whoever raises an error of httpx has imported it; the pipeline does not have to.
    loaded = [module for module in map(sys.modules.get, ("httpx", "httpx2")) if isinstance(module, ModuleType)]
    kinds = [getattr(module, name, None) for module in loaded for name in names]
    return isinstance(error, tuple(kind for kind in kinds if isinstance(kind, type)))
