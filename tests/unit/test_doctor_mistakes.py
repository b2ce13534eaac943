"""Each mistake in a domain is told with its place and remedy, and all of them at once."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from graph.contract import Budget
from graph.domain import Domain, EffectIdentity, Policy, Tool, Worker, deliver_worker
from graph.prompt import Prompt
from graph.toolloop import model_worker
from surefoot.mistakes import mistakes_of
from toydomain import Request, toy

Change = Callable[[Domain], Domain]


class NotJson:
    """Something that JSON has no word for."""


class Unshowable(BaseModel):
    """A model without a JSON Schema."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    thing: NotJson


class Strict(BaseModel):
    """An outcome that cannot be empty."""

    needed: str


@dataclass
class NoModel:
    """A class that is no model."""


async def run(given: Any, context: Any) -> Request:
    """A worker's function."""
    return Request(name="x")


def found(domain: Domain) -> list[str]:
    """Its mistakes."""
    return list(mistakes_of(domain))


def tool(name: str, /, **changes: Any) -> Change:
    """The domain with one tool changed, and its delivery with it where it has one."""

    def change(domain: Domain) -> Domain:
        tools = {known.name: replace(known, **changes) if known.name == name else known for known in domain.tools}
        workers = [deliver_worker(tools[name]) if worker.delivers == name else worker for worker in domain.workers]
        return replace(domain, tools=tuple(tools.values()), workers=tuple(workers))

    return change


def worker(name: str, /, **changes: Any) -> Change:
    """The domain with one worker changed."""

    def change(domain: Domain) -> Domain:
        workers = (replace(known, **changes) if known.name == name else known for known in domain.workers)
        return replace(domain, workers=tuple(workers))

    return change


def policy(**changes: Any) -> Change:
    """The domain with its policy changed."""
    return lambda domain: replace(domain, policy=replace(domain.policy, **changes))


def domain_with(**changes: Any) -> Change:
    """The domain with fields of its own changed."""
    return lambda domain: replace(domain, **changes)


def without_rule(key: str) -> Change:
    """The domain without one of its rules."""
    return lambda domain: replace(domain, rules={name: rule for name, rule in domain.rules.items() if name != key})


def with_rule(key: str, rule: Any) -> Change:
    """The domain with one more rule."""
    return lambda domain: replace(domain, rules={**domain.rules, key: rule})


def with_worker(made: Callable[[Domain], Worker]) -> Change:
    """The domain with one more worker."""
    return lambda domain: replace(domain, workers=(*domain.workers, made(domain)))


def surveyor(domain: Domain) -> Worker:
    """A model worker that no rule answers for."""
    return model_worker("survey", "Asks around.", Request, Request, (domain.tools[0],))


def without_delivery(domain: Domain) -> Domain:
    """The domain without its last worker, which delivers."""
    return replace(domain, workers=domain.workers[:-1])


