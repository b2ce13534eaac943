"""Where a tier's model is asked, and which settings said so."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from surefoot.settings import Settings

OPENAI: Final = "https://api.openai.com/v1"
TIERS: Final = ("large", "small")


@dataclass(frozen=True)
class Endpoint:
    """One tier's endpoint and its default model."""

    tier: str
    model: str
    base_url: str
    api_key: SecretStr | None = None
    api_version: str = ""
    """Set for Azure's versioned API only."""
    headers: Mapping[str, str] = field(default_factory=dict)
    further: bool = False
    """Whether it is one of SUREFOOT_ENDPOINTS, of which `tier` is the name then."""

    @property
    def place(self) -> str:
        """Host and port: what may be printed of the URL, which can carry a password."""
        url = urlsplit(self.base_url)
        return f"{url.hostname}:{url.port}" if url.port else str(url.hostname)

    @property
    def is_openai(self) -> bool:
        """OpenAI itself, or Azure, which deprecated `max_tokens`; all others know that name best."""
        host = urlsplit(self.base_url).hostname or ""
        return bool(self.api_version) or host == "api.openai.com" or host.endswith(".azure.com")

    def setting(self, what: str) -> str:
        """The settings that a person may mend, by the names they have in the environment."""
        if self.further and what != "model":
            return f"{self.tier}.{what} in SUREFOOT_ENDPOINTS"
        tier = self.tier.upper()
        model = f"SUREFOOT_MODEL_{tier}" if self.tier in TIERS else "SUREFOOT_MODELS"
        names = {"model": model, "base_url": "OPENAI_BASE_URL", "api_key": "OPENAI_API_KEY"}
        own = "" if what == "model" else f" (or SUREFOOT_{tier}_{what.upper()})"
        return names[what] + own


def endpoints_of(settings: Settings) -> dict[str, Endpoint]:
    """Both tiers' endpoints; none where no model is named, or neither key nor URL says where to ask.

    A tier without model or place of its own has the other's.
    """
    if not (settings.model_large or settings.model_small):
        return {}
    large, small = (_endpoint(settings, tier) for tier in TIERS)
    if large is None and small is None:
        return {}
    return {
        "large": large or replace(cast("Endpoint", small), tier="large", model=_model(settings, "large")),
        "small": small or replace(cast("Endpoint", large), tier="small", model=_model(settings, "small")),
    }


def _model(settings: Settings, tier: str) -> str:
    """The first of the tier's chain, without the further endpoint that it may name."""
    first = chain_of(settings, tier).split(",")[0].strip()
    model, at, name = first.rpartition("@")
    return model if at and name in settings.endpoints else first


def chain_of(settings: Settings, tier: str) -> str:
    """The tier's models, as they are written; empty where a further tier has none."""
    named = {"large": settings.model_large, "small": settings.model_small}
    if tier in named:
        return named[tier] or settings.model_large or settings.model_small
    return settings.models.get(tier, "")


def _endpoint(settings: Settings, tier: str) -> Endpoint | None:
    def own(what: str) -> str:
        return str(getattr(settings, f"{tier}_{what}"))

    url = own("base_url") or settings.openai_base_url
    key: SecretStr | None = getattr(settings, f"{tier}_api_key") or settings.openai_api_key
    if not url and key is None:
        return None
    return Endpoint(
        tier=tier,
        model=_model(settings, tier),
        base_url=url or OPENAI,
        api_key=key,
        api_version=own("api_version") or settings.openai_api_version,
        headers=getattr(settings, f"{tier}_headers") or settings.model_headers,
    )
