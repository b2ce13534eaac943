"""One streamed request, and what each endpoint was found to take of streaming."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import openai
from langchain_openai.chat_models.base import BaseChatOpenAI

from graph.values import Json
from surefoot.models.endpoints.sse import END, BrokenOff, payloads
from surefoot.models.provider import Hear

Manner = Literal["counted", "plain", "whole"]
"""Streamed with its usage at the end; streamed without; not streamed."""
USAGE: Final = re.compile(r"stream_options|include_usage", re.IGNORECASE)


@dataclass
class Manners:
    """How each endpoint and model can be streamed; held in memory, found anew by the next process."""

    _found: dict[tuple[str, str], Manner] = field(default_factory=dict)

    def best(self, place: str, model: str) -> Manner:
        """The best manner that was not refused."""
        return self._found.get((place, model), "counted")

    def refused(self, place: str, model: str, manner: Manner, words: str) -> None:
        """Do without what the endpoint's words name: the usage, or streaming as a whole."""
        self._found[place, model] = "plain" if manner == "counted" and USAGE.search(words) else "whole"


@dataclass
class Heard:
    """An answer as it comes in, in pieces or as one."""

    text: str = ""
    refusal: str = ""
    finish: str = ""
    """Empty until the endpoint says why it stopped."""
    usage: Json = field(default_factory=dict)

    def take(self, event: Json) -> None:
        """Add one event; a whole completion has a `message` where pieces have a `delta`. Raises `BrokenOff`."""
        if error := event.get("error"):
            raise _broken_off(error)
        self.usage = event.get("usage") or self.usage
        for choice in event.get("choices") or ():
            said = choice.get("delta") or choice.get("message") or {}
            self.text += _text(said.get("content"))
            self.refusal += said.get("refusal") or ""
            self.finish = choice.get("finish_reason") or self.finish


async def streamed(
    talker: BaseChatOpenAI, messages: list[tuple[str, str]], arguments: dict[str, Any], hear: Hear
) -> Heard:
    """The answer to one streamed request. Silence between two chunks is the connection's to bound.

    Raises:
        BrokenOff: The stream ended early, or with an error.
        openai.APITimeoutError: It was silent for too long.
        ValueError: What came is neither a stream nor JSON.
    """
    asked = [{"role": role, "content": text} for role, text in messages]
    client = talker.root_async_client.chat.completions.with_streaming_response
    async with client.create(model=talker.model_name, messages=asked, stream=True, **arguments) as response:
        kind = response.headers.get("content-type", "")
        if "html" in kind:
            raise ValueError(kind)
        return _whole(await response.read()) if "json" in kind else await _in_pieces(_received(response), hear)


async def _received(response: Any) -> AsyncIterator[bytes]:
    """The bytes as they come. The HTTP library is the client library's choice, so its errors are known by name only."""
    try:
        async for some in response.iter_bytes():
            yield some
    except Exception as error:
        if "Timeout" in type(error).__name__:
            raise openai.APITimeoutError(response.http_request) from error
        raise BrokenOff(str(error) or type(error).__name__) from error


async def _in_pieces(received: AsyncIterator[bytes], hear: Hear) -> Heard:
    heard = Heard()
    async for payload in payloads(received):
        if payload == END:
            return heard
        heard.take(json.loads(payload))
        hear(heard.text)
    if not heard.finish:
        raise BrokenOff("the stream ended in the middle")
    return heard


def _whole(body: bytes) -> Heard:
    """An endpoint that knows no streaming may answer as if it had not been asked for it."""
    heard, answer = Heard(), json.loads(body)
    heard.take(answer)
    if not answer.get("choices"):
        raise ValueError("no choices")
    return heard


def _broken_off(error: Any) -> BrokenOff:
    if not isinstance(error, dict):
        return BrokenOff(str(error))
    return BrokenOff(str(error.get("message") or error), str(error.get("code") or error.get("type") or ""))


def _text(content: Any) -> str:
    """Some endpoints send their text in parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content)
    return content or ""
