"""The provider for every OpenAI-compatible endpoint: OpenAI, Azure, vLLM, Ollama, llama.cpp."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import openai
from langchain_openai.chat_models.base import BaseChatOpenAI
from langsmith import tracing_context

from graph.errors import ModelError, ModelRefused, ModelUnavailable
from graph.ports import Clock
from graph.values import Json
from surefoot.models.endpoints import chat, reading, troubles
from surefoot.models.endpoints.chains import Link, further, links
from surefoot.models.endpoints.endpoint import Endpoint, chain_of
from surefoot.models.endpoints.forms import Form, Forms, response_format, worded
from surefoot.models.endpoints.patience import Trouble, patiently
from surefoot.models.endpoints.prices import charged, usd_micros, window_of
from surefoot.models.endpoints.streaming import Manner, Manners, streamed
from surefoot.models.prompts.narrow import narrowest
from surefoot.models.provider import Ask, Completion, Hop
from surefoot.settings import Settings

log = logging.getLogger("surefoot.models")


@dataclass
class Loop:
    """What belongs to one event loop: LangGraph Server calls from several."""

    client: openai.DefaultAsyncHttpxClient
    chats: dict[tuple[bool, str, str], BaseChatOpenAI] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """How one request is made."""

    form: Form
    shape: dict[str, Any]
    """The form as the request's fields."""
    manner: Manner


