"""A circuit breaker a tool: closed, then open after faults in a row, then half-open with a single probe.

Safe within one event loop: no method awaits, so each decision is whole.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from graph.domain import Domain, Tool
from graph.limits import BreakerRule
from graph.ports import Clock
from graph.rows import BreakerTurned
from graph.values import Micros
from tools.hints import refusal

MICROS: Final = 1_000_000
PROBE_SECONDS: Final = 1.0
"""When to come back while another call probes the backend."""


class Breaker:
    """Counts the faults of one tool in a row. Verdicts on calls from before a change of state are ignored."""

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


@dataclass(frozen=True)
class Admission:
    """Leave of a breaker for one call, and where the verdict goes."""

    breaker: Breaker
    generation: int
    domain: str
    tool: str
    clock: Clock

    def judge(self, *, well: bool, seconds: float = 0.0) -> BreakerTurned | None:
        """Tell the breaker how the call went and how long its last try took; returns what that did to the breaker."""
        slow = well and self.breaker.is_slow(seconds)
        if well and not slow:
            return self._turned("closed", "a probe went well") if self.breaker.succeeded(self.generation) else None
        why = f"its backend took {seconds:.3g} s" if slow else "its backend keeps failing"
        return self._turned("open", why) if self.breaker.faulted(self.generation) else None

    def _turned(self, state: Literal["open", "closed"], reason: str) -> BreakerTurned:
        return BreakerTurned(
            domain=self.domain,
            tool=self.tool,
            state=state,
            until=self.breaker.until,
            reason=reason,
            at=self.clock.now(),
        )


class Breakers:
    """The breakers of every domain's tools in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breakers: dict[tuple[str, str], Breaker] = {}

    @contextmanager
    def admitted(self, domain: Domain, tool: Tool) -> Iterator[Admission]:
        """Leave for one call. Raises `ToolFailed` with `withdrawn`."""
        rule = tool.breaker or domain.policy.breaker
        breaker = self._breakers.setdefault((domain.name, tool.name), Breaker(self._clock, rule))
        generation = breaker.admit()
        if generation is None:
            message = f"{tool.name} is withdrawn: its backend keeps failing"
            raise refusal("withdrawn", message, retry_after=breaker.open_for or PROBE_SECONDS)
        try:
            yield Admission(breaker, generation, domain.name, tool.name, self._clock)
        finally:
            breaker.released(generation)

    def withdrawn(self, domain: Domain) -> Mapping[str, Micros]:
        """The domain's tools whose breaker is open and whose time for a probe has not come, and when it comes."""
        return {
            tool: breaker.until
            for (name, tool), breaker in self._breakers.items()
            if name == domain.name and breaker.until is not None and breaker.open_for > 0
        }
