"""What makes a plan acceptable: each fault found before anything runs."""

from pathlib import Path
from typing import Any, Final, get_args

import pytest

from graph.briefs import PlanningBrief
from graph.contract import FaultCode, Plan, PlanFault
from graph.errors import PlanRefused
from graph.plans import Ground, accepted
from graph.toolcall import EffectDone
from plan_kit import greet, result, task
from toydomain import plan, toy

DRAFT: Final = task("draft", "draft", input={"person": {"$ref": "find"}})
HELLO: Final = Plan(tasks=(task("find"), DRAFT, greet()))
DONE: Final = EffectDone(tool="greet", key="k", args={"name": "Ada", "text": "Hi", "price": 1})


def refused(proposal: Plan, folder: Path, **ground: Any) -> list[PlanFault]:
    """Every fault that is found."""
    domain = ground.pop("domain", None) or toy(folder)
    with pytest.raises(PlanRefused) as caught:
        accepted(proposal, 1, Ground(domain, **ground))
    return list(caught.value.faults)


FAULTY: Final[list[tuple[FaultCode, Plan, dict[str, Any], str | None]]] = [
    ("invalid_plan", Plan(tasks=()), {}, "tasks"),
    ("invalid_plan", Plan(tasks=(task("Bad Id"),)), {}, "id"),
    ("unknown_worker", Plan(tasks=(task("find", "nobody"),)), {}, "worker"),
    ("unknown_tool", Plan(tasks=(task("find", tools=("greet",)),)), {}, "tools"),
    ("unknown_tool", Plan(tasks=(task("find"),)), {"withdrawn": frozenset({"look_up"})}, "worker"),
    ("invalid_input", Plan(tasks=(task("find", input={}),)), {}, "input.name"),
    ("invalid_input", Plan(tasks=(task("find", input={"name": 5}),)), {}, "input.name"),
    ("unknown_ref", Plan(tasks=(task("find", depends_on=("else",)),)), {}, "depends_on"),
    ("unknown_ref", Plan(tasks=(task("find", input={"name": {"$ref": "else.name"}}),)), {}, "input"),
    ("unknown_ref", Plan(tasks=(task("find", input={"name": {"$ref": "0/x.name"}}),)),
     {"results": {"0/x": result("0/x", "failure")}}, "input"),
    ("duplicate_id", Plan(tasks=(task("find"), task("find"))), {}, "id"),
    ("cycle", Plan(tasks=(task("one", depends_on=("two",)), task("two", depends_on=("one",)))), {}, "depends_on"),
    ("cycle", Plan(tasks=(task("one", input={"name": {"$ref": "one.name"}}),)), {}, "depends_on"),
    ("too_many_tasks", Plan(tasks=tuple(task(f"t{n}") for n in range(13))), {}, "tasks"),
    ("illegal_stage", Plan(tasks=(task("find", stage="deliver"),)), {}, "stage"),
    ("illegal_stage", Plan(tasks=(greet(text="Hello.").model_copy(update={"stage": "work"}),)), {}, "stage"),
    ("illegal_stage", Plan(tasks=(greet(text="Hello."), greet("again", name={"$ref": "greet.name"}, text="Hello."))),
     {}, "input"),
    ("effect_done", HELLO, {"effects": (DONE,)}, "worker"),
    ("effect_done", Plan(tasks=(greet(name={"$ref": "0/find.name"}, text="Hello."),)),
     {"effects": (DONE,), "results": {"0/find": result("0/find", output={"name": "Ada"})}}, "worker"),
    ("over_budget", HELLO, {"tokens_left": 99}, "tasks"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "proposal", "ground", "field"), FAULTY)
def test_a_faulty_plan_is_refused(
    code: FaultCode, proposal: Plan, ground: dict[str, Any], field: str | None, tmp_path: Path
) -> None:
    """Each kind of fault is found, told with its code, its field and words, in the planner's own task ids."""
    faults = refused(proposal, tmp_path, **ground)
    found = [fault for fault in faults if (fault.code, fault.field) == (code, field)]
    assert found, faults
    assert all(fault.message for fault in faults)
    assert all(fault.task is None or fault.task in {each.id for each in proposal.tasks} for fault in faults)


def test_every_code_of_plan_checks_is_provoked() -> None:
    """No code stands in the contract that no plan can earn; `denied` has a test of its own."""
    assert {code for code, _, _, _ in FAULTY} == set(get_args(FaultCode)) - {"denied"}


def test_a_tool_that_policy_never_allows_is_not_planned(tmp_path: Path) -> None:
    """The planner is told before anything runs, not by a review of work already paid for."""
    domain = toy(tmp_path, gates={("read", "none"): "free", ("irreversible", "customer"): "never"})
    (fault,) = refused(HELLO, tmp_path, domain=domain)
    assert (fault.code, fault.task) == ("denied", "greet")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """A planner mends a plan in one go."""
    proposal = Plan(tasks=(task("A"), task("find", "nobody"), task("two", input={})))
    assert {fault.code for fault in refused(proposal, tmp_path)} == {"invalid_plan", "unknown_worker", "invalid_input"}


def test_an_accepted_plan_is_numbered(tmp_path: Path) -> None:
    """Ids and references carry the plan's number, references become dependencies, other plans' stay as they are."""
    earlier = result("1/find", output={"name": "Ada", "title": "Dr"})
    draft = task("draft", "draft", input={"person": {"$ref": "1/find"}}, depends_on=("find",))
    made = accepted(Plan(tasks=(task("find"), draft, greet())), 2, Ground(toy(tmp_path), {"1/find": earlier}))
    assert made.number == 2
    assert [each.id for each in made.tasks] == ["2/find", "2/draft", "2/greet"]
    assert made.tasks[1].input == {"person": {"$ref": "1/find"}}
    assert made.tasks[1].depends_on == ("1/find", "2/find")
    assert made.tasks[2].depends_on == ("2/draft",)


def test_another_identity_is_another_effect(tmp_path: Path) -> None:
    """Only the effect that happened is refused; another person may still be greeted."""
    assert accepted(Plan(tasks=(greet(name="Bob", text="Hello."),)), 1, Ground(toy(tmp_path), effects=(DONE,)))


def test_the_toy_domains_own_plan_is_acceptable(tmp_path: Path) -> None:
    """The plan that other tests run passes every check."""
    brief = PlanningBrief(request={"name": "Ada"}, plan_number=1, workers=())
    assert accepted(plan(brief), 1, Ground(toy(tmp_path))).tasks[-1].id == "1/greet"
