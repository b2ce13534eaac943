"""Whether this installation can run: each thing that could be wrong, looked at and told in one line.

Nothing is written, and nothing is repaired.
"""

from collections.abc import Iterator

from surefoot.doctor.breakers import breakers
from surefoot.doctor.finding import Finding
from surefoot.doctor.installation import names, packages, python, sqlite
from surefoot.doctor.storage import clock, database, disk
from surefoot.doctor.work import domain_findings, model
from surefoot.loading import bundled
from surefoot.settings import Settings


def examine(settings: Settings, domain: str | None = None) -> Iterator[Finding]:
    """Every finding, good ones included; of domains the one given, or all that are bundled."""
    yield python()
    yield sqlite()
    yield from packages()
    yield from names()
    yield from database(settings.db)
    yield disk(settings.db)
    yield clock(settings.db)
    yield from breakers(settings.db)
    yield model(settings)
    for name in [domain] if domain else bundled():
        yield from domain_findings(name)
