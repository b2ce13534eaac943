"""A circuit breaker a tool: closed, then open after faults in a row, then half-open with a single probe.

Safe within one event loop: no method awaits, so each decision is whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from graph.domain import Domain
from graph.ports import Clock
from graph.values import Micros
from tools.hints import refusal

FAULTS_TO_OPEN: Final = 5
OPEN_SECONDS: Final = 30.0
MICROS: Final = 1_000_000


class Breaker:
    """Counts the faults of one tool in a row. Verdicts on calls from before a change of state are ignored."""

    def __init__(self, clock: Clock, faults: int = FAULTS_TO_OPEN, open_seconds: float = OPEN_SECONDS) -> None:
        self._clock = clock
        self._limit = faults
        self._open_seconds = open_seconds
        self._faults = 0
        self._opened_at: Micros | None = None
        self._probing = False
        self._generation = 0

    @property
    def open_for(self) -> float:
        """Seconds until a probe may pass; 0 where calls may pass now."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._open_seconds - (self._clock.now() - self._opened_at) / MICROS)

    def admit(self) -> int | None:
        """The generation that the call belongs to, or `None` where it may not pass."""
        if self._opened_at is not None:
            if self._probing or self.open_for > 0:
                return None
            self._probing = True
        return self._generation

    def succeeded(self, generation: int) -> None:
        """The backend answered; a domain error is an answer."""
        if generation == self._generation:
            self._faults = 0
            if self._opened_at is not None:
                self._turn(None)

    def faulted(self, generation: int) -> None:
        """The backend failed."""
        if generation == self._generation:
            self._faults += 1
            if self._opened_at is not None or self._faults >= self._limit:
                self._turn(self._clock.now())

    def released(self, generation: int) -> None:
        """The call ended without a verdict, so that the next one may be the probe."""
        if generation == self._generation:
            self._probing = False

    def _turn(self, opened_at: Micros | None) -> None:
        self._opened_at = opened_at
        self._probing = False
        self._generation += 1


@dataclass(frozen=True)
class Admission:
    """Leave of a breaker for one call, and where the verdict goes."""

    breaker: Breaker
    generation: int

    def judge(self, *, well: bool) -> None:
        """Tell the breaker how the call went."""
        (self.breaker.succeeded if well else self.breaker.faulted)(self.generation)


class Breakers:
    """The breakers of every domain's tools in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breakers: dict[tuple[str, str], Breaker] = {}

    @contextmanager
    def admitted(self, domain: Domain, tool: str) -> Iterator[Admission]:
        """Leave for one call. Raises `ToolFailed` with `withdrawn`."""
        breaker = self._breakers.setdefault((domain.name, tool), Breaker(self._clock))
        generation = breaker.admit()
        if generation is None:
            raise refusal("withdrawn", f"{tool} is withdrawn: its backend keeps failing", retry_after=breaker.open_for)
        try:
            yield Admission(breaker, generation)
        finally:
            breaker.released(generation)

    def withdrawn(self, domain: Domain) -> frozenset[str]:
        """The domain's tools whose breaker is open and whose time for a probe has not come."""
        return frozenset(
            tool for (name, tool), breaker in self._breakers.items() if name == domain.name and breaker.open_for > 0
        )
