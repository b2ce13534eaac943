"""A user's own prices of models, in US dollars a million tokens: SUREFOOT_PRICES, as JSON or as a file's path."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from graph.values import Frozen

MILLION: Final = 1_000_000
MOST_USD: Final = 100_000
"""A million tokens cost less than this, or somebody meant another unit."""
EXAMPLE: Final = '{"my-model": {"input": 0.5, "output": 1.5}}'
NEEDED: Final = ("input", "output")
KNOWN: Final = (*NEEDED, "cached")


class Price(Frozen):
    """US dollars a million tokens. Without a price of their own, cached tokens cost what any input does."""

    input: float
    output: float
    cached: float | None = None

    def usd_micros(self, prompt: int, completion: int, cached: int = 0) -> int:
        """Micro-dollars, rounded up: a dollar a million tokens is a micro-dollar a token."""
        held = min(cached, prompt)
        kept = self.input if self.cached is None else self.cached
        parts = ((prompt - held, self.input), (held, kept), (completion, self.output))
        return math.ceil(sum((Decimal(str(price)) * tokens for tokens, price in parts), Decimal(0)))


def prices_of(given: object) -> dict[str, Price]:
    """The table. Raises `ValueError`, one line that names the model, the price and the remedy."""
    table = _read(given) if isinstance(given, str) else given
    if not isinstance(table, Mapping):
        raise ValueError(f"give a JSON object such as {EXAMPLE}, or the path of a file that holds one")  # noqa: TRY004 pydantic tells it
    return {
        str(model): price if isinstance(price, Price) else _price(str(model), price) for model, price in table.items()
    }


def _read(given: str) -> Any:
    if not given.strip():
        return {}
    text = given
    if not given.lstrip().startswith(("{", "[")):
        try:
            text = Path(given).read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"{given} cannot be read ({error.strerror}): name a file, or give JSON") from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg}, line {error.lineno}): give an object such as {EXAMPLE}") from error


def _price(model: str, given: object) -> Price:
    if isinstance(given, Price):
        return given
    if not isinstance(given, Mapping):
        raise ValueError(f"{model}: give its prices as an object, as in {EXAMPLE}")  # noqa: TRY004 pydantic tells it
    if strange := sorted(map(str, given.keys() - set(KNOWN))):
        raise ValueError(f"{model}.{strange[0]}: there is no such price; there are {', '.join(KNOWN)}")
    for name in NEEDED:
        if given.get(name) is None:
            raise ValueError(f"{model}.{name}: is missing; give it in US dollars a million tokens, 0 where it is free")
    return Price(**{name: _dollars(f"{model}.{name}", value) for name, value in given.items() if value is not None})


def _dollars(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST_USD:
        raise ValueError(f"{where}: {value} is no price; give US dollars a million tokens, from 0 to {MOST_USD:,}")
    return float(value)
