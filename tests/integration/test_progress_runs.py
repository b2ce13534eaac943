"""No progress: repeated calls, circles and stale steps end in `repeated_call`, also across deaths and plans."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checkpoints.store import Store
from fakes import FakeClock
from graph.briefs import PlanningBrief
from graph.contract import Plan, Task
from graph.domain import Domain
from graph.errors import ModelRefused
from graph.ports import by_run
from graph.toolcall import ToolCall, ToolResult
from graph.toolloop import LoopBrief, LoopStep, model_worker
from graph.trail import Trail
from graph.values import TaskId
from machine_kit import machine
from surefoot.models.scripted import Line
from toolbox import Said, context, domain, tool
from tools.pipeline import HardenedTools
from toybackend import LookUp, Person
from toydomain import toy

CALL = ToolCall(tool="act", args={"order": "A1"})


def surveying(folder: Path, **changes: Any) -> Domain:
    """The toy domain, and a model worker that looks people up in at most twenty steps."""
    domain = toy(folder, task_attempts=1, **changes)
    look_up = domain.tool("look_up")
    assert look_up is not None
    worker = model_worker("survey", "Asks around.", LookUp, Person, (look_up,), max_steps=20)
    plan = Plan(tasks=(Task(id=TaskId("survey"), worker="survey", input={"name": "Ada"}),))
    rules = {**domain.rules, "plan": lambda _: plan, "work:survey": lambda _: asking("Bob")}
    return replace(domain, workers=(*domain.workers, worker), rules=rules)


def asking(name: str) -> LoopStep:
    """Look somebody up."""
    return LoopStep.calling("look_up", name=name)


# -- the record ------------------------------------------------------------------------------------


async def called(tools: HardenedTools, trail: Trail | None, task: str = "1/t", limit: int = 3) -> str | None:
    """One call of the tool; the error's code, or `None`."""
    where = replace(context(task), trail=trail)
    result: ToolResult = await tools.call(domain(tool(), max_repeats=limit), CALL, where)
    return result.error.code if result.error else None


def process(store: Store, name: str) -> HardenedTools:
    """A process's pipeline."""
    return HardenedTools(store.effects, store.records, FakeClock(), name)


async def test_counts_of_a_model_worker_survive_its_process(tmp_path: Path) -> None:
    """Two calls before a death and one after it are three; the fourth is refused, and each has a row of its own."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        before, after = process(store, "one"), process(store, "two")
        trail = Trail(kept=True)
        assert [await called(before, trail) for _ in range(2)] == [None, None]
        trail = Trail(kept=True)
        assert [await called(after, trail) for _ in range(2)] == [None, "repeated_call"]
        assert len(await store.records.calls(by_run(context().header))) == 4


async def test_a_function_worker_that_is_entered_again_counts_anew(tmp_path: Path) -> None:
    """It makes its calls again by design, in the same process or in another: deaths are no repetition."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        one, two = process(store, "one"), process(store, "two")
        for tools in (one, two, two, one):
            trail = Trail()
            assert [await called(tools, trail) for _ in range(3)] == [None] * 3


async def test_counts_of_other_tasks_come_from_the_record(tmp_path: Path) -> None:
    """A new plan's task, in a new process, has left what the first plan's did not use."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        first = Trail()
        assert [await called(process(store, "one"), first) for _ in range(2)] == [None, None]
        second, tools = Trail(), process(store, "two")
        assert [await called(tools, second, "2/t") for _ in range(2)] == [None, "repeated_call"]


async def test_tasks_at_once_share_the_limit(tmp_path: Path) -> None:
    """Four tasks that make the same call together make it as often as is allowed, no more."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        tools = process(store, "one")
        codes = await asyncio.gather(*(called(tools, Trail(), f"1/{number}") for number in range(4)))
    assert sorted(map(str, codes)) == ["None", "None", "None", "repeated_call"]


@pytest.mark.parametrize(("answers", "code"), [("equal", "repeated_call"), ("new", None)])
async def test_a_circle_with_equal_answers_is_ended(tmp_path: Path, answers: str, code: str | None) -> None:
    """A, B, A, B, A, B: the next A is refused where nothing new came of them, far below `max_repeats`."""
    made: list[str] = []

    def answer(ask: Any) -> Said:
        made.append(ask.order)
        return Said(text="same" if answers == "equal" else f"{len(made)}")

    where, trail = domain(tool(answer), max_repeats=100), Trail()
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as store:
        tools = process(store, "one")
        for order in ("A", "B", "A", "B", "A", "B", "A"):
            call = ToolCall(tool="act", args={"order": order})
            result = await tools.call(where, call, replace(context(), trail=trail))
    assert (result.error.code if result.error else None) == code
    assert len(made) == (6 if code else 7)


# -- runs ------------------------------------------------------------------------------------------


