"""The provider and an endpoint that fails: what is retried and what is not, and the one line that a person gets."""

from dataclasses import replace
from pathlib import Path

import pytest

from askkit import GOOD, an_ask, completed, provider
from endpointkit import Reply, fails, page, says, serving
from fakes import FakeClock
from graph.errors import ModelRefused, ModelUnavailable

TIME = [
    (fails(429, "slow down"), "answers 429: .*slow down"),
    (fails(408), "answers 408"), (fails(409), "answers 409"), (fails(425), "answers 425"),
    (fails(500), "answers 500"), (fails(503), "answers 503"), (page(502), "answers 502"),
    (Reply({}, -1), "cannot be reached"),
    (Reply(b'{"choices": [{"ind', 200, {"Content-Length": "500"}), "cannot be reached"),
    (Reply(b'{"choices": [{"ind'), "half an answer"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "line"), TIME)
async def test_what_time_may_mend(tmp_path: Path, reply: Reply, line: str) -> None:
    """Three tries with growing random waits, then one line that names the place; no try is multiplied."""
    clock = FakeClock()
    with serving(reply) as endpoint:
        async with provider(tmp_path, endpoint.url, clock) as answers:
            with pytest.raises(ModelUnavailable, match=rf"^127.0.0.1:{endpoint.port} .*{line}"):
                await answers.complete(an_ask(tmp_path))
    assert (len(endpoint.requests), clock.sleeps) == (3, [0.25, 0.5])


@pytest.mark.parametrize(("reply", "line"), TIME)
async def test_a_blip_is_ridden_out(tmp_path: Path, reply: Reply, line: str) -> None:
    """One failure and then an answer: the caller sees the answer."""
    with serving(reply, says(GOOD)) as endpoint:
        assert (await completed(tmp_path, endpoint)).text == GOOD, line


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry_After": "7"}, [7.0]),
        ({"retry_after_ms": "1500"}, [1.5]),
        ({"Retry_After": "Mon, 01 Dec 2025 12:00:09 GMT"}, [9.0]),
        ({"Retry_After": "soon"}, [0.25]),
    ],
)
async def test_retry_after_is_honoured(tmp_path: Path, headers: dict[str, str], waits: list[float]) -> None:
    """Never sooner than asked: in seconds, milliseconds or as a date."""
    clock = FakeClock()
    with serving(fails(429, **headers), says(GOOD)) as endpoint:
        async with provider(tmp_path, endpoint.url, clock) as answers:
            await answers.complete(an_ask(tmp_path))
    assert clock.sleeps == waits


async def test_a_wait_of_hours_is_not_waited_for(tmp_path: Path) -> None:
    """The run fails at once, to be resumed later."""
    with serving(fails(429, Retry_After="3600")) as endpoint, pytest.raises(ModelUnavailable, match="wait 3600 s"):
        await completed(tmp_path, endpoint)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (fails(401, "Incorrect API key provided: sk-secret"),
         "does not take the key: mend OPENAI_API_KEY (or SUREFOOT_LARGE_API_KEY)"),
        (fails(403), "forbids m to this key: mend OPENAI_API_KEY (or SUREFOOT_LARGE_API_KEY) or SUREFOOT_MODEL_LARGE"),
        (fails(404, "model 'm' not found"), "has no model m: model 'm' not found: mend SUREFOOT_MODEL_LARGE"),
        (page(404), "is no OpenAI-compatible endpoint (404): mend OPENAI_BASE_URL (or SUREFOOT_LARGE_BASE_URL)"),
        (page(), "is no OpenAI-compatible endpoint"),
        (Reply({"hello": "world"}), "is no OpenAI-compatible endpoint"),
        (Reply({"choices": []}), "is no OpenAI-compatible endpoint"),
        (fails(400, "bad sk-secret value"), "answers 400 to m: bad *** value: mend SUREFOOT_MODEL_LARGE"),
        (fails(400, "too long", code="context_length_exceeded"),
         "the request does not fit the window of m: mend SUREFOOT_MODEL_LARGE"),
        (fails(400, "This model's maximum context length is 4096 tokens"), "does not fit the window of m"),
        (fails(429, "pay first", code="insufficient_quota"), "has no quota left: mend OPENAI_API_KEY"),
    ],
)  # fmt: skip
async def test_what_a_person_must_mend(tmp_path: Path, reply: Reply, line: str) -> None:
    """One request, no retry, one line that names the setting and never the key."""
    with serving(reply) as endpoint, pytest.raises(ModelRefused) as raised:
        await completed(tmp_path, endpoint)
    assert line in str(raised.value)
    assert "sk-secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(endpoint.requests) == 1


async def test_nobody_listens(tmp_path: Path) -> None:
    """Connection refused: time may mend it, and the line names the URL's setting too."""
    with serving(says(GOOD)) as endpoint:
        pass
    with pytest.raises(ModelUnavailable, match=r"cannot be reached .*is OPENAI_BASE_URL .*right\?"):
        await completed(tmp_path, endpoint)


async def test_tls_where_there_is_none(tmp_path: Path) -> None:
    """https:// in front of a plain server is a setting, not an outage."""
    with serving(says(GOOD)) as endpoint:
        async with provider(tmp_path, endpoint.url.replace("http:", "https:")) as answers:
            with pytest.raises(ModelRefused, match=r"speaks no TLS .*mend OPENAI_BASE_URL"):
                await answers.complete(an_ask(tmp_path))


async def test_silence(tmp_path: Path) -> None:
    """A try that is silent for too long counts as one; three of them are an outage."""
    with serving(replace(says(GOOD), delay=0.3)) as endpoint:
        async with provider(tmp_path, endpoint.url, model_idle_seconds=0.05) as answers:
            with pytest.raises(ModelUnavailable, match="silent for too long"):
                await answers.complete(an_ask(tmp_path))
        assert len(endpoint.requests) == 3


async def test_a_call_has_an_end(tmp_path: Path) -> None:
    """All tries together may not take longer than a call may."""
    with serving(replace(says(GOOD), delay=0.4)) as endpoint:
        async with provider(tmp_path, endpoint.url, model_call_seconds=0.1) as answers:
            with pytest.raises(ModelUnavailable, match=r"no answer within 0.1 s"):
                await answers.complete(an_ask(tmp_path))
    assert len(endpoint.requests) == 1
