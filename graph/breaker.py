"""A circuit breaker: closed, then open after faults in a row, then half-open with a single probe.

Safe within one event loop: no method awaits, so each decision is whole.
"""

from typing import Final

from graph.limits import BreakerRule
from graph.ports import Clock
from graph.values import Micros

MICROS: Final = 1_000_000


class Breaker:
    """Counts the faults of one backend in a row. Verdicts on calls from before a change of state are ignored."""

    def __init__(self, clock: Clock, rule: BreakerRule) -> None:
        self._clock = clock
        self._rule = rule
        self._faults = 0
        self._opened_at: Micros | None = None
        self._probing = False
        self._generation = 0

    @property
    def open_for(self) -> float:
        """Seconds until a probe may pass; 0 where calls may pass now."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._rule.open_seconds - (self._clock.now() - self._opened_at) / MICROS)

    @property
    def until(self) -> Micros | None:
        """When a probe may pass; `None` of a closed one."""
        return None if self._opened_at is None else Micros(self._opened_at + round(self._rule.open_seconds * MICROS))

    def admit(self) -> int | None:
        """The generation that the call belongs to, or `None` where it may not pass."""
        if self._opened_at is not None:
            if self._probing or self.open_for > 0:
                return None
            self._probing = True
        return self._generation

    def succeeded(self, generation: int) -> bool:
        """The backend answered; a domain error is an answer. Returns whether that closed the breaker."""
        if generation != self._generation:
            return False
        self._faults = 0
        return self._opened_at is not None and self._turn(None)

    def faulted(self, generation: int) -> bool:
        """The backend failed. Returns whether that opened the breaker."""
        if generation != self._generation:
            return False
        self._faults += 1
        return (self._opened_at is not None or self._faults >= self._rule.faults) and self._turn(self._clock.now())

    def released(self, generation: int) -> None:
        """The call ended without a verdict, so that the next one may be the probe."""
        if generation == self._generation:
            self._probing = False

    def is_slow(self, seconds: float) -> bool:
        """Whether the rule counts a try of that length as a fault."""
        return self._rule.slow_seconds is not None and seconds > self._rule.slow_seconds

    def _turn(self, opened_at: Micros | None) -> bool:
        self._opened_at = opened_at
        self._probing = False
        self._generation += 1
        return True
