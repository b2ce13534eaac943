"""A circuit breaker a tool (see `graph.breaker`): admission, and the verdict on each call."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from graph.breaker import Breaker
from graph.domain import Domain, Tool
from graph.ports import Clock
from graph.rows import BreakerTurned
from graph.values import Micros
from tools.hints import refusal

PROBE_SECONDS: Final = 1.0
"""When to come back while another call probes the backend."""


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
