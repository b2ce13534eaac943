"""A token bucket as a pure function: pyrate-limiter's arithmetic, used to give each call its turn in advance.

Its own limiter sleeps and asks again. Here a call that has to wait books its turn when it comes, so that calls pass
in the order of their coming, each knows its wait at once, and one that could not wait that long books nothing.
"""

from dataclasses import dataclass
from typing import Final

from pyrate_limiter import Rate as Pyrate
from pyrate_limiter import TokenBucket

from graph.limits import Rate
from graph.values import Micros

MICROS: Final = 1_000_000
_MS: Final = 1_000
_ALGORITHM: Final = TokenBucket()


@dataclass(frozen=True)
class Bucket:
    """All that is kept of a bucket: when it will be full again, and when it was last looked at, in microseconds."""

    full_at: int = 0
    seen: int = 0


@dataclass(frozen=True)
class Turn:
    """When a call may pass; booked only where it `fits` the patience that was given."""

    at: Micros
    wait: float
    """Seconds until then."""
    fits: bool


def book(rate: Rate, bucket: Bucket, now: Micros, patience: float) -> tuple[Bucket, Turn]:
    """The next free turn, if it comes within `patience` seconds, and what the bucket is then."""
    limit = Pyrate(rate.calls, round(rate.seconds * _MS), rate.burst)
    full_at = bucket.full_at + min(0, now - bucket.seen)  # a clock that was set back must not lock everybody out
    at = now // _MS
    state, decision = _ALGORITHM.step([limit], (full_at,), at, 1)
    if decision.retry_after_ms is not None:
        at += decision.retry_after_ms
        state, _ = _ALGORITHM.step([limit], (full_at,), at, 1)
    due = Micros(max(now, int(state[0]) - limit.burst * _apart(limit)))
    wait = (due - now) / MICROS
    if wait > patience:
        return Bucket(full_at, now), Turn(due, wait, fits=False)
    return Bucket(int(state[0]), now), Turn(due, wait, fits=True)


def _apart(limit: Pyrate) -> int:
    """Microseconds from one token to the next."""
    state, _ = _ALGORITHM.step([limit], (0,), 0, 1)
    return int(state[0])
