"""A tool as people write it, over a real socket that misbehaves: each fault ends in its code."""

import socket
import ssl
from collections.abc import Callable
from email.message import Message
from http.client import IncompleteRead, RemoteDisconnected
from io import BytesIO
from urllib.error import HTTPError, URLError

import httpx
import pytest
from pydantic import BaseModel

from fakes import NOON
from graph.domain import Tool
from graph.toolcall import ToolErrorCode
from shopweb import Answering, answers, free_port, is_silent, loopback, repeats, resets, says
from toolbox import Ask, Bench, tool
from tools.faults import fault_of

JSON_BODY = "Content-Type: application/json"
HTML = b"<!doctype html><h1>Bad luck</h1>"
TRICKLE = repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" ", every_seconds=0.02)

FAULTS: dict[str, tuple[Answering, ToolErrorCode, int]] = {
    "500 page": (answers("500 Internal Server Error", HTML, "Content-Type: text/html"), "unavailable", 3),
    "HTML where JSON was due": (answers("200 OK", HTML, JSON_BODY), "invalid_output", 1),
    "truncated JSON": (answers("200 OK", b'{"text": "cu', JSON_BODY), "invalid_output", 1),
    "a body that ends too soon": (answers("200 OK", b'{"text": "cu', JSON_BODY, length=500), "unavailable", 3),
    "a wrong type": (answers("200 OK", b'{"text": 7}', JSON_BODY), "invalid_output", 1),
    "a missing field": (answers("200 OK", b"{}", JSON_BODY), "invalid_output", 1),
    "an extra giant field": (
        answers("200 OK", b'{"text": "a", "more": "' + b"x" * 1_200_000 + b'"}', JSON_BODY), "invalid_output", 1,
    ),
    "NaN": (answers("200 OK", b'{"text": "a", "more": NaN}', JSON_BODY), "invalid_output", 1),
    "Infinity": (answers("200 OK", b'{"text": "a", "more": [-Infinity]}', JSON_BODY), "invalid_output", 1),
    "no UTF-8": (answers("200 OK", b'{"text": "\xff\xfe"}', JSON_BODY), "invalid_output", 1),
    "a hang": (is_silent, "timeout", 1),
    "a slow drip": (TRICKLE, "timeout", 1),
    "a reset connection": (resets, "unavailable", 3),
    "no HTTP at all": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "unavailable", 3),
    "429 storm": (answers("429 Too Many Requests", b"", "Retry-After: 2"), "rate_limited", 3),
    "408": (answers("408 Request Timeout"), "timeout", 3),
    "425": (answers("425 Too Early"), "unavailable", 3),
    "409": (answers("409 Conflict", b"{}", JSON_BODY), "conflict", 1),
    "404": (answers("404 Not Found", b"{}", JSON_BODY), "not_found", 1),
    "401": (answers("401 Unauthorized"), "denied", 1),
    "422": (answers("422 Unprocessable Content"), "invalid_input", 1),
}  # fmt: skip
"""How the other end behaves, the code that comes of it, and how often it is asked within one call."""


class Loose(BaseModel):
    """An output that takes fields it does not know, so that only the cap is against them."""

    model_config = {"extra": "allow"}
    text: str


def by_httpx(url: str) -> Callable[[Ask], object]:
    """The usual few lines over httpx; they check nothing by themselves."""

    async def call(_: Ask) -> object:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            return answer.json()

    return call


def over(url: str, *, slow: bool = False) -> Tool:
    """The tool, with less patience for servers that never answer."""
    return tool(by_httpx(url), output=Loose, timeout_seconds=1.0 if slow else 10.0, attempts=1 if slow else 3)


@pytest.mark.parametrize("name", FAULTS)
async def test_each_fault_has_its_code(name: str) -> None:
    """Outages are retried, nonsense is not, and nothing is raised."""
    behaves, code, tries = FAULTS[name]
    async with loopback(behaves) as url:
        error = await Bench().error(over(url, slow=code == "timeout" and tries == 1))
    assert (error.code, error.attempts) == (code, tries)
    assert "Bad luck" not in error.message


async def test_a_server_that_is_not_there() -> None:
    """A refused connection is an outage."""
    error = await Bench().error(over(f"http://127.0.0.1:{free_port()}"))
    assert (error.code, error.attempts) == ("unavailable", 3)


async def test_retry_after_is_honoured() -> None:
    """The pauses are the backend's."""
    bench = Bench()
    async with loopback(answers("503 Service Unavailable", b"", "Retry-After: 2")) as url:
        await bench.error(over(url))
    assert bench.clock.sleeps == [2.0, 2.0]


async def test_a_good_answer_passes() -> None:
    """The same lines over a server that behaves."""
    async with loopback(answers("200 OK", b'{"text": "fine"}', JSON_BODY)) as url:
        result = await Bench().call(over(url))
    assert result.value == {"text": "fine"}


def wrapped(error: Exception) -> URLError:
    """As urllib raises it."""
    found = URLError("")
    found.reason = error
    return found


@pytest.mark.parametrize(
    ("error", "code", "certain"),
    [
        (wrapped(ConnectionRefusedError()), "unavailable", True),
        (wrapped(socket.gaierror()), "unavailable", True),
        (wrapped(TimeoutError()), "timeout", False),
        (wrapped(ssl.SSLError()), "unavailable", False),
        (IncompleteRead(b""), "unavailable", False),
        (RemoteDisconnected("gone"), "unavailable", False),
        (socket.gaierror(), "unavailable", True),
    ],
)
def test_the_standard_librarys_errors_mean_the_same(error: Exception, code: ToolErrorCode, certain: bool) -> None:
    """A tool written with urllib is understood like one written with httpx."""
    fault = fault_of(error, "act", NOON)
    assert (fault.error.code, fault.again, fault.certain, fault.ill) == (code, True, certain, True)


def test_urllib_tells_retry_after_in_the_error_itself() -> None:
    """It has no response beside it."""
    headers = Message()
    headers["Retry-After"] = "7"
    with HTTPError("http://test", 429, "slow down", headers, BytesIO()) as error:
        fault = fault_of(error, "act", NOON)
    assert (fault.error.code, fault.error.retry_after, fault.again) == ("rate_limited", 7.0, True)
