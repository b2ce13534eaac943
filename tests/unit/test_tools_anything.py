import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json

from graph.canonical import canonical
from graph.cut import cut
from graph.domain import Tool
from graph.limits import BreakerRule, Rate
from graph.toolcall import ToolErrorCode
from toolbox import Ask, Bench, Said, context, domain, effect, tool, yes
from tools.hints import HINTS

CODES = set(get_args(ToolErrorCode))

ERRORS: list[Callable[[], BaseException]] = [
    Exception, ValueError, KeyError, OSError, MemoryError, RecursionError, StopIteration, StopAsyncIteration,
    AssertionError, ConnectionError, TimeoutError, asyncio.CancelledError, SystemExit, GeneratorExit, BaseException,
    lambda: UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"), lambda: ExceptionGroup("two", [ValueError(), OSError()]),
]  # fmt: skip
KINDS = [tool, effect, lambda function: effect(function, honours_keys=False)]


def raises(error: Callable[[], BaseException], *, asynchronous: bool) -> Callable[..., Any]:
    """A tool function that raises, in a thread or on the loop."""

    def plain(*_: object) -> Said:
        raise error()

    async def coroutine(*_: object) -> Said:
        raise error()

    return coroutine if asynchronous else plain


def test_every_code_has_a_hint() -> None:
    """A model is always told what it can do next."""
    assert set(HINTS) == CODES
    assert all(HINTS.values())


@settings(max_examples=100, deadline=None)
@given(error=st.sampled_from(ERRORS), asynchronous=st.booleans(), kind=st.sampled_from(KINDS))
def test_whatever_a_tool_raises_becomes_a_result(
    error: Callable[[], BaseException],
    asynchronous: bool,
    kind: Callable[[Callable[..., Any]], Tool],
) -> None:
    """An exception of any kind is one of the closed set of codes, one line, recorded."""
    bench = Bench()
    told = asyncio.run(bench.error(kind(raises(error, asynchronous=asynchronous))))
    assert told.code in CODES
    assert told.message
    assert "\n" not in told.message
    assert told.hint
    assert len(bench.records.tool_calls("run-1")) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class Loose(BaseModel):
    """An output that takes whatever comes."""

    model_config = ConfigDict(extra="allow")


LIMITS = {"rate": Rate(calls=1, seconds=30.0), "breaker": BreakerRule(faults=2, slow_seconds=1.0), "most_bytes": 60}


@settings(max_examples=100, deadline=None)
@given(answers=st.lists(st.dictionaries(st.text(max_size=5), JSON, max_size=4) | JSON, min_size=1, max_size=5))
def test_whatever_comes_back_passes_every_limit_or_has_a_code(answers: list[Any]) -> None:
    """Rate, breaker and cap meet any JSON: a value is JSON within the cap, an error is of the closed set, both rows."""
    bench, given_back = Bench(), iter(answers)
    where = domain(tool(lambda _: next(given_back), output=Loose, **LIMITS))
    for number, _ in enumerate(answers):
        result = asyncio.run(bench.call(where, {"order": str(number)}))
        if result.value is None:
            assert result.error is not None
            assert result.error.code in {"invalid_output", "withdrawn", "rate_limited"}
        else:
            assert len(to_json(result.value)) <= 60
            assert json.loads(canonical(result.value)) == result.value
            assert len(to_json(cut(result.value, 20))) <= 120
    assert len(bench.records.tool_calls("run-1")) == len(answers)


@settings(max_examples=100, deadline=None)
@given(answer=JSON | st.binary() | st.builds(object) | st.fixed_dictionaries({"text": JSON}))
def test_whatever_a_tool_answers_becomes_a_result(answer: object) -> None:
    """Garbage is `invalid_output`; a value is passed on only where it fits the schema."""
    bench = Bench()
    result = asyncio.run(bench.call(tool(lambda _: answer)))
    if result.ok:
        assert result.value is not None
        assert Said.model_validate(result.value)
    else:
        assert result.error is not None
        assert result.error.code == "invalid_output"


@settings(max_examples=100, deadline=None)
@given(args=st.dictionaries(st.sampled_from(["order", "amount", "x"]), JSON | st.dates() | st.just("\ud800")))
def test_whatever_a_model_asks_becomes_a_result(args: dict[str, Any]) -> None:
    """Arguments of any kind are called with or refused as `invalid_input`, never more."""
    result = asyncio.run(Bench().call(tool(), args))
    assert result.error is None or result.error.code == "invalid_input"


async def test_an_error_holds_no_text_of_the_exception() -> None:
    """Texts of exceptions may hold secrets; the code and the kind of error are enough."""

    def leaks(*_: object) -> Said:
        raise ValueError("password=hunter2\nat line 3")

    assert "hunter2" not in (await Bench().error(tool(leaks))).message


async def test_a_coroutine_that_hangs_times_out() -> None:
    """The tool's own limit counts, and the call is tried again and given up."""

    async def hangs(_: Ask) -> Said:
        await asyncio.Event().wait()
        return Said(text="")

    error = await Bench().error(tool(hangs, timeout_seconds=0.02))
    assert (error.code, error.retryable, error.attempts) == ("timeout", True, 3)


async def test_a_coroutine_that_swallows_its_cancellation_is_left_behind() -> None:
    """A tool cannot hold a run by refusing to die."""
    released = asyncio.Event()

    async def stubborn(_: Ask) -> Said:
        while not released.is_set():
            try:
                await asyncio.wait_for(released.wait(), timeout=60)
            except asyncio.CancelledError:
                continue
        return Said(text="late")

    error = await Bench().error(tool(stubborn, timeout_seconds=0.02, attempts=1))
    released.set()
    assert error.code == "timeout"


async def test_functions_that_hang_in_threads_starve_nobody() -> None:
    """Many stuck threads neither block the loop nor another tool's call."""
    released = threading.Event()

    def stuck(_: Ask) -> Said:
        released.wait(60)
        return Said(text="late")

    bench, started = Bench(), time.monotonic()
    calls = [bench.error(tool(stuck, timeout_seconds=0.05, attempts=1), by=context(f"{n}/t")) for n in range(64)]
    assert {error.code for error in await asyncio.gather(*calls)} == {"timeout"}
    assert (await bench.call(tool(yes, name="other"), name="other")).ok
    assert time.monotonic() - started < 10
    released.set()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_callers_cancellation_passes_through(kind: Callable[[Callable[..., Any]], Tool]) -> None:
    """The one who gave up is not answered with a result."""

    async def hangs(*_: object) -> Said:
        await asyncio.Event().wait()
        return Said(text="")

    call = asyncio.create_task(Bench().call(kind(hangs)))
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_coroutine_that_ran_out_of_time_is_cancelled() -> None:
    """It can close its connection; nothing goes on behind the run's back."""
    cleaned = asyncio.Event()

    async def polite(_: Ask) -> Said:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()
        return Said(text="")

    await Bench().error(tool(polite, timeout_seconds=0.02, attempts=1))
    await asyncio.wait_for(cleaned.wait(), timeout=5)


async def test_a_thread_sees_its_callers_context() -> None:
    """Traces and log fields that hang on context variables reach a tool's function."""
    token: ContextVar[str] = ContextVar("token", default="none")
    token.set("run-1")
    result = await Bench().call(tool(lambda _: {"text": token.get()}))
    assert result.value == {"text": "run-1"}