MISTAKES: list[tuple[Change, str]] = [
    (tool("look_up", input=NoModel), "tool look_up, input: NoModel is no pydantic model; derive it"),
    (tool("look_up", output=Unshowable), "tool look_up, output: Unshowable has no JSON Schema"),
    (tool("look_up", call=None), "tool look_up: call is None, which cannot be called"),
    (
        tool("greet", call=lambda given: given),
        "greet: irreversible tools are called with its input and the idempotency",
    ),
    (tool("look_up", call=run), "tool look_up: read tools are called with its input; change"),
    (tool("greet", identity=None), "tool greet: an effect needs an identity; say which input fields"),
    (tool("greet", identity=EffectIdentity(("nobody",))), "identity names 'nobody', which Greeting does not have"),
    (tool("greet", identity=EffectIdentity("name")), "identity.fields is a text; write EffectIdentity(('name',))"),  # type: ignore[arg-type]
    (tool("greet", probe="nothing"), "tool greet: probe names 'nothing', which is no tool"),
    (tool("greet", probe="greet"), "probe greet is irreversible; a probe may only read"),
    (tool("look_up", timeout_seconds=0), "tool look_up: timeout_seconds is 0; give more than 0"),
    (tool("look_up", attempts=0), "tool look_up: attempts is 0; give 1 or more"),
    (tool("look_up", effect="reed"), "tool look_up: effect is 'reed'; use one of read, write, irreversible"),
    (tool("look_up", stakes="money"), "policy.gates: no decision for (read, money), which tool look_up has; add one"),
    (worker("find", tools=("lookup",)), "worker find: no tool 'lookup'; declare it or drop it"),
    (worker("find", tools=("greet",)), "worker find: greet is legal in stage deliver only; use deliver_worker(greet)"),
    (worker("find", run=lambda given: given), "worker find: run must take two arguments"),
    (worker("find", input=dict), "worker find, input: dict is no pydantic model"),
    (worker("find", stage="deliver"), "worker find: a deliver worker makes one exact call of its tool; build it with"),
    (worker("find", stage="later"), "worker find: stage is 'later'; use one of work, deliver"),
    (worker("greet", input=Request), "worker greet: its input is not the tool's; build it with deliver_worker"),
    (worker("find", timeout_seconds=-1), "worker find: timeout_seconds is -1; give more than 0"),
    (worker("find", estimated_tokens=90_000), "90000 estimated tokens never fit in the budget's 80000"),
    (worker("ask", name="find"), "worker find: declared twice; rename one"),
    (without_delivery, "tool greet: no worker delivers it; add deliver_worker(greet) to the workers"),
    (domain_with(request=dict), "request: dict is no pydantic model"),
    (domain_with(outcome=Unshowable), "outcome: Unshowable has no JSON Schema"),
    (domain_with(validators=("known",)), "validators: 'known' cannot be called; give a function"),
    (domain_with(validators=run), "validators: run is no tuple; write (run,)"),
    (domain_with(validators=(tool,)), "validators: tool must be a function written with async def"),
    (domain_with(work_checks=(run,)), "work_checks: run must be a function written with plain def"),
    (domain_with(receipt_checks=(None,)), "receipt_checks: None cannot be called"),
    (domain_with(budget={"usd": 1}), "budget: is a dict; give a graph.contract.Budget"),
    (
        domain_with(prompts={"plans": Prompt("Plan.")}),
        "prompts: 'plans' is neither a role nor work:<worker>; use one of",
    ),
    (domain_with(prompts={"plan": Prompt(" ")}), "prompts['plan']: has no words"),
    (without_rule("plan"), "rules: no 'plan'; add an offline rule for it"),
    (without_rule("review"), "rules: no 'review'"),
    (without_rule("summarize"), "rules: no 'summarize'"),
    (with_rule("work:drift", toy), "rules: 'work:drift' is neither a role nor work:<worker>"),
    (with_worker(surveyor), "rules: no 'work:survey'; add an offline rule for it"),
    (policy(max_tasks=0), "policy.max_tasks: 0 is too small; give 1 or more"),
    (policy(task_attempts=-1), "policy.task_attempts: -1 is too small"),
    (policy(max_parallel=0), "policy.max_parallel: 0 is too small"),
    (policy(max_repeats=0), "policy.max_repeats: 0 is too small"),
    (policy(retry_base_seconds=0), "policy.retry_base_seconds: 0 is too small; give more than 0 seconds"),
    (policy(retry_cap_seconds=0.0001), "policy.retry_cap_seconds: 0.0001 is below retry_base_seconds"),
    (policy(decide_within_seconds=float("nan")), "policy.decide_within_seconds: nan is too small"),
    (policy(park_after_seconds=-1), "policy.park_after_seconds: -1 is too small"),
    (policy(summarize_at=1.5), "policy.summarize_at: 1.5 is no share"),
    (policy(timezone="Mars/Olympus"), "policy.timezone: 'Mars/Olympus' is unknown"),
    (policy(judge=lambda call: call), "policy.judge: must take 2 arguments"),
    (policy(judge=run), "policy.judge: run must be a function written with plain def"),
]


@pytest.mark.parametrize(("change", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_a_mistake_is_told(tmp_path: Path, change: Change, told: str) -> None:
    """A domain with one thing wrong has that one mistake, told with its place and what to do."""
    (mistake,) = found(change(toy(tmp_path)))
    assert told in mistake


def test_a_good_domain_has_none(tmp_path: Path) -> None:
    """What is right is not complained about, with a limit on nothing too."""
    assert found(toy(tmp_path)) == []
    assert found(replace(toy(tmp_path), budget=Budget(tokens=None))) == []


@pytest.mark.parametrize(
    ("gates", "told"),
    [
        ({("read", "none"): "open"}, "'open' is no gate; use one of free, reviewed, person, never"),
        ({("read", "fun"): "free"}, "(read, fun) is no kind of tool"),
        ({"read": "free"}, "'read' is no pair; write (effect, stakes)"),
    ],
)
def test_a_gate_that_is_none(tmp_path: Path, gates: Any, told: str) -> None:
    """A gate with a word that nobody knows would refuse for ever, so it is told."""
    domain = toy(tmp_path)
    assert any(told in mistake for mistake in found(policy(gates={**domain.policy.gates, **gates})(domain)))


def test_an_outcome_that_needs_data_needs_a_conclusion(tmp_path: Path) -> None:
    """Without `conclude` the data is empty, which would break the outcome only when a run completes."""
    domain = toy(tmp_path)
    bare = Domain(**{field.name: getattr(domain, field.name) for field in fields(domain) if field.name != "conclude"})
    (mistake,) = found(replace(bare, outcome=Strict))
    assert mistake.startswith("conclude: missing, but the outcome needs needed;")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Whoever mends a domain mends it once."""
    domain = toy(tmp_path)
    broken = without_rule("plan")(policy(max_tasks=0)(worker("find", tools=("lookup",))(domain)))
    assert len(found(replace(broken, policy=Policy(gates={}, max_tasks=0)))) == 5


def test_a_sync_worker_is_told_to_be_async(tmp_path: Path) -> None:
    """A worker that was written without async would fail only in its first run."""

    def sync(given: Any, context: Any) -> Request:
        return Request(name="x")

    (mistake,) = found(worker("find", run=sync)(toy(tmp_path)))
    assert mistake == "worker find: run is not async; write it with async def"


def test_two_tools_of_one_name(tmp_path: Path) -> None:
    """A second tool of a name would never be called."""
    domain = toy(tmp_path)
    look_up: Tool = domain.tools[0]
    (mistake,) = found(replace(domain, tools=(*domain.tools, look_up)))
    assert mistake == "tool look_up: declared twice; rename one"
