"""From roles to tiers to models: defaults, a domain's word, the settings' word, and chains."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from askkit import configured
from fakes import FakeClock
from graph.domain import Domain
from graph.errors import ModelRefused
from surefoot.mistakes import mistakes_of
from surefoot.models.choice import said
from surefoot.models.endpoints.chains import Link, links
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.models.endpoints.openai_chat import OpenAIChat
from surefoot.models.gateway import Gateway
from surefoot.models.provider import Hop
from surefoot.models.tiers import tier_of
from toydomain import toy

OPENAI = "https://api.openai.com/v1"
OTHER = '{"other": {"base_url": "http://box:8000/v1"}}'


def test_the_word_that_counts(tmp_path: Path) -> None:
    """Ours, then the domain's, then the settings'."""
    domain = replace(toy(tmp_path), tiers={"plan": "small", "review": "small"})
    assert tier_of("work", domain, {}) == "large"
    assert [tier_of(part, domain, {}) for part in ("classify", "parse", "summarize", "repair")] == ["small"] * 4
    assert tier_of("plan", domain, {}) == "small"
    assert tier_of("plan", domain, {"plan": "large"}) == "large"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("gpt-5", (Link("gpt-5"),)),
        ("gpt-5, gpt-5-mini@other ,", (Link("gpt-5"), Link("gpt-5-mini", "other"))),
        ("gemini@001", (Link("gemini@001"),)),
        ("gemini@001@other", (Link("gemini@001", "other"),)),
        (" , ", ()),
    ],
)
def test_a_chain_is_written_with_commas(text: str, found: tuple[Link, ...]) -> None:
    """What follows an @ is an endpoint only where one has that name."""
    assert links(text, {"other"}) == found


@pytest.mark.parametrize(
    ("model", "window"), [("gpt-4", 8_192), ("gpt-5", 32_000), ("gpt-5, gpt-4", 8_192), ("nobody-knows-it", 32_000)]
)
def test_the_window_is_the_smallest_of_the_chain(tmp_path: Path, model: str, window: int) -> None:
    """The settings bound it; a model that has less has less, wherever it stands in the chain."""
    settings = configured(tmp_path, OPENAI, model_large=model, model_window=32_000)
    provider, domain = OpenAIChat(endpoints_of(settings), settings, FakeClock()), toy(tmp_path / "toy")
    gateway = Gateway(provider, cast("Any", None), cast("Any", Only(domain)), FakeClock(), context_window=32_000)
    assert gateway.window(cast("Any", Chosen())) == window


@dataclass
class Only:
    """One domain under any name."""

    domain: Domain

    def get(self, _name: str) -> Domain:
        """It."""
        return self.domain


@dataclass
class Chosen:
    """A header's part that says which models its caller chose."""

    domain: str = "toy"
    models: dict[str, str] = field(default_factory=dict)


def test_the_hops_of_a_tier(tmp_path: Path) -> None:
    """Each model with its place and whether its price is known; a caller's choice takes the chain's place."""
    settings = configured(
        tmp_path, OPENAI, model_large="gpt-5, m@other", model_small="gpt-5-mini", endpoints=OTHER,
        prices='{"m": {"input": 1, "output": 1}}', models='{"huge": "gpt-5-pro"}',
    )  # fmt: skip
    provider = OpenAIChat(endpoints_of(settings), settings, FakeClock())
    assert provider.hops("large", "") == (Hop("gpt-5", "api.openai.com"), Hop("m", "box:8000", "other"))
    assert provider.hops("large", "n@other") == (Hop("n", "box:8000", "other", priced=False),)
    assert provider.hops("huge", "") == (Hop("gpt-5-pro", "api.openai.com"),)
    assert provider.model("large") == "gpt-5"
    assert said(settings) == "gpt-5 at api.openai.com, then m at box:8000 (large), gpt-5-mini at api.openai.com (small)"


def test_a_tier_without_a_model(tmp_path: Path) -> None:
    """As a domain may ask for one: a line that names the setting."""
    settings = configured(tmp_path, OPENAI)
    with pytest.raises(ModelRefused, match="tier huge has no model: name one for it in SUREFOOT_MODELS"):
        OpenAIChat(endpoints_of(settings), settings, FakeClock()).hops("huge", "")


def test_a_domain_that_tiers_no_role(tmp_path: Path) -> None:
    """Its mistake is told with the others'."""
    domain = replace(toy(tmp_path), tiers={"plans": "small"})
    assert any(line.startswith("tiers: 'plans' is no role") for line in mistakes_of(domain))
