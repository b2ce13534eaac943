"""Ceilings of a day: whose day, which limits, and until when."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes import NOON
from graph.contract import Ceiling
from graph.values import Micros
from surefoot.models.ceilings import Ceilings, day_of, lower
from toydomain import toy


def at(text: str) -> Micros:
    """A time in UTC."""
    return Micros(round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000)


@pytest.mark.parametrize(
    ("now", "timezone", "begin", "end", "hours"),
    [
        ("2025-12-01T12:00:00", "UTC", "2025-12-01T00:00:00+00:00", "2025-12-02T00:00:00+00:00", 24),
        ("2025-12-01T23:30:00", "Europe/Berlin", "2025-12-02T00:00:00+01:00", "2025-12-03T00:00:00+01:00", 24),
        ("2025-03-30T12:00:00", "Europe/Berlin", "2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00", 23),
        ("2025-10-26T12:00:00", "Europe/Berlin", "2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00", 25),
        ("2025-12-01T18:20:00", "Asia/Kathmandu", "2025-12-02T00:00:00+05:45", "2025-12-03T00:00:00+05:45", 24),
    ],
)
def test_a_day_is_from_midnight_to_midnight_there(now: str, timezone: str, begin: str, end: str, hours: int) -> None:
    """Also where the clocks change in it."""
    found = day_of(at(now), timezone)
    assert [each.isoformat() for each in found] == [begin, end]
    assert (found[1].timestamp() - found[0].timestamp()) / 3_600 == hours


def test_the_lower_of_two_ceilings() -> None:
    """Each limit on its own."""
    assert lower(Ceiling(tokens=5, usd=2.0), Ceiling(usd=1.0)) == Ceiling(tokens=5, usd=1.0)
    assert lower(Ceiling(), Ceiling()) == Ceiling()


def test_only_ceilings_that_limit_something_are_asked(tmp_path: Path) -> None:
    """A domain's own lowers the settings'; a tenant with a ceiling of its own has that alone."""
    domain = toy(tmp_path, timezone="Europe/Berlin")
    assert Ceilings().pools(domain, "acme", NOON) == ()
    ceilings = Ceilings(domain=Ceiling(tokens=9), tenant=Ceiling(usd=0.5), tenants={"acme": Ceiling(usd=2.0, tokens=7)})
    held = {(pool.scope, pool.name): (pool.tokens, pool.usd_micros) for pool in ceilings.pools(domain, "acme", NOON)}
    assert held == {("domain", "toy"): (9, None), ("tenant", "acme"): (7, 2_000_000)}
    (_, other) = ceilings.pools(domain, "other", NOON)
    assert (other.tokens, other.usd_micros, other.free_at) == (None, 500_000, "2025-12-02 00:00 Europe/Berlin")
