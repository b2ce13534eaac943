"""What bounds a tool's calls: how often it may be called, and when its backend counts as down."""

import math
from dataclasses import dataclass

from graph.errors import DomainMistake


@dataclass(frozen=True)
class Rate:
    """A token bucket: `burst` calls at once, and `calls` every `seconds` in the long run."""

    calls: int
    seconds: float = 1.0
    burst: int | None = None
    """Calls that a bucket at rest lets pass at once; `calls` where it is not given."""
    shared: bool = False
    """Whether all processes on one database file share the bucket; otherwise all runs of a process do."""
    bucket: str | None = None
    """Tools of a domain that name one bucket share it; otherwise each tool has its own."""

    def __post_init__(self) -> None:
        """Raises `DomainMistake`."""
        if self.calls < 1 or (self.burst is not None and self.burst < 1):
            raise DomainMistake(f"Rate calls={self.calls}, burst={self.burst}: each must be at least 1")
        if not (math.isfinite(self.seconds) and self.seconds >= 0.001):  # noqa: PLR2004 pyrate-limiter counts milliseconds
            raise DomainMistake(f"Rate seconds={self.seconds}: give a number of seconds, at least 0.001")


@dataclass(frozen=True)
class BreakerRule:
    """When a tool's breaker opens, and for how long."""

    faults: int = 5
    """Faults in a row that open it."""
    open_seconds: float = 30.0
    """How long the tool is withdrawn before one call may probe the backend."""
    slow_seconds: float | None = None
    """A try that takes longer counts as a fault even where it gives a value; `None`: slowness is no fault."""

    def __post_init__(self) -> None:
        """Raises `DomainMistake`."""
        if self.faults < 1:
            raise DomainMistake(f"BreakerRule faults={self.faults}: give at least 1")
        if not (math.isfinite(self.open_seconds) and self.open_seconds > 0):
            raise DomainMistake(f"BreakerRule open_seconds={self.open_seconds}: give a positive number of seconds")
        if self.slow_seconds is not None and not self.slow_seconds > 0:
            raise DomainMistake(f"BreakerRule slow_seconds={self.slow_seconds}: give a positive number, or None")
