"""Model workers: a bounded loop whose finished steps survive a death."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.contract import Plan, Task
from graph.domain import Domain
from graph.toolloop import LoopBrief, LoopStep, model_worker
from graph.values import TaskId
from machine_kit import machine
from surefoot.models.scripted import Line
from toybackend import LookUp, Person
from toydomain import toy

ASKED = Plan(tasks=(Task(id=TaskId("survey"), worker="survey", input={"name": "Ada"}),), summary="ask around")


def with_loop(folder: Path, **changes: Any) -> Domain:
    """The toy domain, and a model worker that looks people up."""
    domain = toy(folder)
    look_up = domain.tool("look_up")
    assert look_up is not None
    worker = model_worker("survey", "Asks around.", LookUp, Person, (look_up,), max_steps=4, **changes)
    rules = {**domain.rules, "plan": lambda _: ASKED, "work:survey": twice_then_finish}
    return replace(domain, workers=(*domain.workers, worker), rules=rules)


def twice_then_finish(brief: LoopBrief) -> LoopStep:
    """Look two people up, then say who the second is."""
    if len(brief.seen) < 2:
        return LoopStep.calling("look_up", name=f"person {len(brief.seen)}")
    value = brief.seen[-1].value
    assert value is not None
    return LoopStep.finishing(Person.model_validate(value))


async def test_a_loop_ends_with_a_checked_output(tmp_path: Path) -> None:
    """The model calls tools one at a time, sees their values, and finishes with the worker's own schema."""
    async with machine(tmp_path, domain=with_loop(tmp_path / "toy")) as world:
        view = await world.run()
        calls = await world.store.reads.tool_calls(view.job.run_id)
    assert view.status == "complete"
    assert [call.call.args["name"] for call in calls if call.task_id == "1/survey"] == ["person 0", "person 1"]


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (['{"tool": "no_such_tool"}', '{"tool": "no_such_tool"}'], 2),
        (['{"tool": "finish", "args": {"name": 7}}'], 4),
        (['{"tool": "look_up", "args": {"nom": "x"}}'], 4),
    ],
    ids=["a tool that does not exist", "an output that breaks the schema", "arguments that break the schema"],
)
async def test_a_loop_is_bounded(tmp_path: Path, lines: list[Line], asked: int) -> None:
    """Whatever the model says, a task takes at most max_steps decisions, and the run ends in a state."""
    domain = with_loop(tmp_path / "toy")
    domain = replace(domain, policy=replace(domain.policy, task_attempts=1))
    async with machine(tmp_path, domain=domain, script={"work:survey": lines}) as world:
        view = await world.run()
        assert len(world.model.asked("work")) == asked
    assert view.status == "failed"
    assert view.outcome is not None
    assert view.outcome.cause == "tool_invalid_output"


async def test_a_killed_loop_repeats_no_finished_step(tmp_path: Path) -> None:
    """A worker re-entered after a death asks for no decision again, and makes no finished call again."""
    hangs = asyncio.Event()

    async with machine(tmp_path, domain=with_loop(tmp_path / "toy")) as world:

        def three_then_finish(brief: LoopBrief) -> LoopStep:
            if len(brief.seen) == 2:
                world.backend.break_down("slow")
                hangs.set()
            if len(brief.seen) < 3:
                return LoopStep.calling("look_up", name=f"person {len(brief.seen)}")
            return LoopStep.finishing(Person(name="Ada", title="Dr"))

        world.model.script["work:survey"] = [three_then_finish]
        run_id = (await world.accept()).job.run_id
        driving = asyncio.create_task(world.runner.drive(run_id))
        await hangs.wait()
        await asyncio.sleep(0.05)
        driving.cancel()
        await asyncio.wait([driving])
        world.backend.mend()
        assert (await world.runner.view(run_id)).status == "interrupted"
        view = await world.runner.resume(run_id)
        calls = await world.store.reads.tool_calls(run_id)
        briefs = [ask.brief for ask in world.model.asked("work")]
    assert view.status == "complete"
    asked = [call.call.args["name"] for call in calls if call.task_id == "1/survey"]
    assert asked == ["person 0", "person 1", "person 2"]
    assert [len(brief.seen) for brief in briefs if isinstance(brief, LoopBrief)] == [0, 1, 2, 3]


async def test_what_only_time_can_mend_goes_to_the_retry_queue(tmp_path: Path) -> None:
    """A tool whose backend is down ends the attempt; the orchestrator retries it, the model does not."""
    async with machine(tmp_path, domain=with_loop(tmp_path / "toy"), script={"plan": [ASKED]}) as world:
        accepted = await world.accept()
        world.backend.break_down("down", 99)
        view = await world.runner.drive(accepted.job.run_id)
    assert view.outcome is not None
    assert view.outcome.cause == "tool_unavailable"
