"""Which model answers in this process: an endpoint where the settings name one, else the offline rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from graph.ports import Clock
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.models.offline import Offline
from surefoot.models.provider import Provider
from surefoot.settings import Settings


@asynccontextmanager
async def answering(settings: Settings, clock: Clock) -> AsyncIterator[Provider]:
    """The provider that the settings ask for; its connections are closed behind it."""
    endpoints = endpoints_of(settings)
    if not endpoints:
        yield Offline()
        return
    from surefoot.models.endpoints.openai_chat import OpenAIChat  # noqa: PLC0415 a second of imports, for those who use it

    provider = OpenAIChat(endpoints, settings, clock)
    try:
        yield provider
    finally:
        await provider.aclose()


def said(settings: Settings) -> str:
    """The same choice as one line for people, with what is missing where somebody began to configure an endpoint."""
    if endpoints := endpoints_of(settings):
        from surefoot.models.endpoints.openai_chat import named  # noqa: PLC0415 as above

        return named(endpoints, settings)
    return f"{Offline.name} ({_why(settings)})"


def _why(settings: Settings) -> str:
    if settings.model_large or settings.model_small:
        return "a model is named, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"
    if settings.openai_api_key or settings.openai_base_url:
        return "an endpoint is set, but no model: name one in SUREFOOT_MODEL_LARGE"
    return "no endpoint is configured"
