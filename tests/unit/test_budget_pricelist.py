"""The user's own prices: exact, conservative about what is cached, and refused where they have a hole."""

import re
from pathlib import Path

import pytest

from surefoot.models.endpoints.prices import usd_micros
from surefoot.models.pricelist import Price, prices_of

LOCAL = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("price", "used", "micros"),
    [
        (Price(input=0.5, output=1.5), (1_000, 200, 0), 800),
        (Price(input=0.1, output=0.2), (3, 1, 0), 1),
        (Price(input=2.0, output=0.0), (1_000, 0, 400), 2_000),
        (Price(input=2.0, output=0.0, cached=0.5), (1_000, 0, 400), 1_400),
        (Price(input=2.0, output=0.0, cached=0.5), (1_000, 0, 9_000), 500),
        (Price(input=0.0, output=0.0), (10**6, 10**6, 0), 0),
    ],
)
def test_a_price_in_micro_dollars(price: Price, used: tuple[int, int, int], micros: int) -> None:
    """A dollar a million tokens is a micro-dollar a token; parts of one are rounded up, once a call."""
    assert price.usd_micros(*used) == micros


def test_a_table_from_json_or_a_file(tmp_path: Path) -> None:
    """The same either way; an empty one is none."""
    text = '{"m": {"input": 1, "output": 2, "cached": 0.1}}'
    (tmp_path / "prices.json").write_text(text)
    assert prices_of(text) == prices_of(str(tmp_path / "prices.json")) == {"m": Price(input=1, output=2, cached=0.1)}
    assert prices_of(" ") == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"m": {"input": 1}}', "m.output: is missing; give it in US dollars a million tokens"),
        ('{"m": {"output": 1, "input": null}}', "m.input: is missing"),
        ('{"m": {"input": -1, "output": 1}}', "m.input: -1 is no price"),
        ('{"m": {"input": NaN, "output": 1}}', "m.input: nan is no price"),
        ('{"m": {"input": "1", "output": 1}}', "m.input: 1 is no price"),
        ('{"m": {"input": 1e9, "output": 1}}', "from 0 to 100,000"),
        ('{"m": {"input": 1, "output": 1, "in": 2}}', "m.in: there is no such price"),
        ('{"m": 3}', "m: give its prices as an object"),
        ("[1]", "give a JSON object such as"),
        ('{"m": ', "no JSON ("),
        ("nowhere.json", "nowhere.json cannot be read"),
    ],
)
def test_a_table_with_a_hole(given: str, told: str) -> None:
    """One line that names the model, the price and the remedy."""
    with pytest.raises(ValueError, match=re.escape(told)) as raised:
        prices_of(given)
    assert "\n" not in str(raised.value)


def test_the_users_table_wins() -> None:
    """Over the data that comes with us, and at any endpoint; without either nobody knows the price."""
    table = {"gpt-5-mini": Price(input=1, output=1)}
    assert usd_micros(LOCAL, "gpt-5-mini", 10, 5, table=table) == 15
    assert usd_micros(LOCAL, "gpt-5-mini", 10, 5) is None
