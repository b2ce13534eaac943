"""What calls cost, and what is reserved for them."""

from pathlib import Path

import pytest

from askkit import an_ask, configured
from fakes import FakeClock
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.models.endpoints.openai_chat import OpenAIChat
from surefoot.models.endpoints.prices import charged, usd_micros, window_of
from surefoot.models.provider import Completion

OPENAI = "https://api.openai.com/v1"


def test_the_price_hangs_on_the_endpoint() -> None:
    """A known name that somebody serves at home costs nothing that we know of."""
    paid = usd_micros(OPENAI, "gpt-5-mini", 1_000, 100)
    assert paid is not None
    assert paid > 0
    assert usd_micros("http://127.0.0.1:11434/v1", "gpt-5-mini", 1_000, 100) is None
    assert usd_micros(OPENAI, "no-such-model", 1_000, 100) is None


def test_cached_tokens_are_cheaper() -> None:
    """And more of them cached than there are is no negative price."""
    whole, cached = usd_micros(OPENAI, "gpt-5-mini", 9_000, 10), usd_micros(OPENAI, "gpt-5-mini", 9_000, 10, 8_000)
    assert whole is not None
    assert cached is not None
    assert 0 < cached < whole
    assert usd_micros(OPENAI, "gpt-5-mini", 1_000, 0, 5_000) == usd_micros(OPENAI, "gpt-5-mini", 1_000, 0, 1_000)


def test_what_is_reserved_bounds_what_is_charged(tmp_path: Path) -> None:
    """The whole prompt uncached and the longest answer."""
    settings = configured(tmp_path, OPENAI, model_large="gpt-5-mini")
    provider = OpenAIChat(endpoints_of(settings), settings, FakeClock())
    ask = an_ask(tmp_path, model="gpt-5-mini")
    most = provider.most_usd_micros(ask, 1_000)
    paid = charged(Completion("{}", 1_000, ask.max_tokens, cached_tokens=200), ask, provider.endpoints["large"])
    assert 0 < paid.usd_micros <= most
    assert not paid.estimated


@pytest.mark.parametrize(
    ("url", "model", "window"),
    [("https://api.openai.com/v1", "gpt-4", 8_192), ("http://127.0.0.1:8000/v1", "gpt-4", None)],
)
def test_a_window_is_read_from_the_models_profile(url: str, model: str, window: int | None) -> None:
    """Of a model that somebody serves at home nobody knows how much it was given."""
    assert window_of(url, model) == window
