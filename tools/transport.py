"""What the errors of HTTP clients say of the line: by the names of their classes, so that none has to be installed."""

import socket
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final
from urllib.error import URLError

Names = Mapping[str, tuple[str, ...]]
"""Classes by the module that a client exports them from."""

_HTTPX: Final = ("httpx", "httpx2")
TIMEOUTS: Final[Names] = {**dict.fromkeys(_HTTPX, ("TimeoutException",)), "requests": ("Timeout",)}
BROKEN_LINES: Final[Names] = {
    **dict.fromkeys(_HTTPX, ("TransportError",)),
    "requests": ("ConnectionError",),
    "aiohttp": ("ClientConnectionError", "ClientPayloadError"),
    "http.client": ("HTTPException",),
    "ssl": ("SSLError",),
}
NEVER_LEFT: Final[Names] = {
    **dict.fromkeys(
        _HTTPX, ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "LocalProtocolError")
    ),
    "requests": ("ConnectTimeout",),
    "aiohttp": ("ClientConnectorError",),
}
"""Raised before a request is out."""
UNREADABLE: Final[Names] = {
    **dict.fromkeys(_HTTPX, ("DecodingError",)),
    "requests": ("JSONDecodeError",),
    "aiohttp": ("ContentTypeError",),
    "json": ("JSONDecodeError",),
    "pydantic": ("ValidationError",),
}
"""The backend answered, and not in the form that was promised."""


def reason_of(error: BaseException) -> BaseException:
    """What urllib wraps."""
    wrapped = getattr(error, "reason", None)
    return wrapped if type(error) is URLError and isinstance(wrapped, BaseException) else error


def is_timeout(error: BaseException) -> bool:
    """The backend said nothing in time."""
    return isinstance(error, TimeoutError) or _is_one_of(error, TIMEOUTS)


def is_broken_line(error: BaseException) -> bool:
    """The backend could not be reached, or the line broke."""
    return isinstance(error, ConnectionError | socket.gaierror) or _is_one_of(error, BROKEN_LINES)


def never_left(error: BaseException) -> bool:
    """The backend certainly never saw the request."""
    return isinstance(error, ConnectionRefusedError | socket.gaierror) or _is_one_of(error, NEVER_LEFT)


def is_unreadable(error: BaseException) -> bool:
    """The backend's answer is not in the form that was promised: HTML where JSON was due, JSON that is cut."""
    return isinstance(error, UnicodeDecodeError) or _is_one_of(error, UNREADABLE)


def _is_one_of(error: BaseException, names: Names) -> bool:
    # Whoever raises an error of a client has imported it; the pipeline does not have to.
    return isinstance(error, tuple(kind for name, kinds in names.items() for kind in _loaded(name, kinds)))


def _loaded(name: str, kinds: tuple[str, ...]) -> list[type[Any]]:
    module = sys.modules.get(name)
    if not isinstance(module, ModuleType):
        return []
    found = [getattr(module, kind, None) for kind in kinds]
    return [kind for kind in found if isinstance(kind, type)]
