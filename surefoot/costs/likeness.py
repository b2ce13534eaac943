"""Runs that are like a job: of its domain, and of its kind where the domain knows kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from graph.costs import RunCost
from graph.domain import Domain
from graph.values import Json

FEW: Final = 5
"""Fewer runs of a kind than this say less than all runs of the domain."""
NOT_TYPICAL: Final = frozenset({"cancelled", "bad_request", "invalid"})
"""Causes of runs that ended before they had cost what such a job costs."""


@dataclass(frozen=True)
class Like:
    """The runs that an estimate rests on."""

    runs: tuple[RunCost, ...]
    kind: str | None = None
    """Set where all of them are of the job's own kind."""


def like(request: Json, domain: Domain, runs: Sequence[RunCost]) -> Like:
    """Runs of the same kind where there are enough, else all of the domain that went their way."""
    typical = typical_of(runs)
    kind = kind_of(request, domain)
    same = tuple(run for run in typical if kind is not None and kind_of(run.request, domain) == kind)
    return Like(same, kind) if len(same) >= FEW else Like(typical)


def typical_of(runs: Sequence[RunCost]) -> tuple[RunCost, ...]:
    """Runs that went their way, whatever came of it."""
    return tuple(run for run in runs if run.cause not in NOT_TYPICAL and run.calls)


def kind_of(request: Json, domain: Domain) -> str | None:
    """The kind that the domain sees in a request; `None` where it sees none."""
    return domain.kind(request) if domain.kind else None
