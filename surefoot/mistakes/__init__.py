"""What is wrong with a domain's wiring: every mistake at once, each with its place and its remedy."""

from collections.abc import Iterator

from graph.domain import Domain
from surefoot.mistakes.parts import tool_mistakes, worker_mistakes
from surefoot.mistakes.policy import budget_mistakes, policy_mistakes
from surefoot.mistakes.rules import prompt_mistakes, rule_mistakes, tier_mistakes
from surefoot.mistakes.shape import doubles, model_mistakes, not_functions


def mistakes_of(domain: Domain) -> Iterator[str]:
    """Every mistake that can be seen without running anything; none means that the domain may be used."""
    yield from doubles("tool", [tool.name for tool in domain.tools])
    yield from doubles("worker", [worker.name for worker in domain.workers])
    yield from model_mistakes("request", domain.request)
    yield from model_mistakes("outcome", domain.outcome)
    yield from _conclusion_mistakes(domain)
    for tool in domain.tools:
        yield from tool_mistakes(tool, domain)
    for worker in domain.workers:
        yield from worker_mistakes(worker, domain)
    yield from _function_mistakes(domain)
    yield from policy_mistakes(domain)
    yield from budget_mistakes(domain)
    yield from rule_mistakes(domain)
    yield from prompt_mistakes(domain)
    yield from tier_mistakes(domain)


def _conclusion_mistakes(domain: Domain) -> Iterator[str]:
    """Without `conclude` the outcome's data is empty, which must then fit."""
    default = Domain.__dataclass_fields__["conclude"].default
    needed = [name for name, field in getattr(domain.outcome, "model_fields", {}).items() if field.is_required()]
    if domain.conclude is default and needed:
        yield f"conclude: missing, but the outcome needs {', '.join(needed)}; say where its data comes from"


def _function_mistakes(domain: Domain) -> Iterator[str]:
    yield from not_functions("validators", domain.validators, asynchronous=True)
    yield from not_functions("work_checks", domain.work_checks, asynchronous=False)
    yield from not_functions("receipt_checks", domain.receipt_checks, asynchronous=False)
    yield from not_functions("conclude", (domain.conclude,), asynchronous=False)
    for place in ("from_message", "to_message", "simplify", "tell"):
        if (function := getattr(domain, place)) is not None:
            yield from not_functions(place, (function,), asynchronous=False)
