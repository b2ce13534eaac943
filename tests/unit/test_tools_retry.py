import sqlite3
from types import SimpleNamespace

import httpx
import pytest

from fakes import NOON
from graph.errors import ToolFailed
from graph.toolcall import ToolError, ToolErrorCode
from toolbox import Bench, Flaky, effect, tool
from tools.after import retry_after
from tools.faults import fault_of


class Answered(Exception):
    """An HTTP client's error, as any of them looks."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__("token=secret")
        self.response = SimpleNamespace(status_code=status, headers=headers or {})


@pytest.mark.parametrize(
    ("error", "code", "again", "certain", "ill"),
    [
        (ConnectionResetError(), "unavailable", True, False, True),
        (ConnectionRefusedError(), "unavailable", True, True, True),
        (TimeoutError(), "timeout", True, False, True),
        (sqlite3.OperationalError("database is locked"), "unavailable", True, True, True),
        (sqlite3.OperationalError("unable to open database file"), "unavailable", True, True, True),
        (sqlite3.OperationalError("no such table: orders"), "internal", False, False, True),
        (httpx.ReadError("x"), "unavailable", True, False, True),
        (httpx.ConnectError("x"), "unavailable", True, True, True),
        (httpx.ReadTimeout("x"), "timeout", True, False, True),
        (httpx.ConnectTimeout("x"), "timeout", True, True, True),
        (Answered(400), "invalid_input", False, True, False),
        (Answered(401), "denied", False, True, False),
        (Answered(404), "not_found", False, True, False),
        (Answered(408), "timeout", True, True, False),
        (Answered(409), "conflict", False, True, False),
        (Answered(422), "invalid_input", False, True, False),
        (Answered(425), "unavailable", True, True, False),
        (Answered(429), "rate_limited", True, True, False),
        (Answered(500), "unavailable", True, False, True),
        (Answered(503), "unavailable", True, False, True),
        (ValueError("x"), "internal", False, False, True),
        (KeyError("x"), "internal", False, False, True),
    ],
)
def test_what_an_error_means(
    error: Exception,
    code: ToolErrorCode,
    again: bool,
    certain: bool,
    ill: bool,
) -> None:
    """Every kind of error has one code, and says whether to try again, whether it may have happened, who is ill."""
    fault = fault_of(error, "act", NOON)
    assert (fault.error.code, fault.again, fault.certain, fault.ill) == (code, again, certain, ill)
    assert "secret" not in fault.error.message


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Answered(429, {"retry-after": "7"}), 7.0),
        (Answered(503, {"retry-after": "Mon, 01 Dec 2025 12:01:00 GMT"}), 60.0),
        (Answered(503, {"retry-after": "Mon, 01 Dec 2025 11:00:00 GMT"}), 0.0),
        (Answered(503, {"retry-after": "soon"}), None),
        (Answered(503, {"retry-after": "-3"}), None),
        (Answered(503, {"retry-after": "inf"}), None),
        (Answered(503), None),
        (httpx.HTTPStatusError("x", request=httpx.Request("GET", "http://test"),
                               response=httpx.Response(429, headers={"Retry-After": "2.5"})), 2.5),
        (ValueError(), None),
    ],
)  # fmt: skip
def test_retry_after_in_every_form(error: Exception, seconds: float | None) -> None:
    """Seconds or a date, in an attribute or in a header; nonsense counts as nothing."""
    assert retry_after(error, NOON) == seconds


async def test_a_blip_is_retried_with_growing_waits() -> None:
    """Backoff doubles, jittered over its whole range by the clock's own number."""
    bench, flaky = Bench(), Flaky(ConnectionError(), TimeoutError())
    assert (await bench.call(tool(flaky))).ok
    assert bench.clock.sleeps == [0.1, 0.2]
    assert bench.records.tool_calls("run-1")[0].tries == 3


async def test_tries_are_bounded_and_told() -> None:
    """After the tool's tries the last error goes back, with how many there were."""
    bench, flaky = Bench(), Flaky(*[ConnectionError() for _ in range(9)])
    error = await bench.error(tool(flaky, attempts=2))
    assert (error.code, error.attempts, error.retryable, flaky.calls) == ("unavailable", 2, True, 2)


async def test_retry_after_is_honoured() -> None:
    """A backend that names a time is not asked before it."""
    bench = Bench()
    assert (await bench.call(tool(Flaky(Answered(429, {"retry-after": "7"}))))).ok
    assert bench.clock.sleeps == [7.0]


async def test_a_long_retry_after_is_left_to_the_runs_queue() -> None:
    """Nothing sleeps for minutes inside a call; the error says when to come back."""
    bench, flaky = Bench(), Flaky(Answered(429, {"retry-after": "90"}))
    error = await bench.error(tool(flaky))
    assert (error.code, error.retry_after, flaky.calls, bench.clock.sleeps) == ("rate_limited", 90.0, 1, [])


@pytest.mark.parametrize("error", [ValueError("x"), Answered(404), Answered(422), sqlite3.OperationalError("syntax")])
async def test_nothing_else_is_retried(error: Exception) -> None:
    """Defects and client errors are final."""
    flaky = Flaky(error)
    await Bench().error(tool(flaky))
    assert flaky.calls == 1


async def test_a_domain_error_is_final_unless_it_says_otherwise() -> None:
    """A backend's own word is passed on as it is, and is retried only where it is marked so."""
    final = ToolError(code="not_found", message="no order A1", hint="ask for the number")
    flaky = Flaky(ToolFailed(final))
    assert await Bench().error(tool(flaky)) == final
    again = Flaky(ToolFailed(final.model_copy(update={"retryable": True})))
    assert (await Bench().call(tool(again))).ok


async def test_domain_errors_are_no_fault_of_the_tool() -> None:
    """A hundred wrong order numbers withdraw nothing."""
    refused = [ToolFailed(ToolError(code="not_found", message="none")) for _ in range(20)]
    bench, flaky = Bench(), Flaky(*refused)
    used = tool(flaky)
    assert {(await bench.error(used)).code for _ in range(20)} == {"not_found"}


@pytest.mark.parametrize(("honours_keys", "calls"), [(True, 2), (False, 1)])
async def test_an_effect_is_tried_again_only_where_its_key_is_honoured(honours_keys: bool, calls: int) -> None:
    """A second try of an effect goes out under the same key, or not at all."""
    flaky = Flaky(ConnectionResetError())
    result = await Bench().call(effect(flaky, honours_keys=honours_keys))
    assert (result.ok, flaky.calls, len(set(flaky.keys))) == (honours_keys, calls, 1)
