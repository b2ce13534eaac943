"""The ceilings of a day: what all runs of a domain, and of a tenant, may spend together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from graph.budget import MICROS_PER_USD
from graph.charges import Pool
from graph.contract import Ceiling
from graph.domain import Domain
from graph.values import Micros

SECOND: Final = 1_000_000
"""Microseconds."""


@dataclass(frozen=True)
class Ceilings:
    """What the settings say; a domain may lower its own."""

    domain: Ceiling = field(default_factory=Ceiling)
    """Of each domain."""
    tenant: Ceiling = field(default_factory=Ceiling)
    """Of each tenant that is not named below."""
    tenants: Mapping[str, Ceiling] = field(default_factory=dict)

    def pools(self, domain: Domain, tenant: str, now: Micros) -> tuple[Pool, ...]:
        """Those that a call at `now` is held against; the day is the domain's."""
        limits: tuple[tuple[Literal["domain", "tenant"], str, Ceiling], ...] = (
            ("domain", domain.name, lower(self.domain, domain.ceiling or Ceiling())),
            ("tenant", tenant, self.tenants.get(tenant, self.tenant)),
        )
        begin, end = day_of(now, domain.policy.timezone)
        return tuple(
            Pool(
                scope=scope,
                name=name,
                since=Micros(round(begin.timestamp()) * SECOND),
                until=Micros(round(end.timestamp()) * SECOND),
                tokens=ceiling.tokens,
                usd_micros=None if ceiling.usd is None else round(ceiling.usd * MICROS_PER_USD),
                free_at=f"{end:%Y-%m-%d %H:%M} {domain.policy.timezone}",
            )
            for scope, name, ceiling in limits
            if ceiling != Ceiling()
        )


def lower(one: Ceiling, other: Ceiling) -> Ceiling:
    """The lower of each limit; one that is not set limits nothing."""
    tokens = min((each.tokens for each in (one, other) if each.tokens is not None), default=None)
    usd = min((each.usd for each in (one, other) if each.usd is not None), default=None)
    return Ceiling(tokens=tokens, usd=usd)


def day_of(now: Micros, timezone: str) -> tuple[datetime, datetime]:
    """The day around `now`, from midnight to midnight there; 23 or 25 hours where the clocks change."""
    there = datetime.fromtimestamp(now / SECOND, UTC).astimezone(ZoneInfo(timezone))
    begin = there.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return begin, begin + timedelta(days=1)
