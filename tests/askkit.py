"""One call of the real provider, as tests make it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from endpointkit import FakeEndpoint
from fakes import FakeClock
from graph.schemas import schema_of
from surefoot.models.choice import answering
from surefoot.models.provider import Ask, Completion, Provider
from surefoot.settings import Settings
from toybackend import Person
from toydomain import Draft, DraftInput, toy

BRIEF: Final = DraftInput(person=Person(name="Ada", title="Dr"))
GOOD: Final = '{"text": "Hello."}'


def configured(folder: Path, url: str, **chosen: Any) -> Settings:
    """Settings that point at an endpoint; short times, one model for both tiers."""
    given = {"model_large": "m", "openai_base_url": url, "openai_api_key": "sk-secret", **chosen}
    return Settings.model_validate({"db": folder / "surefoot.db", **given})


def an_ask(folder: Path, **changes: Any) -> Ask:
    """A drafting worker's call."""
    given = {
        "domain": toy(folder / "toy"), "role": "work", "worker": "draft", "brief": BRIEF, "schema": schema_of(Draft),
        "messages": (("system", "Draft."), ("user", BRIEF.model_dump_json())), "max_tokens": 100, "tier": "large",
        "model": "m", "prompt_version": "1",
    }  # fmt: skip
    return Ask(**{**given, **changes})


@asynccontextmanager
async def provider(folder: Path, url: str, clock: FakeClock | None = None, **chosen: Any) -> AsyncIterator[Provider]:
    """The provider that settings with this URL lead to."""
    async with answering(configured(folder, url, **chosen), clock or FakeClock()) as answers:
        yield answers


async def completed(folder: Path, endpoint: FakeEndpoint, times: int = 1, **changes: Any) -> Completion:
    """The last of some completions by one provider."""
    async with provider(folder, endpoint.url) as answers:
        for _ in range(times):
            found = await answers.complete(an_ask(folder, **changes))
    return found
