"""The provider under llmock, which judges how a client takes faults: nothing ignored, nothing stormed, in real time."""

import asyncio
from pathlib import Path

import pytest
from llmock.pytest_plugin import LLMock

from askkit import GOOD, an_ask
from graph.errors import ModelRefused, ModelUnavailable
from surefoot.clock import SystemClock
from surefoot.models.choice import answering
from surefoot.models.provider import Completion
from surefoot.settings import Settings


async def completed(folder: Path, number: int = 0) -> Completion:
    """One completion by what the environment says, as llmock's fixture has set it."""
    async with answering(Settings(model_large="gpt-5-mini"), SystemClock()) as answers:
        messages = (("system", "Draft."), ("user", f"letter {number}"))
        return await answers.complete(an_ask(folder, model="gpt-5-mini", messages=messages))


async def test_an_answer_with_its_usage(tmp_path: Path, llmock: LLMock) -> None:
    """No fault, one request."""
    llmock.reply(GOOD)
    found = await completed(tmp_path)
    assert (found.text, found.fault, found.estimated) == (GOOD, "", False)
    assert len(llmock.requests) == 1
    llmock.assert_resilient(strict=True)


async def test_rate_limits_are_waited_out(tmp_path: Path, llmock: LLMock) -> None:
    """Two 429s with Retry-After, then the answer: never sooner than asked."""
    llmock.rate_limit(times=2, retry_after=0.3).reply(GOOD)
    assert (await completed(tmp_path)).text == GOOD
    assert len(llmock.requests) == 3
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529, 408, 409])
async def test_a_failure_is_retried(tmp_path: Path, llmock: LLMock, status: int) -> None:
    """With a wait between, and once is enough."""
    llmock.fail(status, times=1).reply(GOOD)
    assert (await completed(tmp_path)).text == GOOD
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_clients_error_is_not_retried(tmp_path: Path, llmock: LLMock, status: int) -> None:
    """No retry could mend it."""
    llmock.fail(status, times=None)
    with pytest.raises(ModelRefused):
        await completed(tmp_path)
    assert len(llmock.requests) == 1
    llmock.assert_resilient(strict=True)


async def test_an_overflow_is_not_retried(tmp_path: Path, llmock: LLMock) -> None:
    """The same request will never fit."""
    llmock.context_overflow(times=None)
    with pytest.raises(ModelRefused, match="does not fit the window of gpt-5-mini: mend SUREFOOT_MODEL_LARGE"):
        await completed(tmp_path)
    assert len(llmock.requests) == 1
    llmock.assert_resilient(strict=True)


async def test_an_outage_is_no_storm(tmp_path: Path, llmock: LLMock) -> None:
    """Ten callers, all down: three requests each, spread, and each caller is told."""
    llmock.outage()
    made = await asyncio.gather(*(completed(tmp_path, number) for number in range(10)), return_exceptions=True)
    assert {type(each) for each in made} == {ModelUnavailable}
    assert len(llmock.requests) == 30
    llmock.assert_resilient(strict=True)


async def test_a_quota_of_a_minute(tmp_path: Path, llmock: LLMock) -> None:
    """Where the wait asked for is longer than a call may take, callers give up at once; nobody knocks too early."""
    llmock.reply(GOOD, times=None).limits(rpm=1)
    made = await asyncio.gather(*(completed(tmp_path, number) for number in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in made) == ["Completion", *["ModelUnavailable"] * 3]
    assert len(llmock.requests) == 4
    llmock.assert_resilient()
