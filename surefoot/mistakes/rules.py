"""Mistakes in offline rules and prompts: roles that every run needs, and names that fit nothing."""

from collections.abc import Iterator
from typing import Final, get_args

from graph import toolloop
from graph.domain import Domain, Role, Worker
from graph.prompt import Prompt
from surefoot.mistakes.shape import not_functions
from surefoot.models.tiers import PARTS

NEEDED: Final = ("plan", "review", "summarize")
"""Roles that any run may come to, whatever its domain. Which other roles a worker asks, only its code knows."""


def rule_mistakes(domain: Domain) -> Iterator[str]:
    """Rules that are missing, that nobody asks, or that cannot be called."""
    driven = [f"work:{worker.name}" for worker in domain.workers if is_model_worker(worker)]
    for key in (*NEEDED, *driven):
        if key not in domain.rules:
            yield f"rules: no {key!r}; add an offline rule for it"
    known = {*get_args(Role), *(f"work:{worker.name}" for worker in domain.workers)}
    for key, rule in domain.rules.items():
        if key not in known:
            yield f"rules: {key!r} is neither a role nor work:<worker>; mend its name"
        yield from not_functions(f"rules[{key!r}]", (rule,), asynchronous=False)


def is_model_worker(worker: Worker) -> bool:
    """Whether it was built by `model_worker`, so that a model surely drives it."""
    return getattr(worker.run, "__module__", None) == toolloop.__name__


def prompt_mistakes(domain: Domain) -> Iterator[str]:
    """Prompts of no role, or without words."""
    known = {*get_args(Role), *(f"work:{worker.name}" for worker in domain.workers)}
    for key, prompt in domain.prompts.items():
        if key not in known:
            yield f"prompts: {key!r} is neither a role nor work:<worker>; use one of {', '.join(get_args(Role))}"
        if not (isinstance(prompt, Prompt) and prompt.system.strip()):
            yield f"prompts[{key!r}]: has no words; give Prompt('...'), or drop it for the default"


def tier_mistakes(domain: Domain) -> Iterator[str]:
    """Tiers of no role."""
    for part in domain.tiers:
        if part not in PARTS:
            yield f"tiers: {part!r} is no role; use one of {', '.join(PARTS)}"
