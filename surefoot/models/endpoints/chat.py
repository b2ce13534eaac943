"""LangChain's chat models, made so that nothing but Surefoot retries, traces or waits."""

import warnings
from typing import Any, Final

import openai
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import SecretStr

from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.settings import Settings

NO_KEY: Final = SecretStr("none")
"""What an endpoint that asks for no key is sent; the client library insists on some."""
MISLEADING: Final = (
    r"(This model does not support OpenAI's structured output|Invalid schema for OpenAI's structured output)"
)
"""Advice beside an error that we handle ourselves; it would be printed amid an output."""


def chat_for(endpoint: Endpoint, model: str, client: openai.DefaultAsyncHttpxClient) -> BaseChatOpenAI:
    """The chat model of one endpoint, over one loop's connections. It may read files, so not on an event loop."""
    warnings.filterwarnings("ignore", message=MISLEADING, category=UserWarning)
    shared: dict[str, Any] = {
        "model": model,
        "api_key": endpoint.api_key or NO_KEY,
        "default_headers": dict(endpoint.headers) or None,
        "http_async_client": client,
        "timeout": client.timeout,
        "max_retries": 0,
        "disable_streaming": True,
        "use_responses_api": False,
        "cache": False,
    }
    if endpoint.api_version:
        return AzureChatOpenAI(
            azure_endpoint=endpoint.base_url, azure_deployment=model, api_version=endpoint.api_version, **shared
        )
    return ChatOpenAI(base_url=endpoint.base_url, **shared)


def connections(settings: Settings) -> openai.DefaultAsyncHttpxClient:
    """A pool of connections with our timeouts; its owner closes it."""
    idle = settings.model_idle_seconds
    timeout = openai.Timeout(idle, connect=settings.model_connect_seconds, pool=settings.model_call_seconds)
    return openai.DefaultAsyncHttpxClient(timeout=timeout)


def arguments(endpoint: Endpoint, form: dict[str, Any], tokens: int) -> dict[str, Any]:
    """The form of the answer and its bound, for which OpenAI's newer name is not known everywhere.

    They are the body's own fields: the client library would walk a schema as a parameter, and parse the answer by it,
    which takes it longer than a whole call of ours. What an answer stopped at is read by `reading`.
    """
    bound = {"max_completion_tokens": tokens} if endpoint.is_openai else {"max_tokens": tokens}
    return {"extra_body": form | bound}
