"""Limits for a domain, proposed from what its runs cost: start conservative, widen as you validate."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from graph.contract import Budget
from graph.costs import RunCost
from graph.errors import BadRequest
from graph.values import Frozen
from surefoot.costs.figures import percentile, rounded_up
from surefoot.costs.likeness import typical_of

ENOUGH: Final = 20
"""Fewer runs than this have no 99th percentile to speak of."""
SHARE: Final = 0.99
SPARE: Final = 1.5
CUT_SHORT: Final = frozenset({"budget", "budget_exhausted", "simplified"})
"""Causes of runs that would have cost more, had they been let."""


class Proposal(Frozen):
    """One limit: what runs cost, and the limit that leaves room above it."""

    median: float
    p99: float
    limit: float
    now: float | None
    """The domain's present limit."""


class Suggestion(Frozen):
    """Limits for one domain."""

    domain: str
    runs: int
    cut_short: int
    """Runs among them that the budget ended: their like may need more than this says."""
    limits: Mapping[str, Proposal]
    """By dimension; dollars are missing where a price is not known or nothing was charged."""

    def python(self) -> str:
        """The limits as a domain states them."""
        named = ", ".join(f"{name}={_written(proposal.limit)}" for name, proposal in self.limits.items())
        return f"Budget({named})"


def suggested(domain: str, budget: Budget, runs: Sequence[RunCost]) -> Suggestion:
    """The 99th percentile times 1.5, rounded up. Raises `BadRequest` where there are too few runs to tell."""
    typical = typical_of(runs)
    if len(typical) < ENOUGH:
        raise BadRequest(
            f"domain {domain}: too few finished runs to suggest a budget ({len(typical)}, and {ENOUGH} are needed); "
            "keep a tight one until then"
        )
    return Suggestion(
        domain=domain,
        runs=len(typical),
        cut_short=sum(run.cause in CUT_SHORT for run in typical),
        limits={name: _proposal(name, values, budget) for name, values in _amounts(typical).items()},
    )


def _amounts(runs: Sequence[RunCost]) -> dict[str, list[float]]:
    amounts = {
        "tokens": [float(run.tokens) for run in runs],
        "usd": [run.usd_micros / 1_000_000 for run in runs],
        "seconds": [run.worked for run in runs],
        "calls": [float(run.calls) for run in runs],
    }
    if any(run.unpriced for run in runs) or not any(amounts["usd"]):
        del amounts["usd"]
    return amounts


def _proposal(name: str, values: list[float], budget: Budget) -> Proposal:
    p99 = percentile(values, SHARE)
    limit = rounded_up(p99 * SPARE)
    whole = limit if name == "usd" else float(max(1, math.ceil(limit)))
    return Proposal(median=percentile(values, 0.5), p99=p99, limit=whole, now=getattr(budget, name))


def _written(limit: float) -> str:
    return f"{limit:_.0f}" if limit == int(limit) else f"{limit:g}"
