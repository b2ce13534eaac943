"""Streamed calls under llmock: stalled, truncated, corrupt and broken streams are noticed, and retried with a wait."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from llmock.pytest_plugin import LLMock

from askkit import an_ask
from graph.errors import ModelUnavailable
from streamkit import Hearing
from surefoot.clock import SystemClock
from surefoot.models.choice import answering
from surefoot.models.provider import Completion
from surefoot.settings import Settings

LETTER: Final = '{"text": "Dear Ada, your parcel is on its way, and should be with you by Friday."}'
FAULTS: Final = ["stall", "truncate", "corrupt", "disconnect"]
UNSEEN: Final = {"truncate": {"truncated_stream_accepted"}, "corrupt": {"malformed_chunk_ignored"}}
"""What llmock says of every call whose last try has this fault: it cannot see that the caller was told."""


class EvenClock(SystemClock):
    """Real time; waits grow evenly, since llmock takes two that fall by chance for no backoff."""

    def jitter(self) -> float:
        """Always the same share."""
        return 0.5


async def streamed(folder: Path, number: int = 0) -> tuple[Completion, Hearing]:
    """One streamed completion by what the environment says, and what was told of it."""
    settings, hearing = Settings(model_large="gpt-5-mini", model_idle_seconds=0.3), Hearing()
    async with answering(settings, EvenClock()) as answers:
        messages = (("system", "Draft."), ("user", f"letter {number}"))
        asked = an_ask(folder, model="gpt-5-mini", messages=messages, hear=hearing)
        return await answers.complete(asked), hearing


def break_streams(llmock: LLMock, fault: str, times: int | None) -> None:
    """Some streams fail after a few pieces."""
    getattr(llmock, fault)(after_chunks=4, times=times)


async def test_a_streamed_answer(tmp_path: Path, llmock: LLMock) -> None:
    """No fault, one request, its usage reported by the stream."""
    llmock.reply(LETTER)
    found, hearing = await streamed(tmp_path)
    assert (found.text, found.fault, found.estimated, hearing.tries) == (LETTER, "", False, [LETTER])
    assert len(hearing.told) > 5
    assert len(llmock.requests) == 1
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_broken_stream_is_retried(tmp_path: Path, llmock: LLMock, fault: str) -> None:
    """Once, after a wait, from the start; half of an answer is never taken for one."""
    break_streams(llmock, fault, times=1)
    llmock.reply(LETTER, times=None)
    found, hearing = await streamed(tmp_path)
    assert (found.text, len(llmock.requests)) == (LETTER, 2)
    *broken, whole = hearing.tries  # a reset connection may take with it what was sent before
    assert whole == LETTER
    assert len(broken) <= 1
    assert all(LETTER.startswith(text) and text != LETTER for text in broken)
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("fault", FAULTS)
async def test_streams_that_always_break(tmp_path: Path, llmock: LLMock, fault: str) -> None:
    """Three tries, then one clear line."""
    break_streams(llmock, fault, times=None)
    llmock.reply(LETTER, times=None)
    with pytest.raises(ModelUnavailable, match=r"silent for too long|broke off its answer|sent half an answer"):
        await streamed(tmp_path)
    assert len(llmock.requests) == 3
    assert {finding.code for finding in llmock.verdict().findings} == UNSEEN.get(fault, set())


async def test_rate_limits_are_waited_out(tmp_path: Path, llmock: LLMock) -> None:
    """Two 429s with Retry-After, then the stream: never sooner than asked."""
    llmock.rate_limit(times=2, retry_after=0.3).reply(LETTER)
    found, hearing = await streamed(tmp_path)
    assert (found.text, hearing.tries) == (LETTER, [LETTER])
    assert len(llmock.requests) == 3
    llmock.assert_resilient(strict=True)


async def test_an_outage_is_no_storm(tmp_path: Path, llmock: LLMock) -> None:
    """Ten streamed calls, all down: three requests each, spread, and each caller is told."""
    llmock.outage()
    made = await asyncio.gather(*(streamed(tmp_path, number) for number in range(10)), return_exceptions=True)
    assert {type(each) for each in made} == {ModelUnavailable}
    assert len(llmock.requests) == 30
    llmock.assert_resilient(strict=True)


async def test_a_slow_but_steady_stream(tmp_path: Path, llmock: LLMock) -> None:
    """A stream that takes longer than the idle time as a whole, but never between two pieces, is one request."""
    llmock.reply(LETTER).pace(50)
    found, hearing = await streamed(tmp_path)
    assert (found.text, hearing.tries, len(llmock.requests)) == (LETTER, [LETTER], 1)
    llmock.assert_resilient(strict=True)
