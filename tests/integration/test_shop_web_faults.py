"""Network faults of a real socket through the real tool pipeline: the right codes, and no effect twice."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.toolcall import ToolErrorCode
from graph.values import Json
from shopkit import orders
from shopweb import Answering, Hosted, answers, free_port, hosted, is_silent, loopback, relayed, repeats, resets, says
from surefoot.domains.support import tools
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import effects
from surefoot.domains.support.web.client import HttpShop
from toolbox import Bench, domain

(GOOD,) = orders("refundable")
ORDER = GOOD.order["id"]
READ: Json = {"order_id": ORDER}
REFUND: Json = {
    "order_id": ORDER, "payment_id": GOOD.order["payment"]["id"], "amount_cents": 100, "reason": "damaged",
}  # fmt: skip
PATIENCE_SECONDS = 10.0
IMPATIENCE_SECONDS = 0.5
"""For servers that never answer; enough for one that does."""

HTML = b"<!doctype html><h1>It works!</h1>"
CUT = b'{"id": "SF-10'


def problem(code: str) -> bytes:
    """A problem's body."""
    return b'{"title": "No", "status": 404, "detail": "there is no such order", "code": "%s"}' % code.encode()


PROBLEM = "Content-Type: application/problem+json"

TRICKLE = repeats(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" ", every_seconds=0.02)
"""Each byte well within a read timeout."""
FLOOD = repeats(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000, every_seconds=0.001)

FAULTS: dict[str, tuple[Answering, ToolErrorCode, int]] = {
    "reset": (resets, "unavailable", 3),
    "hangs up": (says(b""), "unavailable", 3),
    "hangs up in the middle": (answers("200 OK", CUT, length=500), "unavailable", 3),
    "speaks no HTTP": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "unavailable", 3),
    "silent": (is_silent, "timeout", 3),
    "trickles": (TRICKLE, "timeout", 3),
    "500": (answers("500 Internal Server Error", HTML), "unavailable", 3),
    "502": (answers("502 Bad Gateway", HTML, "Content-Type: text/html"), "unavailable", 3),
    "503": (answers("503 Service Unavailable", b"", "Retry-After: 2"), "unavailable", 3),
    "503, come back in a minute": (answers("503 Service Unavailable", b"", "Retry-After: 60"), "unavailable", 1),
    "500 that claims to know": (answers("500 Internal Server Error", problem("not_found"), PROBLEM), "unavailable", 3),
    "429": (answers("429 Too Many Requests", b"", "Retry-After: 2"), "rate_limited", 3),
    "HTML where JSON was due": (answers("200 OK", HTML, "Content-Type: text/html"), "invalid_output", 1),
    "cut JSON": (answers("200 OK", CUT, "Content-Type: application/json"), "invalid_output", 1),
    "a list": (answers("200 OK", b"[1]", "Content-Type: application/json"), "invalid_output", 1),
    "nothing": (answers("204 No Content"), "invalid_output", 1),
    "a flood without an end": (FLOOD, "invalid_output", 1),
    "a flood": (answers("200 OK", b'{"id": "' + b"x" * 1_000_000 + b'"}'), "invalid_output", 1),
    "compressed": (answers("200 OK", b"\x1f\x8b\x08", "Content-Encoding: gzip"), "invalid_output", 1),
    "led to a login": (answers("302 Found", b"", "Location: /login"), "invalid_output", 1),
    "404 of a proxy": (answers("404 Not Found", HTML, "Content-Type: text/html"), "invalid_output", 1),
    "404 of another service": (answers("404 Not Found", b'{"detail": "Not Found"}'), "invalid_output", 1),
    "409 of another service": (answers("409 Conflict", b"{}", PROBLEM), "invalid_output", 1),
    "a code under another's status": (answers("404 Not Found", problem("denied"), PROBLEM), "invalid_output", 1),
    "a code that the shop has not": (answers("404 Not Found", problem("withdrawn"), PROBLEM), "invalid_output", 1),
    "the shop's own no": (answers("404 Not Found", problem("not_found"), PROBLEM), "not_found", 1),
}
"""How the other end behaves, the code that comes of it, and how often it is asked within one call."""


