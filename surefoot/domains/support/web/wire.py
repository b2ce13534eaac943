"""One exchange with the shop's server, bounded in bytes and in seconds.

A refusal is raised as `Refusal` and only where the shop itself says so. Everything else reaches the tool pipeline as
httpx has it: `TransportError` for the network, `HTTPStatusError` for a server that is overloaded or down, and
`DecodingError` for an answer that cannot be read as the shop's, which nobody should guess about.
"""

import ssl
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import httpx
from pydantic_core import from_json

from graph.values import Json
from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.web.problems import refusal_in

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 15.0
"""For the whole answer, less than a tool's own timeout: a call that is given up leaves no thread behind."""
MOST_BYTES: Final = 1_000_000
TRY_AGAIN: Final = frozenset({408, 425, 429})
"""Refused for now, by whatever stands in front of the shop."""


@dataclass(frozen=True)
class Request:
    """What is asked of the server."""

    method: str
    path: str
    """Its variable parts quoted."""
    params: dict[str, str | int] = field(default_factory=dict)
    body: Json | None = None
    key: str | None = None
    """The idempotency key of an effect."""

    @property
    def headers(self) -> dict[str, str]:
        """Uncompressed, so that the bound on bytes is a bound on memory."""
        asked = {"Accept": "application/json", "Accept-Encoding": "identity"}
        return asked | ({"Idempotency-Key": self.key} if self.key is not None else {})


def exchange(url: str, request: Request, answer_seconds: float = ANSWER_SECONDS) -> Row:
    """The JSON object that the shop answers. Raises `Refusal`, `httpx.HTTPError`."""
    timeout = httpx.Timeout(answer_seconds, connect=min(CONNECT_SECONDS, answer_seconds))
    deadline = time.monotonic() + answer_seconds
    # A connection an exchange: none is shared with a call that hangs, none was closed by the server meanwhile.
    # The environment's proxies are not asked: the shop is on loopback.
    with (
        httpx.Client(base_url=url, timeout=timeout, verify=_trusted(), trust_env=False) as client,
        client.stream(
            request.method, request.path, params=request.params, json=request.body, headers=request.headers
        ) as response,
    ):
        return _answer(response, _body(response, deadline))


def rows(answer: Row, name: str) -> list[Row]:
    """The list in an answer. Raises `httpx.DecodingError` where it has none."""
    found = answer.get(name)
    if not isinstance(found, list):
        raise httpx.DecodingError(f"the answer has no list of {name}")
    return found


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading the system's certificates takes longer than an exchange."""
    return ssl.create_default_context()


def _body(response: httpx.Response, deadline: float) -> bytes:
    """The whole body. Raises `httpx.ReadTimeout` for a trickle, `httpx.DecodingError` for a flood."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer did not end in time", request=response.request)
        if len(body) > MOST_BYTES:
            raise httpx.DecodingError(f"the answer is longer than {MOST_BYTES} bytes", request=response.request)
    return bytes(body)


def _answer(response: httpx.Response, body: bytes) -> Row:
    refusal = refusal_in(response.status_code, response.headers.get("content-type", ""), body)
    if refusal is not None:
        raise refusal
    if response.is_server_error or response.status_code in TRY_AGAIN:
        response.raise_for_status()
    found = _json(body) if response.is_success else None
    if not isinstance(found, dict):
        raise httpx.DecodingError(f"{response.status_code} with no answer of the shop's", request=response.request)
    return found


def _json(body: bytes) -> object:
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        return None
