"""Which model answers, by the environment alone, and what outputs and the doctor say of it."""

import pytest
from pydantic import ValidationError

from fakes import FakeClock
from graph.values import Json
from surefoot.doctor.work import model
from surefoot.models.choice import answering, said
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.models.offline import Offline
from surefoot.settings import Settings

KEY = {"OPENAI_API_KEY": "sk-secret"}
LOCAL = {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1/"}
LARGE = {"SUREFOOT_MODEL_LARGE": "gpt-5"}
SMALL = {"SUREFOOT_MODEL_SMALL": "gpt-5-mini"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Settings:
    """The settings of an environment that holds the parameter and nothing else of ours."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.mark.parametrize(
    ("settings", "line", "verdict"),
    [
        ({}, "offline rules (no endpoint is configured)", "ok"),
        (KEY, "offline rules (an endpoint is set, but no model: name one in SUREFOOT_MODEL_LARGE)", "ok"),
        (LOCAL, "offline rules (an endpoint is set, but no model: name one in SUREFOOT_MODEL_LARGE)", "warning"),
        (LARGE, "offline rules (a model is named, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set)", "warning"),
        (KEY | LARGE, "gpt-5 at api.openai.com", "ok"),
        (KEY | SMALL, "gpt-5-mini at api.openai.com", "ok"),
        (KEY | LARGE | SMALL, "gpt-5 at api.openai.com (large), gpt-5-mini at api.openai.com (small)", "ok"),
        (LOCAL | LARGE, "gpt-5 at 127.0.0.1:11434, unpriced", "ok"),
        (
            KEY | LARGE | SMALL | {"SUREFOOT_SMALL_BASE_URL": "http://box:8000/v1"},
            "gpt-5 at api.openai.com (large), gpt-5-mini at box:8000, unpriced (small)",
            "ok",
        ),
        (LARGE | {"SUREFOOT_LARGE_BASE_URL": "http://me:pass@box:1/v1"}, "gpt-5 at box:1, unpriced", "ok"),
        (SMALL | {"SUREFOOT_SMALL_API_KEY": "k"}, "gpt-5-mini at api.openai.com", "ok"),
    ],
    indirect=["settings"],
)
async def test_which_model_answers(settings: Settings, line: str, verdict: str) -> None:
    """One line says which, where, whether its price is known, and what is missing; never a key or a password."""
    assert said(settings) == line
    assert (model(settings).verdict, line in model(settings).found) == (verdict, True)
    async with answering(settings, FakeClock()) as provider:
        assert isinstance(provider, Offline) == line.startswith("offline")
        assert line.startswith(provider.name)


@pytest.mark.parametrize("settings", [KEY | LARGE | SMALL | {
    "SUREFOOT_MODEL_HEADERS": '{"X-Team": "support"}', "SUREFOOT_LARGE_API_KEY": "own",
    "SUREFOOT_LARGE_BASE_URL": "https://x.openai.azure.com/", "SUREFOOT_LARGE_API_VERSION": "2025-04-01",
    "SUREFOOT_SMALL_HEADERS": '{"X-Team": "other"}',
}], indirect=True)  # fmt: skip
def test_each_tier_has_its_own(settings: Settings) -> None:
    """What a tier sets for itself wins over what both share."""
    large, small = endpoints_of(settings).values()
    assert (large.base_url, large.api_version, large.headers) == (
        "https://x.openai.azure.com", "2025-04-01", {"X-Team": "support"}
    )  # fmt: skip
    assert (small.base_url, small.api_version, small.headers) == ("https://api.openai.com/v1", "", {"X-Team": "other"})
    keys = [endpoint.api_key.get_secret_value() if endpoint.api_key else "" for endpoint in (large, small)]
    assert keys == ["own", "sk-secret"]
    assert (large.is_openai, small.is_openai) == (True, True)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"openai_base_url": "127.0.0.1:11434"}, "give a URL such as https://api.openai.com/v1"),
        ({"large_headers": "X-Team: support"}, "give a JSON object such as"),
        ({"model_headers": "[1]"}, "valid dictionary"),
        ({"model_call_seconds": 0}, "greater than 0"),
    ],
)
def test_a_setting_that_cannot_be_right(wrong: Json, told: str) -> None:
    """It is told at start, not at the first call."""
    with pytest.raises(ValidationError, match=told):
        Settings.model_validate(wrong)


def test_a_key_is_not_printed() -> None:
    """Neither by the settings nor by an endpoint made from them."""
    settings = Settings.model_validate({"model_large": "m", "openai_api_key": "sk-secret"})
    assert "sk-secret" not in f"{settings!r} {endpoints_of(settings)!r}"
