"""Mistakes in policy and budget: numbers out of range, decisions that cannot be taken."""

import re
from collections.abc import Iterator
from typing import Final, get_args
from zoneinfo import available_timezones

from graph.contract import Budget
from graph.domain import Domain, Effect, Gate, Policy, Stakes
from surefoot.mistakes.shape import not_functions, takes

AT_LEAST: Final = {
    "max_tasks": 1, "max_parallel": 1, "max_revisions": 0, "max_plans": 1, "max_escalations": 0, "max_repeats": 1,
    "task_attempts": 1,
}  # fmt: skip
POSITIVE: Final = ("retry_base_seconds", "retry_cap_seconds", "decide_within_seconds")


def policy_mistakes(domain: Domain) -> Iterator[str]:
    """Everything wrong with a policy, apart from pairs that its tools miss."""
    policy = domain.policy
    yield from _gate_mistakes(policy)
    yield from _number_mistakes(policy)
    yield from _pattern_mistakes(policy)
    yield from _decision_mistakes(policy)
    if policy.timezone not in available_timezones():
        yield f"policy.timezone: {policy.timezone!r} is unknown; use a name such as Europe/Berlin"


def _gate_mistakes(policy: Policy) -> Iterator[str]:
    for pair, gate in policy.gates.items():
        if not (isinstance(pair, tuple) and len(pair) == 2):  # noqa: PLR2004 a pair
            yield f"policy.gates: {pair!r} is no pair; write (effect, stakes)"
        elif pair[0] not in get_args(Effect) or pair[1] not in get_args(Stakes):
            yield f"policy.gates: ({pair[0]}, {pair[1]}) is no kind of tool; see Effect and Stakes in graph.domain"
        if gate not in get_args(Gate):
            yield f"policy.gates: {gate!r} is no gate; use one of {', '.join(get_args(Gate))}"


def _number_mistakes(policy: Policy) -> Iterator[str]:
    for name, least in AT_LEAST.items():
        if getattr(policy, name) < least:
            yield f"policy.{name}: {getattr(policy, name)} is too small; give {least} or more"
    for name in POSITIVE:
        if not getattr(policy, name) > 0:
            yield f"policy.{name}: {getattr(policy, name)} is too small; give more than 0 seconds"
    if policy.retry_cap_seconds < policy.retry_base_seconds:
        yield f"policy.retry_cap_seconds: {policy.retry_cap_seconds} is below retry_base_seconds; raise it"
    if not policy.park_after_seconds >= 0:
        yield f"policy.park_after_seconds: {policy.park_after_seconds} is too small; give 0 or more seconds"
    if not 0 < policy.summarize_at <= 1:
        yield f"policy.summarize_at: {policy.summarize_at} is no share; give one above 0 and at most 1"


def _pattern_mistakes(policy: Policy) -> Iterator[str]:
    if not isinstance(policy.pinned, tuple):
        yield f"policy.pinned: is a {type(policy.pinned).__name__}; give a tuple of regular expressions"
        return
    for pattern in policy.pinned:
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            yield f"policy.pinned: {pattern!r} is no regular expression ({error})"


def _decision_mistakes(policy: Policy) -> Iterator[str]:
    for name, arguments in (("judge", 2), ("plan_needs_approval", 1), ("on_exhausted", 1)):
        function = getattr(policy, name)
        yield from not_functions(f"policy.{name}", (function,), asynchronous=False)
        if callable(function) and not takes(function, *range(arguments)):
            yield f"policy.{name}: must take {arguments} arguments; see Policy in graph.domain"


def budget_mistakes(domain: Domain) -> Iterator[str]:
    """A budget that is none, or that not even one worker's estimate fits in."""
    budget = domain.budget
    if not isinstance(budget, Budget):
        yield f"budget: is a {type(budget).__name__}; give a graph.contract.Budget"
        return
    affordable = int(budget.tokens * budget.alert_at) if budget.tokens else None
    for worker in domain.workers:
        if affordable is not None and worker.estimated_tokens > affordable:
            yield (
                f"worker {worker.name}: {worker.estimated_tokens} estimated tokens never fit in the budget's "
                f"{affordable} before its alert; raise budget.tokens"
            )
