"""A tool whose backend is down is not offered: not to the planner, not to a model worker; and the doctor tells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from graph.briefs import PlanningBrief
from graph.contract import Plan, Task
from graph.domain import Domain, Tool
from graph.limits import BreakerRule
from graph.toolcall import ToolCall
from graph.toolloop import LoopBrief, LoopStep, model_worker
from graph.values import TaskId
from machine_kit import Machine, machine
from surefoot.doctor.breakers import breakers
from toolbox import context
from toybackend import LookUp, Person
from toydomain import toy

RULE = BreakerRule(faults=1, open_seconds=10)
DEAD = Tool("dead", "Is down.", LookUp, Person, lambda _: 1 / 0, breaker=RULE, attempts=1)
LONG = Person(name="x" * 50_000, title="Dr")
BIG = Tool("big", "Answers at length.", LookUp, Person, lambda _: LONG, shown_bytes=900)
SURVEY = Plan(tasks=(Task(id=TaskId("survey"), worker="survey", input={"name": "Ada"}),), summary="ask around")


class Witness:
    """Rules that plan and do a survey, and remember what they were shown."""

    def __init__(self) -> None:
        self.plans: list[PlanningBrief] = []
        self.steps: list[LoopBrief] = []

    def plan(self, brief: PlanningBrief) -> Plan:
        """The survey, whatever is listed."""
        self.plans.append(brief)
        return SURVEY

    def step(self, brief: LoopBrief) -> LoopStep:
        """Ask the long-winded tool once, then finish."""
        self.steps.append(brief)
        if not brief.seen:
            return LoopStep.calling("big", name="Ada")
        return LoopStep.finishing(Person(name="Ada", title="Dr"))


def surveyed(folder: Path, witness: Witness) -> Domain:
    """The toy domain, a tool that is down, a function worker that needs it, and a model worker that may use it."""
    domain = toy(folder)
    survey = model_worker("survey", "Asks around.", LookUp, Person, (DEAD, BIG), max_steps=4)
    needs = replace(domain.workers[0], name="needs", tools=("look_up", "dead"))
    rules: dict[str, Callable[[Any], BaseModel]] = {**domain.rules, "plan": witness.plan, "work:survey": witness.step}
    return replace(domain, tools=(*domain.tools, DEAD, BIG), workers=(*domain.workers, needs, survey), rules=rules)


async def break_it(world: Machine) -> None:
    """One call of the dead tool, which opens its breaker."""
    where = world.deps.domains.get("toy")
    result = await world.deps.tools.call(where, ToolCall(tool="dead", args={"name": "x"}), context(worker="survey"))
    assert result.error is not None
    assert set(world.deps.tools.withdrawn(where)) == {"dead"}


async def test_nobody_is_shown_a_withdrawn_tool(tmp_path: Path) -> None:
    """Who needs it is not listed, who may do without it is listed without it, and the planner is told until when."""
    witness = Witness()
    async with machine(tmp_path, domain=surveyed(tmp_path / "toy", witness)) as world:
        await break_it(world)
        view = await world.run()
        assert view.status == "complete"
        cards = {card.name: card.tools for card in witness.plans[0].workers}
        assert "needs" not in cards
        assert cards["survey"] == ("big",)
        assert list(witness.plans[0].withdrawn) == ["dead"]
        assert witness.plans[0].withdrawn["dead"].endswith("Z")
        assert [tuple(card.name for card in step.tools) for step in witness.steps] == [("big",), ("big",)]
        world.clock.advance(10)
        await world.run(thread_id="later")
    assert {card.name for card in witness.plans[-1].workers} >= {"needs", "survey"}
    assert witness.plans[-1].withdrawn == {}
    assert [card.name for card in witness.steps[-1].tools] == ["dead", "big"]


async def test_a_model_is_shown_the_capped_value_and_the_record_has_the_whole(tmp_path: Path) -> None:
    """The tool's own limit decides; neither the model nor the checkpoint sees more, the record loses nothing."""
    witness = Witness()
    async with machine(tmp_path, domain=surveyed(tmp_path / "toy", witness)) as world:
        view = await world.run()
        calls = await world.store.reads.tool_calls(view.job.run_id)
        held = await world.store.read(lambda on: on.execute("SELECT max(length(value)) FROM writes").fetchone()[0])
    (seen,) = witness.steps[-1].seen
    assert seen.value is not None
    assert len(str(seen.value)) < 1_000
    assert "_cut" in seen.value
    assert held < 20_000
    (big,) = [call for call in calls if call.call.tool == "big"]
    assert big.result.value == LONG.model_dump()


async def test_the_doctor_tells_what_is_withdrawn_and_until_when(tmp_path: Path) -> None:
    """A warning while it is open, a plain line once it is not, nothing a day later or without a file of ours."""
    witness = Witness()
    async with machine(tmp_path, domain=surveyed(tmp_path / "toy", witness)) as world:
        await break_it(world)
        path, now = world.store.path, world.clock.now() / 1e6
    (open_now,) = breakers(path, now)
    assert (open_now.topic, open_now.verdict) == ("tool toy/dead", "warning")
    assert "withdrawn until 12:00:10Z: its backend keeps failing; opened 1x" in open_now.found
    (over,) = breakers(path, now + 11)
    assert (over.verdict, over.found.partition(";")[0]) == ("ok", "not withdrawn")
    assert list(breakers(path, now + 25 * 3600)) == []
    assert list(breakers(tmp_path / "none.db", now)) == []
    (tmp_path / "text.db").write_text("no database")
    assert list(breakers(tmp_path / "text.db", now)) == []
