"""Asks each configured model a handful of small questions through the real provider; a check comes of each."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from graph.domain import Domain
from graph.errors import BadRequest, ModelError
from graph.ports import Clock
from graph.values import Json
from surefoot.doctor import model_checks as checks
from surefoot.doctor import model_questions as questions
from surefoot.doctor.model_checks import Check, Heard, fault_of
from surefoot.doctor.model_questions import SHORT, SMALL, Messages, SmallPlan
from surefoot.loading import load
from surefoot.models.endpoints.endpoint import Endpoint, endpoints_of
from surefoot.models.endpoints.forms import Form
from surefoot.models.endpoints.openai_chat import OpenAIChat
from surefoot.models.provider import Ask
from surefoot.settings import Settings
from surefoot.trial import cases_of

LARGER: Final = "name a model with a larger context, or give it one where it is served"


async def ask_models(settings: Settings, domain_name: str, clock: Clock) -> AsyncIterator[Check]:
    """Every check of every model that the settings name, one after another; none where the offline rules answer.

    Raises `DomainMistake` where the domain, whose planning prompt must fit the window, cannot be loaded.
    """
    endpoints = endpoints_of(settings)
    provider = OpenAIChat(endpoints, settings, clock)
    try:
        with TemporaryDirectory() as folder:
            domain = load(domain_name, Path(folder) / "data")
            for tier, endpoint in _each(endpoints).items():
                interview = Interview(tier, endpoint, domain, _request(domain_name), provider)
                async for check in interview.held():
                    yield check
    finally:
        await provider.aclose()


def _each(endpoints: dict[str, Endpoint]) -> dict[str, Endpoint]:
    """Each endpoint once."""
    large, small = endpoints["large"], endpoints["small"]
    return {"both": large} if replace(small, tier="large") == large else {"large": large, "small": small}


def _request(domain: str) -> Json:
    """A job such as the domain's are."""
    try:
        return dict(cases_of(domain).load_cases()[0].request)
    except (BadRequest, IndexError):
        return {}


@dataclass
class Interview:
    """The questions to one model."""

    tier: str
    endpoint: Endpoint
    domain: Domain
    request: Json
    provider: OpenAIChat
    heard: list[Heard] = field(default_factory=list)

    async def held(self) -> AsyncIterator[Check]:
        """The checks, in the order of their questions; where the first question fails, no more are asked."""
        try:
            first = await self._answer(self._small())
        except ModelError as error:
            for check in checks.not_begun(self.tier, error):
                yield check
            return
        for check in checks.begun(self.tier, self.endpoint):
            yield check
        yield await self._planned(first)
        yield checks.form(self.tier, self._form())
        yield await self._asked("repair", self._repaired)
        yield await self._asked("truncation", self._cut)
        yield checks.usage(self.tier, first.completion)
        yield checks.price(self.tier, self.endpoint, self.provider.settings.prices)
        yield await self._asked("window", self._fits)
        settings = self.provider.settings
        yield checks.speed(self.tier, self.heard, settings.model_answer_tokens, settings.model_call_seconds)

    async def _planned(self, first: Heard) -> Check:
        """Where the first answer was no plan, its repair is asked for, and says which form was found."""
        fault = fault_of(first.completion, SmallPlan)
        if not fault:
            return checks.plan(self.tier, "", "")
        try:
            second = await self._answer(self._small(questions.repairing(first.completion.text, fault)))
        except ModelError as error:
            return checks.troubled(self.tier, "plan", error, LARGER)
        return checks.plan(self.tier, fault, fault_of(second.completion, SmallPlan))

    def _form(self) -> Form:
        ask = self._small()
        return self.provider.forms.best(self.endpoint.base_url, ask.model, ask.schema)

    async def _asked(self, name: str, question: Callable[[], Awaitable[Check]]) -> Check:
        try:
            return await question()
        except ModelError as error:
            return checks.troubled(self.tier, name, error, LARGER)

    async def _repaired(self) -> Check:
        heard = await self._answer(self._small(questions.repairing(questions.WRONG, questions.FAULT)))
        return checks.repair(self.tier, fault_of(heard.completion, SmallPlan))

    async def _cut(self) -> Check:
        return checks.truncation(self.tier, await self.provider.complete(self._small(tokens=questions.CUT)))

    async def _fits(self) -> Check:
        settings = self.provider.settings
        room = settings.model_answer_tokens
        ask = questions.planning(self.domain, self.endpoint, self.request, room)
        size = sum(len(text.encode()) for _, text in ask.messages) - room * len(questions.FILLER)
        return checks.window(self.tier, await self.provider.complete(ask), size, room, settings.model_window)

    def _small(self, messages: Messages = SMALL, tokens: int = SHORT) -> Ask:
        return questions.small(self.domain, self.endpoint, messages, tokens)

    async def _answer(self, ask: Ask) -> Heard:
        """One answer, timed. Raises `ModelError`."""
        begun = time.monotonic()
        heard = Heard(await self.provider.complete(ask), time.monotonic() - begun)
        self.heard.append(heard)
        return heard
