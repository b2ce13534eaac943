"""A tier's fallback chain: `gpt-5, gpt-5-mini@other` names models, each with the further endpoint it is asked at."""

from collections.abc import Collection
from dataclasses import dataclass

from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.settings import Settings


@dataclass(frozen=True)
class Link:
    """One model of a chain."""

    model: str
    endpoint: str = ""
    """The name of a further endpoint; empty for the tier's own."""


def links(text: str, names: Collection[str]) -> tuple[Link, ...]:
    """The links of a chain. What follows an `@` is an endpoint only where `names` has it: some models bear one."""
    return tuple(_link(part.strip(), names) for part in text.split(",") if part.strip())


def _link(part: str, names: Collection[str]) -> Link:
    model, at, name = part.rpartition("@")
    return Link(model, name) if at and name in names else Link(part)


def further(settings: Settings) -> dict[str, Endpoint]:
    """The further endpoints by name; which model is asked there is a chain's to say."""
    return {
        name: Endpoint(
            tier=name,
            model="",
            base_url=place.base_url.rstrip("/"),
            api_key=place.api_key,
            api_version=place.api_version,
            headers=place.headers,
            further=True,
        )
        for name, place in settings.endpoints.items()
    }
