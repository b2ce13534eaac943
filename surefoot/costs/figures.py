"""Percentiles, and numbers rounded up so that people can read them."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not pass (nearest rank). `values` is not empty."""
    ranked = sorted(values)
    return ranked[max(1, math.ceil(share * len(ranked))) - 1]


def rounded_up(amount: float) -> float:
    """Up to two figures; 0 stays 0."""
    if amount <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(amount)) - 1)
    return round(math.ceil(round(amount / step, 9)) * step, 9)
