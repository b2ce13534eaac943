"""What a run still lacks, and the budget that would pay for it: what the breaker's card proposes to a person."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.amounts import granted, limits_in, spent_of
from graph.contract import Budget, Header, Spend, Task
from graph.domain import Domain
from graph.errors import BadRequest
from graph.escalation import Answer, Escalation
from graph.state import RunState
from graph.states import NodeName
from graph.values import Json

ROOM: Final = 2_500
"""Tokens that one more call needs above what its like used: an answer is reserved up to its cap."""
SPARE: Final = 1.5
"""A person is asked once for enough, not twice for a little: a repair or a second try fits in."""


@dataclass(frozen=True)
class Lack:
    """What is missing until the run is done, as far as its plan says."""

    names: tuple[str, ...]
    """Tasks and steps, as a person knows them."""
    tokens: int
    usd_micros: int
    calls: int


def lacking(state: RunState, origin: NodeName, domain: Domain, spent_on: Mapping[str, Spend]) -> Lack:
    """The steps to come: a plan where none stands, the open tasks that ask a model, the review of the work."""
    plans = origin in {"planning", "revising"} or state["plan"] is None
    tasks = _open_tasks(state)
    named = ("a plan",) if plans else tuple(task.id for task in tasks)
    asked = [task for task in tasks if _asks(task, state, domain)]
    works = max(1, len(asked)) if plans else len(asked)
    reviews = state["stage"] == "work" or plans
    counts = {"plan": int(plans), "work": works, "review": int(reviews)}
    estimates = sum(_estimated(task, domain) for task in asked)
    tokens = sum(number * _a_call(role, spent_on) for role, number in counts.items() if number)
    tokens = math.ceil(max(tokens, estimates + ROOM) * SPARE)
    return Lack(
        names=(*named, "the review of the work") if reviews else named,
        tokens=tokens,
        usd_micros=math.ceil(tokens * _price(spent_on)),
        calls=math.ceil(sum(counts.values()) * SPARE),
    )


def proposed(budget: Budget, spend: Spend, lack: Lack) -> Json:
    """The limits that must rise for the run to go on, each with what it would be; readable numbers."""
    more = {"tokens": lack.tokens, "usd": lack.usd_micros / 1_000_000, "calls": lack.calls, "seconds": 0.0}
    if spend.calls:
        more["seconds"] = spend.worked / spend.calls * lack.calls
    limits: Json = {}
    for name, spent in spent_of(spend).items():
        limit = getattr(budget, name)
        needed = (spent + more[name]) / budget.alert_at
        if limit is not None and needed > limit:
            limits[name] = _readable(name, needed)
    return limits


def funded(state: RunState, limits: Json) -> Header:
    """The header with new limits; what was refused or used up before does not stop the run again."""
    header = state["header"]
    budget = header.budget.model_copy(update=limits)
    return header.model_copy(update={"budget": budget, "forgiven": state["spend"].refused})


def unaffordable(card: Escalation, answer: Answer, budget: Budget, spend: Spend) -> str | None:
    """Why an answer cannot be taken: it raises the budget to limits that are no good, or already used up."""
    option = card.option(answer.option)
    if card.kind != "budget" or answer.option != "raise" or option is None:
        return None
    try:
        granted(budget, spend, {**option.fields, **limits_in(answer.note)})
    except BadRequest as fault:
        return str(fault)
    return None


def _open_tasks(state: RunState) -> list[Task]:
    plan, results = state["plan"], state["results"]
    tasks = plan.tasks if plan else ()
    return [task for task in tasks if task.id not in results or results[task.id].status != "success"]


def _asks(task: Task, state: RunState, domain: Domain) -> bool:
    """Whether the task asks a model: its worker says so, or its last call was refused."""
    result = state["results"].get(task.id)
    refused = result is not None and result.error is not None and result.error.code == "cancelled"
    return task.stage == "work" and (refused or _estimated(task, domain) > 0)


def _estimated(task: Task, domain: Domain) -> int:
    worker = domain.worker(task.worker)
    return worker.estimated_tokens if worker else 0


def _a_call(role: str, spent_on: Mapping[str, Spend]) -> int:
    """Tokens of one more call of a role: as its calls so far, else as any call so far, and room for its answer."""
    known = spent_on.get(role) or _total(spent_on)
    return math.ceil(known.tokens / max(1, known.calls)) + ROOM


def _price(spent_on: Mapping[str, Spend]) -> float:
    """Micro-dollars a token, as the run has paid so far; 0 where nothing was charged."""
    total = _total(spent_on)
    return total.usd_micros / total.tokens if total.tokens else 0.0


def _total(spent_on: Mapping[str, Spend]) -> Spend:
    parts = spent_on.values()
    return Spend(
        tokens=sum(part.tokens for part in parts),
        usd_micros=sum(part.usd_micros for part in parts),
        calls=sum(part.calls for part in parts),
    )


def _readable(name: str, amount: float) -> float | int:
    """Rounded up to two figures."""
    step = 10.0 ** (math.floor(math.log10(amount)) - 1)
    rounded = round(math.ceil(round(amount / step, 9)) * step, 9)
    return rounded if name == "usd" else math.ceil(rounded)
