"""Streamed answers from an endpoint on loopback: what is asked, what is told, what counts as an answer."""

from pathlib import Path
from typing import Any

import pytest

from askkit import GOOD, an_ask, provider
from endpointkit import FakeEndpoint, Line, Reply, fails, page, says, serving, used
from fakes import FakeClock
from graph.errors import ModelRefused, ModelUnavailable
from streamkit import DONE, Hearing, event, streams, told
from surefoot.models.provider import Completion

LETTER = '{"text": "Dear Ada,\\nthank you \\ud83d\\ude00, Ünal\\u2028"}'
REFUSED_USAGE = fails(400, "Unrecognized request argument supplied: stream_options")
REFUSED_STREAM = fails(400, "Your organization must be verified to stream this model.", code="unsupported_value")


async def heard(
    folder: Path, *lines: Line, times: int = 1, clock: FakeClock | None = None, **chosen: Any
) -> tuple[Completion, Hearing, FakeEndpoint]:
    """The last of some streamed completions, what was told of it, and the endpoint that was asked."""
    with serving(*lines) as endpoint:
        async with provider(folder, endpoint.url, clock, **chosen) as answers:
            for _ in range(times):
                hearing = Hearing()
                found = await answers.complete(an_ask(folder, hear=hearing))
    return found, hearing, endpoint


def manners(endpoint: FakeEndpoint) -> list[tuple[bool, bool]]:
    """Of each request: whether a stream was asked for, and whether its usage was."""
    return [(bool(each.get("stream")), "stream_options" in each) for each in endpoint.requests]


async def test_a_streamed_answer(tmp_path: Path) -> None:
    """The text grows piece by piece to the whole answer; its usage is reported as ever, and the request is the same."""
    found, hearing, endpoint = await heard(tmp_path, told(LETTER, usage=used(50, 7, cached=30)))
    assert (found.text, found.fault, found.estimated) == (LETTER, "", False)
    assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens) == (50, 7, 30)
    assert hearing.told[0] == ""
    assert hearing.told[-1] == LETTER
    assert len(set(hearing.told)) > 5
    assert all(after.startswith(before) for before, after in zip(hearing.told, hearing.told[1:], strict=False))
    (request,) = endpoint.requests
    assert (request["stream"], request["stream_options"]) == (True, {"include_usage": True})
    assert (request["model"], request["max_tokens"], request["response_format"]["type"]) == ("m", 100, "json_schema")
    assert [message["role"] for message in request["messages"]] == ["system", "user"]


async def test_nobody_watches(tmp_path: Path) -> None:
    """A call whose answer is no prose is not streamed."""
    with serving(says(GOOD)) as endpoint:
        async with provider(tmp_path, endpoint.url) as answers:
            await answers.complete(an_ask(tmp_path))
    assert manners(endpoint) == [(False, False)]


async def test_cut_at_every_byte(tmp_path: Path) -> None:
    """However the network cuts a stream, within a character or a line end, the text is the same."""
    body = b"".join(each for each in told("\u2028ü😀", size=1).pieces or [] if isinstance(each, bytes))
    wire = body.replace(b"\n\n", b"\r\n\r\n")
    for stream in (body, wire):
        found, hearing, _ = await heard(tmp_path, streams(*(stream[at : at + 1] for at in range(len(stream)))))
        assert (found.text, hearing.told[-1]) == ("\u2028ü😀", "\u2028ü😀")


async def test_comments_and_a_last_line_without_an_end(tmp_path: Path) -> None:
    """Comments keep a connection alive and say nothing; the last event may lack its line end."""
    found, _, _ = await heard(tmp_path, streams(b": wait\n\n", event(GOOD), b": wait\n", event(finish="stop").rstrip()))
    assert (found.text, found.fault) == (GOOD, "")


async def test_usage_that_is_not_reported_is_estimated(tmp_path: Path) -> None:
    """A stream without usage is charged by our own count."""
    found, _, _ = await heard(tmp_path, told(GOOD))
    assert found.estimated
    assert found.prompt_tokens > 20
    assert found.completion_tokens > 0


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (told('{"text": "Hel', finish="length", usage=used(50, 100)), "it was cut off at 100 tokens, so be shorter"),
        (told(GOOD, finish="length", usage=used(50, 100)), "it was cut off at 100 tokens, so be shorter"),
        (told(GOOD, finish="content_filter", usage=used(50, 100)), "a content filter cut it"),
        (streams(event(refusal="I will"), event(refusal=" not.", finish="stop"), event(usage=used(50, 100)), DONE),
         "the model refused to answer"),
        (told("", usage=used(50, 100)), "it was empty"),
    ],
)  # fmt: skip
async def test_what_is_no_whole_answer(tmp_path: Path, reply: Reply, fault: str) -> None:
    """Cut off, filtered, refused, empty: a fault, paid for and not retried, as without streaming."""
    found, _, endpoint = await heard(tmp_path, reply)
    assert (found.fault, found.prompt_tokens, found.completion_tokens) == (fault, 50, 100)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        ([REFUSED_USAGE, told(GOOD)], [(True, True), (True, False), (True, False)]),
        ([REFUSED_STREAM, says(GOOD)], [(True, True), (False, False), (False, False)]),
        ([REFUSED_USAGE, REFUSED_STREAM, says(GOOD)], [(True, True), (True, False), (False, False), (False, False)]),
        ([says(GOOD)], [(True, True), (True, True)]),
    ],
    ids=["no usage", "no streaming", "neither", "streaming is ignored"],
)
async def test_what_an_endpoint_does_not_stream(
    tmp_path: Path, lines: list[Line], asked: list[tuple[bool, bool]]
) -> None:
    """It answers as it can, within the same try; what it refused is not asked for again."""
    found, _, endpoint = await heard(tmp_path, *lines, times=2)
    assert (found.text, found.fault) == (GOOD, "")
    assert manners(endpoint) == asked


