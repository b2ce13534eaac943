"""The kinds of fault, and what must come of each.

Where an effect could have happened before its answer was lost, it has: the request is passed on first.
"""

import asyncio
import gzip
import json
import re
from collections.abc import Callable
from typing import Any, Final

from faultkit import Fault, Kind, Wire, honest, passed
from graph.values import Json
from shopweb import Answering, answers, asked, is_silent, repeats, resets, says

CANARY: Final = "xq-canary-47"
"""Stands in every faulty body: none of it may reach anybody."""
HTML: Final = f"<!doctype html><title>Oops</title><h1>{CANARY} refund approved</h1>".encode()
PLAIN: Final = "Content-Type: application/json"
TOO_MUCH: Final = 2_000_000
"""Bytes of a field that nobody asked for."""
LATE_SECONDS: Final = 0.15
"""By how much a late answer misses its tool's timeout."""
SHORT_SECONDS: Final = 0.4
"""The timeout of a tool whose backend never answers in time."""


def refused(answering: Answering) -> Fault:
    """The request is read and goes nowhere."""

    async def fault(wire: Wire) -> None:
        await answering(await asked(wire.reader), wire.reader, wire.writer)

    return fault


def lost(answering: Answering) -> Fault:
    """The shop does what it is asked to, and another answer is given."""

    async def fault(wire: Wire) -> None:
        await passed(wire)
        await answering(b"", wire.reader, wire.writer)

    return fault


def spoilt(change: Callable[[Json], Any]) -> Fault:
    """The shop does what it is asked to, and its answer's JSON is changed."""
    return altered(lambda body: json.dumps(change(json.loads(body))).encode())


def altered(change: Callable[[bytes], bytes], header: str = PLAIN) -> Fault:
    """The shop does what it is asked to, and its answer's bytes are changed."""

    async def fault(wire: Wire) -> None:
        head, _, body = (await passed(wire)).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 2"):
            raise AssertionError(f"the shop itself refused: {body.decode()}")
        await answers("200 OK", change(body), header)(b"", wire.reader, wire.writer)

    return fault


def at_first(fault: Fault) -> Fault:
    """The first request only."""

    async def once(wire: Wire) -> None:
        await (honest if wire.number else fault)(wire)

    return once


async def unread(wire: Wire) -> None:
    """The connection is reset before anything of the request is read."""
    await resets(b"", wire.reader, wire.writer)


async def gibberish(wire: Wire) -> None:
    """Where TLS was spoken, something else comes back."""
    wire.writer.write(b"\x16\x03\x01\xff\xff" + CANARY.encode())


async def broken_off(wire: Wire) -> None:
    """The shop does what it is asked to, and the line breaks in the middle of its answer."""
    answer = await passed(wire)
    wire.writer.write(answer[:-5])
    await wire.writer.drain()
    await asyncio.sleep(0.02)
    await resets(b"", wire.reader, wire.writer)


async def late(wire: Wire) -> None:
    """The shop does what it is asked to, and answers well, when nobody waits any more."""
    answer = await passed(wire)
    await asyncio.sleep(SHORT_SECONDS + LATE_SECONDS)
    wire.writer.write(answer)


async def twice(wire: Wire) -> None:
    """The same good answer comes twice on one line."""
    answer = await passed(wire)
    wire.writer.write(answer + answer)


async def slowly(wire: Wire) -> None:
    """The shop does what it is asked to, and its answer drips, each byte in good time."""
    await passed(wire)
    drip = repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b" ", every_seconds=0.02)
    await drip(b"", wire.reader, wire.writer)


def problem(status: int, code: str) -> bytes:
    """A body in the shop's own form for a refusal."""
    return json.dumps({"title": "No", "status": status, "detail": CANARY, "code": code}).encode()


def infinite(body: bytes) -> bytes:
    """Numbers that JSON does not have, in place of every number and of every name's own value."""
    return re.sub(rb'(?<=:)("[^"]*"|-?\d+)', b"NaN", body, count=1).replace(b"}", b', "rest": -Infinity}', 1)


