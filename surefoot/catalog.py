"""Finds domains by name, checks them once, and says all of their mistakes at once."""

import hashlib
import importlib
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from graph.domain import Domain, Tool, Worker
from graph.errors import DomainMistake

BUNDLED = "surefoot.domains"


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
        module, _, attribute = name.partition(":")
        found = _found(name, module, attribute)
        domain = _built(name, found, self._folder(name.replace(":", "."))) if callable(found) else found
        if not isinstance(domain, Domain):
            raise DomainMistake(f"domain {name}: is a {type(domain).__name__}, must be or return a graph.domain.Domain")
        if mistakes := list(mistakes_of(domain)):
            raise DomainMistake(f"domain {name}: " + "; ".join(mistakes))
        return domain


def bundled() -> list[str]:
    """Names of the domains that come with Surefoot."""
    folder = files(BUNDLED)
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and (entry / "__init__.py").is_file())


def _found(name: str, module: str, attribute: str) -> Any:
    if not attribute and name not in bundled():
        raise DomainMistake(
            f"unknown domain {name!r}: use one of {', '.join(bundled())}, or package.module:name for your own"
        )
    path, attribute = (module, attribute) if attribute else (f"{BUNDLED}.{name}", "domain")
    try:
        return getattr(importlib.import_module(path), attribute)
    except ModuleNotFoundError as error:
        raise DomainMistake(f"domain {name}: no module {error.name}; is it on the path?") from error
    except AttributeError as error:
        raise DomainMistake(f"domain {name}: {path} has no {attribute!r}") from error
    except Exception as error:
        raise DomainMistake(f"domain {name}: importing {path} raised {_said(error)}; mend that module") from error


def _built(name: str, factory: Callable[[Path], Any], folder: Path) -> Any:
    try:
        return factory(folder)
    except DomainMistake:
        raise
    except Exception as error:
        raise DomainMistake(f"domain {name}: building it raised {_said(error)}; mend its factory") from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def mistakes_of(domain: Domain) -> Iterator[str]:
    """Everything that is wrong with a domain's wiring, each with its place and remedy."""
    yield from _doubles("tool", [tool.name for tool in domain.tools])
    yield from _doubles("worker", [worker.name for worker in domain.workers])
    for tool in domain.tools:
        yield from _tool_mistakes(tool, domain)
    for worker in domain.workers:
        yield from _worker_mistakes(worker, domain)
    if "plan" not in domain.rules:
        yield "rules: no 'plan'; add an offline rule for it"
    if not 0 < domain.policy.summarize_at <= 1:
        yield f"policy.summarize_at: {domain.policy.summarize_at} is not a share between 0 and 1"


def _doubles(kind: str, names: list[str]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{kind} {name}: declared twice; rename one"


def _tool_mistakes(tool: Tool, domain: Domain) -> Iterator[str]:
    if (tool.effect, tool.stakes) not in domain.policy.gates:
        yield f"policy.gates: no decision for ({tool.effect}, {tool.stakes}), which tool {tool.name} has; add one"
    if tool.effect != "read" and tool.identity is None:
        yield f"tool {tool.name}: an effect needs an identity; say which input fields make it the same effect"
    for name in tool.identity.fields if tool.identity else ():
        if name not in tool.input.model_fields:
            yield f"tool {tool.name}: identity names {name!r}, which {tool.input.__name__} does not have"
    if tool.probe and domain.tool(tool.probe) is None:
        yield f"tool {tool.name}: probe names {tool.probe!r}, which is no tool"


def _worker_mistakes(worker: Worker, domain: Domain) -> Iterator[str]:
    for name in worker.tools:
        tool = domain.tool(name)
        if tool is None:
            yield f"worker {worker.name}: no tool {name!r}; declare it or drop it"
        elif worker.stage == "work" and (tool.effect == "irreversible" or tool.stakes == "customer"):
            yield f"worker {worker.name}: {name} is legal in stage deliver only; use deliver_worker({name})"
    if worker.stage == "deliver" and (worker.delivers is None or worker.delivers != worker.name):
        yield f"worker {worker.name}: a deliver worker makes one exact call of its tool; build it with deliver_worker"


def fingerprint(domain: Domain) -> str:
    """A hash of what a run was promised: schemas, policy and prompts."""
    policy = domain.policy
    promised = {
        "request": domain.request.model_json_schema(),
        "outcome": domain.outcome.model_json_schema(),
        "tools": {tool.name: [tool.input.model_json_schema(), tool.effect, tool.stakes] for tool in domain.tools},
        "workers": {worker.name: [worker.input.model_json_schema(), worker.stage] for worker in domain.workers},
        "gates": sorted([*pair, gate] for pair, gate in policy.gates.items()),
        "limits": [policy.max_tasks, policy.max_revisions, policy.max_repeats, policy.task_attempts],
        "numbers": dict(policy.numbers),
        "prompts": dict(domain.prompts),
    }
    return hashlib.sha256(json.dumps(promised, sort_keys=True).encode()).hexdigest()[:12]