async def test_repeat_counts_of_a_run_survive_a_death(tmp_path: Path) -> None:
    """A loop that asks the same three times before a death, and goes on asking, is refused at its fourth."""
    hangs = asyncio.Event()
    refused: list[str] = []
    async with machine(tmp_path, domain=surveying(tmp_path / "toy", max_repeats=3)) as world:

        def same(brief: LoopBrief) -> LoopStep:
            if len(brief.seen) == 3 and not hangs.is_set():
                world.backend.break_down("slow")
                hangs.set()
                return asking("somebody else")
            refused[:] = [step.error for step in brief.seen if step.error]
            return LoopStep.finishing(Person(name="Ada", title="Dr")) if refused else asking("Bob")

        world.model.script["work:survey"] = [same]
        run_id = (await world.accept()).job.run_id
        driving = asyncio.create_task(world.runner.drive(run_id))
        await hangs.wait()
        await asyncio.sleep(0.05)
        driving.cancel()
        await asyncio.wait([driving])
        world.backend.mend()
    async with machine(
        tmp_path, {"work:survey": [same]}, domain=surveying(tmp_path / "toy", max_repeats=3), clock=FakeClock()
    ) as again:
        again.clock.advance(3_600)
        view = await again.runner.resume(run_id)
        calls = await again.store.reads.tool_calls(run_id)
    asked = [row.call.args["name"] for row in calls if row.task_id == "1/survey"]
    assert view.status == "complete"
    assert len(refused) == 1
    assert refused[0].startswith("repeated_call: the same call was made 3 times already")
    assert asked.count("Bob") == 4


STALE: list[tuple[str, list[Line], str]] = [
    ("the same call", [asking("Ada")], "tool_repeated_call"),
    ("errors of one kind", ['{"tool": "look_up", "args": {"nom": "x"}}'], "tool_repeated_call"),
    ("outputs that do not fit", ['{"tool": "finish", "args": {"name": 7}}'], "tool_invalid_output"),
]


@pytest.mark.parametrize(("lines", "cause"), [line[1:] for line in STALE], ids=[line[0] for line in STALE])
async def test_a_loop_that_learns_nothing_is_stopped_early(tmp_path: Path, lines: list[Line], cause: str) -> None:
    """Of twenty steps it gets five, and the end says what it tried."""
    async with machine(tmp_path, {"work:survey": lines}, domain=surveying(tmp_path / "toy", max_repeats=50)) as world:
        view = await world.run()
        assert len(world.model.asked("work")) == 5
    assert view.outcome is not None
    assert (view.status, view.outcome.cause) == ("failed", cause)
    assert "learned nothing new in its last 4 steps; it tried" in view.outcome.message


async def test_a_loop_that_learns_something_each_time_may_use_its_steps(tmp_path: Path) -> None:
    """Twenty people are twenty facts."""

    def everybody(brief: LoopBrief) -> LoopStep:
        if brief.steps_left == 1:
            return LoopStep.finishing(Person(name="Ada", title="Dr"))
        return asking(f"person {len(brief.seen)}")

    domain = surveying(tmp_path / "toy")
    async with machine(tmp_path, {"work:survey": [everybody]}, domain=domain) as world:
        view = await world.run()
        assert (view.status, len(world.model.asked("work"))) == ("complete", 20)


@pytest.mark.parametrize(("policy", "ends"), [("replan", "complete"), ("escalate", "waiting"), ("fail", "failed")])
async def test_the_orchestrator_decides_what_follows(tmp_path: Path, policy: str, ends: str) -> None:
    """A repetition goes where policy sends it: to the planner, to a person, or to the end."""

    def plan(brief: PlanningBrief) -> Plan:
        worker = "find" if "repeated_call" in brief.history else "survey"
        return Plan(tasks=(Task(id=TaskId(worker), worker=worker, input={"name": "Ada"}),))

    domain = surveying(tmp_path / "toy", on_exhausted=lambda _: policy)
    domain = replace(domain, rules={**domain.rules, "plan": plan})
    async with machine(tmp_path, domain=domain) as world:
        view = await world.run()
        assert view.status == ends
        if ends == "waiting":
            assert "learned nothing new" in (await world.card(view)).decision_needed


# -- a setting that only a person can mend ---------------------------------------------------------


async def test_a_setting_mistake_met_by_a_worker_fails_the_run_at_once(tmp_path: Path) -> None:
    """FAILED with cause `model_refused` and the setting's name; policy is not asked; a resume completes."""
    script: dict[str, list[Line]] = {"work:survey": [ModelRefused("mend OPENAI_API_KEY")]}
    domain = surveying(tmp_path / "toy", on_exhausted=lambda _: "escalate")
    async with machine(tmp_path, script, domain=domain) as world:
        view = await world.run()
        assert view.outcome is not None
        assert (view.status, view.outcome.cause, view.resume_at) == ("failed", "model_refused", "executing")
        assert "OPENAI_API_KEY" in view.outcome.message
        assert [letter.letter.cause for letter in await world.open_letters()] == ["model_refused"]
        world.model.script["work:survey"] = [LoopStep.finishing(Person(name="Ada", title="Dr"))]
        view = await world.runner.resume(view.job.run_id)
    assert view.status == "complete"


async def test_two_workers_may_meet_it_at_once(tmp_path: Path) -> None:
    """Parallel tasks that are all refused end the run once; a sibling's finished work is kept over the resume."""
    domain = surveying(tmp_path / "toy")
    tasks = (("one", "survey"), ("two", "survey"), ("three", "find"))
    plan = Plan(tasks=tuple(Task(id=TaskId(name), worker=worker, input={"name": "Ada"}) for name, worker in tasks))
    domain = replace(domain, rules={**domain.rules, "plan": lambda _: plan})
    async with machine(tmp_path, {"work:survey": [ModelRefused("mend it")]}, domain=domain) as world:
        view = await world.run()
        assert view.outcome is not None
        assert (view.status, view.outcome.cause) == ("failed", "model_refused")
        world.model.script["work:survey"] = [LoopStep.finishing(Person(name="Ada", title="Dr"))]
        view = await world.runner.resume(view.job.run_id)
        assert (view.status, world.backend.runs()) == ("complete", [("1/three", 1)])
