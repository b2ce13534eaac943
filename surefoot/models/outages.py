"""A circuit breaker a model and endpoint, so that a dead one is not asked again by every call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graph.breaker import Breaker
from graph.errors import ModelUnavailable
from graph.limits import BreakerRule
from graph.ports import Clock
from surefoot.models.provider import Hop


@dataclass(frozen=True)
class Outages:
    """The breakers of this process's models. Only what time may mend counts as a fault."""

    clock: Clock
    rule: BreakerRule
    breakers: dict[tuple[str, str], Breaker]
    """By place and model; kept by whoever makes this."""

    @contextmanager
    def admitted(self, hop: Hop) -> Iterator[None]:
        """Leave for one call. Raises `ModelUnavailable` at once where the model keeps failing."""
        breaker = self.breakers.setdefault((hop.place, hop.model), Breaker(self.clock, self.rule))
        generation = breaker.admit()
        if generation is None:
            again = f"it is asked again in {breaker.open_for:.0f} s" if breaker.open_for else "it is being probed"
            raise ModelUnavailable(f"{hop.model} at {hop.place} keeps failing; {again}")
        try:
            yield
        except ModelUnavailable:
            breaker.faulted(generation)
            raise
        else:
            breaker.succeeded(generation)
        finally:
            breaker.released(generation)