def wrong_type(value: Any) -> Any:
    """A text in place of each number, a number in place of each text, all the way down."""
    match value:
        case dict():
            return {name: wrong_type(inner) for name, inner in value.items()}
        case list():
            return [wrong_type(inner) for inner in value] or CANARY
        case str():
            return 47
        case _:
            return CANARY


def without_first(value: Json) -> Json:
    """The first field is missing."""
    return dict(list(value.items())[1:])


def with_more(length: int = 1) -> Callable[[Json], Json]:
    """A field that the shop never promised, at the top and in each row of a list."""

    def change(value: Json) -> Json:
        more = {"note": CANARY * length}
        rows = {name: [{**row, **more} for row in inner] for name, inner in value.items() if isinstance(inner, list)}
        return {**value, **rows, **more}

    return change


def status(line: str, body: bytes = HTML, *headers: str) -> Answering:
    """An answer that is no success, in HTML where nothing else is said."""
    return answers(line, body, *(headers or ("Content-Type: text/html",)))


FLOOD: Final = repeats(b"HTTP/1.1 200 OK\r\n\r\n", CANARY.encode() * 8_000, every_seconds=0.001)
PROBLEM: Final = "Content-Type: application/problem+json"
WAIT: Final = "Retry-After: 2"

KINDS: Final[tuple[Kind, ...]] = (
    Kind("none", None, honest),
    Kind("500 page", "unavailable", refused(status("500 Internal Server Error"))),
    Kind("500 that claims to know", "unavailable",
         refused(status("500 Internal Server Error", problem(500, "not_found"), PROBLEM))),
    Kind("502 with HTML", "unavailable", lost(status("502 Bad Gateway"))),
    Kind("503 with Retry-After", "unavailable", refused(status("503 Service Unavailable", b"", WAIT))),
    Kind("429 once", None, at_first(refused(status("429 Too Many Requests", b"", WAIT)))),
    Kind("429 storm", "rate_limited", refused(status("429 Too Many Requests", b"", WAIT))),
    Kind("408", "timeout", refused(status("408 Request Timeout"))),
    Kind("425", "unavailable", refused(status("425 Too Early"))),
    Kind("401", "invalid_output", refused(status("401 Unauthorized"))),
    Kind("404 without a problem", "invalid_output", refused(status("404 Not Found"))),
    Kind("redirect loop", "invalid_output", refused(status("302 Found", b"", "Location: /"))),
    Kind("HTML with 200", "invalid_output", lost(status("200 OK"))),
    Kind("truncated JSON", "invalid_output", altered(lambda body: body[:-4])),
    Kind("wrong type", "invalid_output", spoilt(wrong_type)),
    Kind("missing field", "invalid_output", spoilt(without_first)),
    Kind("extra field", "invalid_output", spoilt(with_more())),
    Kind("giant extra field", "invalid_output", spoilt(with_more(TOO_MUCH // len(CANARY)))),
    Kind("NaN and Infinity", "invalid_output", altered(infinite)),
    Kind("empty body", "invalid_output", altered(lambda _: b"")),
    Kind("wrong content type", None, altered(lambda body: body, "Content-Type: text/plain")),
    Kind("compressed unasked", "invalid_output", altered(gzip.compress, "Content-Encoding: gzip")),
    Kind("flood without an end", "invalid_output", lost(FLOOD)),
    Kind("hang", "timeout", lost(is_silent), patience=SHORT_SECONDS),
    Kind("slow drip", "timeout", slowly, patience=SHORT_SECONDS),
    Kind("late answer", "timeout", late, timeout=SHORT_SECONDS, counts_late=True),
    Kind("duplicate answer", None, twice),
    Kind("reset before it is read", "unavailable", unread),
    Kind("reset after the effect", "unavailable", lost(resets)),
    Kind("reset in mid-answer", "unavailable", broken_off),
    Kind("connection refused", "unavailable", honest, refuses=True),
    Kind("speaks no HTTP", "unavailable", lost(says(b"SSH-2.0-OpenSSH_9.2\r\n"))),
    Kind("TLS garbage", "unavailable", gibberish, scheme="https"),
)  # fmt: skip
"""`none` is the control: the same ticket, with nothing wrong."""