async def test_down_the_ladder_of_forms(tmp_path: Path) -> None:
    """A refused schema goes one step down while streaming; a fence around the object is no fault."""
    refused = fails(400, "unknown field response_format")
    found, _, endpoint = await heard(tmp_path, refused, refused, refused, told(f"Here:\n```json\n{GOOD}\n```"))
    assert (found.text, found.fault) == (GOOD, "")
    assert manners(endpoint) == [(True, True)] * 4


BROKEN = [
    (streams(event('{"text": "Hel')), "broke off its answer: the stream ended in the middle"),
    (streams(), "broke off its answer: the stream ended in the middle"),
    (streams(event('{"text'), b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'), "answer: overloaded"),
    (streams(event('{"text'), b"data: {nonsense\n\n"), "sent half an answer"),
    (streams(event('{"text'), b'data: {"choices": "\xff"}\n\n'), "sent half an answer"),
    (Reply(b"", headers={"Content-Type": "text/event-stream", "Content-Length": "999"}, pieces=[event('{"text')]),
     "broke off its answer"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "line"), BROKEN)
async def test_a_broken_stream_is_no_answer(tmp_path: Path, reply: Reply, line: str) -> None:
    """Three tries with waits between, then one line that names the place."""
    clock = FakeClock()
    with pytest.raises(ModelUnavailable, match=rf"^127.0.0.1:\d+ {line}|^127.0.0.1:\d+ .*{line}") as raised:
        await heard(tmp_path, reply, clock=clock)
    assert clock.sleeps == [0.25, 0.5]
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("reply", "line"), BROKEN)
async def test_a_broken_stream_begins_anew(tmp_path: Path, reply: Reply, line: str) -> None:
    """The next try tells its text from the start, after an empty one that takes back what the first had told."""
    found, hearing, _ = await heard(tmp_path, reply, told(GOOD))
    assert found.text == GOOD, line
    assert hearing.told.count("") >= 2
    assert hearing.tries[-1] == GOOD


async def test_retry_after_is_honoured(tmp_path: Path) -> None:
    """A refused stream waits as long as it is asked to."""
    clock = FakeClock()
    found, _, _ = await heard(tmp_path, fails(429, Retry_After="7"), told(GOOD), clock=clock)
    assert (found.text, clock.sleeps) == (GOOD, [7.0])


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (fails(401), "does not take the key: mend OPENAI_API_KEY"),
        (page(), "is no OpenAI-compatible endpoint"),
        (Reply({"hello": "world"}), "is no OpenAI-compatible endpoint"),
        (Reply({"choices": []}), "is no OpenAI-compatible endpoint"),
        (streams(b'data: "what"\n\n'), "is no OpenAI-compatible endpoint"),
        (streams(b'data: {"error": {"message": "too long", "code": "context_length_exceeded"}}\n\n'),
         "does not fit the window of m"),
        (streams(b'data: {"error": {"message": "pay", "code": "insufficient_quota"}}\n\n'), "no quota left"),
    ],
)  # fmt: skip
async def test_what_a_person_must_mend(tmp_path: Path, reply: Reply, line: str) -> None:
    """One request, one line that names the setting."""
    clock = FakeClock()
    with pytest.raises(ModelRefused, match=line):
        await heard(tmp_path, reply, clock=clock)
    assert clock.sleeps == []


async def test_a_stalled_stream_ends(tmp_path: Path) -> None:
    """Silence between two pieces is bounded by itself, however much was said before; it counts as one try."""
    stalled = streams(event('{"text": "Hel'), 0.6, event('lo."}'), event(finish="stop"), DONE)
    found, hearing, _ = await heard(tmp_path, stalled, told(GOOD), model_idle_seconds=0.1)
    assert (found.text, hearing.tries) == (GOOD, ['{"text": "Hel', GOOD])
    with pytest.raises(ModelUnavailable, match=r"^127.0.0.1:\d+ was silent for too long$"):
        await heard(tmp_path, stalled, model_idle_seconds=0.05)


async def test_stalls_until_the_call_is_over(tmp_path: Path) -> None:
    """Where the time of a call ends before the tries do, the line says what they met."""
    stalled = streams(event('{"text": "Hel'), 0.6)
    line = r"^127.0.0.1:\d+ gave no answer within 0.5 s; before, 127.0.0.1:\d+ was silent for too long$"
    with pytest.raises(ModelUnavailable, match=line):
        await heard(tmp_path, stalled, model_idle_seconds=0.3, model_call_seconds=0.5)


async def test_a_slow_but_steady_stream_may_take_its_time(tmp_path: Path) -> None:
    """Many short silences that add up to more than the idle time are no stall."""
    found, hearing, endpoint = await heard(tmp_path, told(GOOD, size=1, pause=0.04), model_idle_seconds=0.3)
    assert 0.04 * len(GOOD) > 0.3
    assert (found.text, hearing.tries, len(endpoint.requests)) == (GOOD, [GOOD], 1)


async def test_a_steady_stream_has_an_end(tmp_path: Path) -> None:
    """A stream that never stops ends with the time of a call, all tries together."""
    with pytest.raises(ModelUnavailable, match=r"no answer within 0.2 s"):
        await heard(tmp_path, told(GOOD * 9, size=1, pause=0.02), model_idle_seconds=0.1, model_call_seconds=0.2)
