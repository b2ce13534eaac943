"""What a call costs, by the price data that comes with genai-prices; nothing is fetched."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from genai_prices import Usage, calc_price

from graph.budget import MICROS_PER_USD, estimate_tokens
from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.models.pricelist import Price
from surefoot.models.provider import Ask, Completion

Table = Mapping[str, Price]
EMPTY: Final[Table] = {}


def charged(completion: Completion, ask: Ask, endpoint: Endpoint, table: Table = EMPTY) -> Completion:
    """The completion with its price; where the endpoint counted nothing, by our own count of the tokens."""
    prompt, answer = completion.prompt_tokens, completion.completion_tokens
    estimated = not (prompt or answer)
    if estimated:
        prompt, answer = estimate_tokens(text for _, text in ask.messages), estimate_tokens([completion.text])
    micros = usd_micros(endpoint.base_url, ask.model, prompt, answer, completion.cached_tokens, table)
    return replace(
        completion,
        prompt_tokens=prompt,
        completion_tokens=answer,
        usd_micros=micros or 0,
        estimated=estimated,
        priced=micros is not None,
    )


@cache
def window_of(base_url: str, model: str) -> int | None:
    """Tokens of the model's context, by the same data; `None` where nobody knows it."""
    try:
        return calc_price(Usage(), model, provider_api_url=base_url).model.context_window
    except LookupError:
        return None


def usd_micros(  # noqa: PLR0913,PLR0917 what a price hangs on
    base_url: str, model: str, prompt: int, completion: int, cached: int = 0, table: Table = EMPTY
) -> int | None:
    """Micro-dollars, rounded up; `None` where nobody knows the price.

    The user's own table wins. Otherwise the price hangs on the endpoint: a model of a known name that somebody serves
    at home is not charged for.
    """
    if own := table.get(model):
        return own.usd_micros(prompt, completion, cached)
    usage = Usage(input_tokens=prompt, output_tokens=completion, cache_read_tokens=min(cached, prompt))
    try:
        return math.ceil(calc_price(usage, model, provider_api_url=base_url).total_price * MICROS_PER_USD)
    except LookupError:
        return None