class OpenAIChat:
    """Completions over LangChain's ChatOpenAI. It alone retries, inside the caller's one reservation."""

    def __init__(self, endpoints: Mapping[str, Endpoint], settings: Settings, clock: Clock) -> None:
        self.endpoints = dict(endpoints)
        self.further = further(settings)
        self.settings = settings
        self.clock = clock
        self.forms = Forms()
        self.manners = Manners()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Loop] = WeakKeyDictionary()
        self._uncounted: set[str] = set()
        self.name = named(self.endpoints, settings)

    def model(self, tier: str) -> str:
        """The first of the tier's models."""
        return self.hops(tier, "")[0].model

    def hops(self, tier: str, chosen: str) -> tuple[Hop, ...]:
        """The tier's fallback chain, or the one that the run's caller chose. Raises `ModelRefused` for none."""
        found = links(chosen or chain_of(self.settings, tier), self.further)
        if not found:
            raise ModelRefused(f"tier {tier} has no model: name one for it in SUREFOOT_MODELS, or choose another tier")
        return tuple(self._hop(tier, link) for link in found)

    def most_usd_micros(self, ask: Ask, prompt_tokens: int) -> int:
        """The whole prompt at its full price, and the longest answer."""
        base_url = self._endpoint(ask.tier, ask.endpoint).base_url
        return usd_micros(base_url, ask.model, prompt_tokens, ask.max_tokens, table=self.settings.prices) or 0

    async def complete(self, ask: Ask) -> Completion:
        """One completion, by at most three tries within the time of a call."""
        endpoint = self._endpoint(ask.tier, ask.endpoint)
        seconds, met = self.settings.model_call_seconds * ask.share, list[ModelError]()
        try:
            async with asyncio.timeout(seconds):
                completion = await patiently(
                    lambda: self._shaped(ask, endpoint), self._judge(ask, endpoint, met), self.clock, ask.tries
                )
        except TimeoutError as error:
            line = f"{endpoint.place} gave no answer within {seconds:g} s"
            raise ModelUnavailable(f"{line}; before, {met[-1]}" if met else line) from error
        self._note(completion, endpoint)
        return completion

    async def aclose(self) -> None:
        """Close the running loop's connections; another loop's went with it."""
        loop = self._loops.pop(asyncio.get_running_loop(), None)
        if loop is not None:
            await loop.client.aclose()

    def _endpoint(self, tier: str, further: str) -> Endpoint:
        """Where a tier's model is asked; tiers beyond our two share the large one's endpoint."""
        if further:
            return self.further[further]
        return self.endpoints.get(tier) or replace(self.endpoints["large"], tier=tier)

    def _hop(self, tier: str, link: Link) -> Hop:
        endpoint = self._endpoint(tier, link.endpoint)
        price = usd_micros(endpoint.base_url, link.model, 1, 1, table=self.settings.prices)
        window = window_of(endpoint.base_url, link.model)
        return Hop(link.model, endpoint.place, link.endpoint, priced=price is not None, window=window)

    def _judge(self, ask: Ask, endpoint: Endpoint, met: list[ModelError]) -> Callable[[Exception], Trouble]:
        """What a failed try means; `met` keeps it, for the line of a call that runs out of time."""

        def judge(error: Exception) -> Trouble:
            trouble = troubles.judged(error, endpoint, ask.model, self.clock)
            met.append(trouble.error)
            return trouble

        return judge

    async def _shaped(self, ask: Ask, endpoint: Endpoint) -> Completion:
        """One try, in the best form that the endpoint takes; a refused form is no try."""
        if ask.hear:
            ask.hear("")
        narrow = _narrow(ask, endpoint)
        while True:
            form = self.forms.best(endpoint.base_url, ask.model, ask.schema, narrow)
            manner = self.manners.best(endpoint.base_url, ask.model) if ask.hear else "whole"
            way = Way(form, response_format(form, ask.schema, narrow), manner)
            try:
                return self._read(await self._said(ask, endpoint, way), ask, form, endpoint)
            except openai.APIStatusError as error:
                if troubles.refuses_content(error):
                    return reading.FILTERED
                if manner != "whole" and troubles.refuses_stream(error):
                    self.manners.refused(endpoint.base_url, ask.model, manner, troubles.words_of(error))
                    continue
                if form == "text" or not troubles.refuses_shape(error):
                    raise
                self.forms.refused(endpoint.base_url, ask.model, form)

    async def _said(self, ask: Ask, endpoint: Endpoint, way: Way) -> Completion:
        """One request. The gateway's caller traces it, redacted; LangChain's own trace would not be."""
        talker = await self._chat(endpoint, ask.model)
        arguments = chat.arguments(endpoint, way.shape, ask.max_tokens)
        messages = worded(way.form, ask.messages, ask.schema)
        if ask.hear and way.manner != "whole":
            counting = {"stream_options": {"include_usage": True}} if way.manner == "counted" else {}
            heard = await streamed(talker, messages, arguments | counting, ask.hear)
            return reading.read_streamed(heard, ask.max_tokens, way.form)
        with tracing_context(enabled=False):
            message = await talker.ainvoke(messages, {"callbacks": []}, **arguments)
        return reading.read(message, ask.max_tokens, way.form)

    def _read(self, said: Completion, ask: Ask, form: Form, endpoint: Endpoint) -> Completion:
        completion = charged(said, ask, endpoint, self.settings.prices)
        if reading.is_prose(completion, form):
            self.forms.ignored(endpoint.base_url, ask.model)
        return completion

    async def _chat(self, endpoint: Endpoint, model: str) -> BaseChatOpenAI:
        running = asyncio.get_running_loop()
        loop = self._loops.get(running)
        if loop is None:
            client = await asyncio.to_thread(chat.connections, self.settings)
            loop = self._loops.setdefault(running, Loop(client))
        key = (endpoint.further, endpoint.tier, model)
        if key not in loop.chats:
            loop.chats[key] = await asyncio.to_thread(chat.chat_for, endpoint, model, loop.client)
        return loop.chats[key]

    def _note(self, completion: Completion, endpoint: Endpoint) -> None:
        if completion.estimated and endpoint.place not in self._uncounted:
            self._uncounted.add(endpoint.place)
            log.warning("%s reports no usage; its tokens are estimated", endpoint.place)


def _narrow(ask: Ask, endpoint: Endpoint) -> Json | None:
    """The narrowest schema, where it costs no tokens: OpenAI reads schemas as part of the prompt."""
    return None if endpoint.is_openai else narrowest(ask.brief, str(ask.schema.get("title", "answer")))


def named(endpoints: Mapping[str, Endpoint], settings: Settings) -> str:
    """Which models answer, where, in which order, and whether they have a price, in one line."""
    large, small = (_chain(tier, endpoints, settings) for tier in ("large", "small"))
    return large if large == small else f"{large} (large), {small} (small)"


def _chain(tier: str, endpoints: Mapping[str, Endpoint], settings: Settings) -> str:
    others = further(settings)
    found = links(chain_of(settings, tier), others)
    told = [_at(link.model, others.get(link.endpoint, endpoints[tier]), settings) for link in found]
    return ", then ".join(told)


def _at(model: str, endpoint: Endpoint, settings: Settings) -> str:
    unpriced = usd_micros(endpoint.base_url, model, 1, 1, table=settings.prices) is None
    return f"{model} at {endpoint.place}{', unpriced' if unpriced else ''}"
