"""Finds domains by name, checks them once, and says all of their mistakes at once."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from graph.domain import Domain, Tool
from graph.errors import DomainMistake
from graph.schemas import schema_of
from surefoot.loading import load
from surefoot.mistakes import mistakes_of
from surefoot.models.prompts.render import fixed


class Catalog:
    """A bundled domain by its name, your own as `package.module:name`."""

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._loaded: dict[str, Domain] = {}
        self._refused: dict[str, str] = {}
        self._versions: dict[str, str] = {}

    def get(self, name: str) -> Domain:
        """The domain, loaded and checked once, and once only where it is refused. Raises `DomainMistake`."""
        if name in self._refused:
            raise DomainMistake(self._refused[name])
        if name not in self._loaded:
            try:
                self._loaded[name] = self._load(name)
            except DomainMistake as mistake:
                self._refused[name] = str(mistake)
                raise
        return self._loaded[name]

    def version(self, name: str) -> str:
        """Twelve hex digits that change with schemas, policy or prompts."""
        if name not in self._versions:
            self._versions[name] = fingerprint(self.get(name))
        return self._versions[name]

    def _load(self, name: str) -> Domain:
        domain = load(name, self._folder(name))
        if mistakes := list(mistakes_of(domain)):
            raise DomainMistake(_told(name, mistakes))
        return domain


def _told(name: str, mistakes: list[str]) -> str:
    """All mistakes in one line."""
    if len(mistakes) == 1:
        return f"domain {name}: {mistakes[0]}"
    numbered = " ".join(f"({number}) {mistake}" for number, mistake in enumerate(mistakes, start=1))
    return f"domain {name} has {len(mistakes)} mistakes: {numbered}"


def fingerprint(domain: Domain) -> str:
    """A hash of what a run was promised: schemas, policy and prompts."""
    policy = domain.policy
    promised = {
        "request": schema_of(domain.request),
        "outcome": schema_of(domain.outcome),
        "tools": {tool.name: _tool(tool) for tool in domain.tools},
        "workers": {worker.name: [schema_of(worker.input), worker.stage] for worker in domain.workers},
        "gates": sorted([*pair, gate] for pair, gate in policy.gates.items()),
        "limits": [policy.max_tasks, policy.max_revisions, policy.max_repeats, policy.task_attempts],
        "numbers": dict(policy.numbers),
        "prompts": {key: fixed(prompt) for key, prompt in domain.prompts.items()},
    }
    return hashlib.sha256(json.dumps(promised, sort_keys=True).encode()).hexdigest()[:12]


def _tool(tool: Tool) -> list[object]:
    """What a tool takes, what it may do, and the limits that it is called within."""
    limits = (tool.identity, tool.honours_keys, tool.timeout_seconds, tool.attempts, tool.rate, tool.breaker)
    return [schema_of(tool.input), tool.effect, tool.stakes, tool.most_bytes, tool.shown_bytes, *map(repr, limits)]
