"""What there is to work with: domains, each with its mistakes, and the model behind the gateway."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from graph.errors import BadRequest, DomainMistake
from surefoot.doctor.finding import Finding, ok, told, warning
from surefoot.loading import load
from surefoot.mistakes import mistakes_of
from surefoot.models.choice import said
from surefoot.models.endpoints.endpoint import endpoints_of
from surefoot.settings import Settings
from surefoot.trial import cases_of

HALF: Final = frozenset({"model_large", "model_small", "openai_base_url"})
"""Who sets one of these means to use an endpoint; a key may lie about for other programs."""


def model(settings: Settings) -> Finding:
    """What answers. Nothing is sent: a question would cost money."""
    line = said(settings)
    if endpoints_of(settings):
        return ok("model", f"{line}; not asked now")
    if HALF & settings.model_fields_set:
        return warning("model", line, "docs/models.md shows what each endpoint needs")
    return ok("model", f"{line}: free, needs no key and no network")


def domain_findings(name: str) -> Iterator[Finding]:
    """One line for a domain that can be used, else one a mistake. It is built over a folder that is thrown away."""
    topic = f"domain {name}"
    with TemporaryDirectory() as folder:
        try:
            domain = load(name, Path(folder) / "data")
            mistakes = list(mistakes_of(domain))
        except DomainMistake as error:
            yield told(topic, str(error).removeprefix(f"{topic}: "))
            return
    yield from (told(topic, mistake) for mistake in mistakes)
    if not mistakes:
        yield ok(topic, f"{len(domain.tools)} tools, {len(domain.workers)} workers")
        yield _cases(name)


def _cases(name: str) -> Finding:
    """A domain without cases runs; nobody knows how well."""
    topic = f"cases of {name}"
    try:
        return ok(topic, str(len(cases_of(name).load_cases())))
    except (BadRequest, DomainMistake) as error:
        found, _, remedy = str(error).removeprefix(f"domain {name} ").partition(": ")
        return warning(topic, found, remedy)
