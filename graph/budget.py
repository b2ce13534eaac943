"""Pure budget decisions: limits in, verdicts out."""

import math
from collections.abc import Iterable

from graph.contract import Budget, Spend

MICROS_PER_USD = 1_000_000
BYTES_PER_TOKEN = 3
"""Conservative: common tokenizers take 3.5 to 4.5 bytes of English a token."""
TOKENS_PER_MESSAGE = 8
"""Role markers and separators around a message."""


def estimate_tokens(texts: Iterable[str]) -> int:
    """A local upper estimate of what messages cost in tokens; no vocabulary is fetched."""
    return sum(math.ceil(len(text.encode()) / BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE for text in texts)


def tightest(*budgets: Budget) -> Budget:
    """The budget whose every limit is the lowest of those given; the first one decides what follows an alert."""
    first = budgets[0]
    return first.model_copy(
        update={
            "tokens": _lowest(*(budget.tokens for budget in budgets)),
            "usd": _lowest(*(budget.usd for budget in budgets)),
            "seconds": _lowest(*(budget.seconds for budget in budgets)),
            "calls": _lowest(*(budget.calls for budget in budgets)),
            "alert_at": min(budget.alert_at for budget in budgets),
        }
    )


def tripped(budget: Budget, spend: Spend, forgiven: int = 0) -> bool:
    """Whether the breaker is open: a reservation was refused, or a dimension passed its alert share."""
    return spend.refused > forgiven or share_used(budget, spend) >= budget.alert_at


def share_used(budget: Budget, spend: Spend) -> float:
    """The largest share of any limit that is used up, 0 where nothing is limited."""
    shares = [
        spend.tokens / budget.tokens if budget.tokens else 0.0,
        spend.usd_micros / (budget.usd * MICROS_PER_USD) if budget.usd else 0.0,
        spend.worked / budget.seconds if budget.seconds else 0.0,
        spend.calls / budget.calls if budget.calls else 0.0,
    ]
    return max(shares)


def limit_for(role: str, budget: Budget) -> tuple[int | None, int | None, int | None]:
    """Tokens, micro-dollars and calls that a role may reserve up to: beyond the alert only `answer` may."""
    share = 1.0 if role == "answer" else budget.alert_at
    return (
        int(budget.tokens * share) if budget.tokens else None,
        int(budget.usd * MICROS_PER_USD * share) if budget.usd else None,
        int(budget.calls * share) if budget.calls else None,
    )


def raised(budget: Budget, factor: float = 2.0) -> Budget:
    """Every limit multiplied, as a person may decide on a card."""
    return budget.model_copy(
        update={
            "tokens": int(budget.tokens * factor) if budget.tokens else None,
            "usd": budget.usd * factor if budget.usd else None,
            "seconds": budget.seconds * factor if budget.seconds else None,
            "calls": int(budget.calls * factor) if budget.calls else None,
        }
    )


def _lowest(*limits: float | None) -> float | None:
    return min((limit for limit in limits if limit is not None), default=None)