class Shopping:
    """The support domain's tools over the server at an address, in the real pipeline."""

    def __init__(self, url: str, patience: float = PATIENCE_SECONDS) -> None:
        shop = HttpShop(url, answer_seconds=patience)
        self.bench = Bench()
        self.domain = domain(*tools.reads(shop), *tools.effects(shop))

    async def code(self, name: str, args: Json) -> tuple[ToolErrorCode, int]:
        """Code and tries of a call that must fail."""
        error = await self.bench.error(self.domain, args, name=name)
        return error.code, error.attempts

    async def value(self, name: str, args: Json) -> Json:
        """The value of a call that must succeed."""
        result = await self.bench.call(self.domain, args, name=name)
        assert result.value is not None, result.error
        return result.value


def patience_for(code: ToolErrorCode) -> float:
    """Seconds that a whole answer may take."""
    return IMPATIENCE_SECONDS if code == "timeout" else PATIENCE_SECONDS


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_of_the_network_has_its_code(name: str) -> None:
    """Outages are tried again, nonsense is not, and neither looks like the shop's own word on an order."""
    behaves, code, tries = FAULTS[name]
    async with loopback(behaves) as url:
        assert await Shopping(url, patience_for(code)).code("get_order", READ) == (code, tries)


async def test_a_server_that_is_not_there() -> None:
    """A refused connection is an outage, and certainly nothing was done: the journal keeps no claim."""
    shopping = Shopping(f"http://127.0.0.1:{free_port()}")
    assert await shopping.code("get_order", READ) == ("unavailable", 3)
    assert await shopping.code("issue_refund", REFUND) == ("unavailable", 3)
    assert shopping.bench.effects.claims == {}


async def test_retry_after_is_honoured() -> None:
    """The pipeline waits as long as the server asked for."""
    async with loopback(answers("503 Service Unavailable", b"", "Retry-After: 2")) as url:
        shopping = Shopping(url)
        await shopping.code("get_order", READ)
    assert shopping.bench.clock.sleeps == [2.0, 2.0]


async def test_an_answer_of_another_shape_is_believed_by_nobody() -> None:
    """JSON that is no order is a defect, not an order."""
    async with loopback(answers("200 OK", b'{"id": "SF-10001"}')) as url:
        assert await Shopping(url).code("get_order", READ) == ("invalid_output", 1)
        assert await Shopping(url).code("list_orders", {"customer_id": "C-1"}) == ("invalid_output", 1)


LOST: dict[str, tuple[Answering, ToolErrorCode]] = {
    name: (FAULTS[name][0], FAULTS[name][1])
    for name in ("reset", "hangs up", "hangs up in the middle", "silent", "502", "HTML where JSON was due")
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """The real server; each test gives it a shop."""
    with hosted(open_shop(tmp_path_factory.mktemp("served") / "shop.db")) as running:
        yield running


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("times", [1, 3])
async def test_a_receipt_that_the_network_loses_costs_nobody_a_second_refund(
    real: Hosted, tmp_path: Path, name: str, times: int
) -> None:
    """The shop pays, its answer never arrives: within the call or in the next one the same key brings the receipt."""
    spoilt, code = LOST[name]
    heard: list[bytes] = []
    shop = open_shop(tmp_path / "shop.db")
    real.serve(shop)

    async def loses(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(request)
        answer = await relayed(request, real.port)
        await (spoilt if len(heard) <= times else says(answer))(request, reader, writer)

    async with loopback(loses) as url:
        shopping = Shopping(url, patience_for(code))
        for _ in range(_calls_in_vain(code, times)):
            assert (await shopping.code("issue_refund", REFUND))[0] == code
            assert [claim.status for claim in shopping.bench.effects.claims.values()] == ["started"]
        paid = await shopping.value("issue_refund", REFUND)
    assert paid["amount_cents"] == 100
    assert len(heard) == times + 1
    assert [effect["operation"] for effect in effects(shop)] == ["issue_refund"]
    assert shop.get_order(ORDER)["payment"]["refunded_cents"] == 100


def _calls_in_vain(code: ToolErrorCode, times: int) -> int:
    """A call asks three times where that may help, and once where it may not."""
    return times if code == "invalid_output" else times // 3
