"""Runs that parked or failed are re-entered where they stopped: what made them stop is taken back, the rest is kept."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

from graph.contract import Plan
from machine_kit import ADA, Machine, breaking, cancels_at, machine
from toydomain import plan, toy

HOUR: Final = 3600


async def parked(opened: Machine, shaky: int = 1) -> Any:
    """A run that waits 50 seconds for a retry."""
    opened.model.script["plan"] = [breaking(opened.backend, "shaky", plan, shaky)]
    return await opened.run(ADA, run_id="run-1")


async def test_a_parked_run_wakes_at_its_time(tmp_path: Path) -> None:
    """Not before, also after a restart; it goes on with the retry, and what was finished is kept."""
    domain = toy(tmp_path / "toy", retry_base_seconds=100.0)
    async with machine(tmp_path, domain=domain) as opened:
        view = await parked(opened)
        assert (view.status, view.resume_at) == ("parked", None)
        assert view.wake_at == opened.clock.now() + 50_000_000
        opened.clock.advance(49)
        assert await opened.runner.wake(opened.clock.now()) == []
        assert (await opened.runner.drive("run-1")).status == "parked"
        clock = opened.clock
    clock.advance(1)
    async with machine(tmp_path, domain=domain, clock=clock) as opened:
        (view,) = await opened.runner.wake(clock.now())
        assert view.status == "complete"
        assert Counter(opened.backend.runs()) == {("1/find", 1): 1, ("1/find", 2): 1, ("1/draft", 1): 1}
        assert "wake" in [step.reason for step in await opened.store.reads.timeline(view.job.run_id)]


async def test_a_resume_wakes_a_parked_run_at_once(tmp_path: Path) -> None:
    """A person need not wait for the backoff."""
    async with machine(tmp_path, domain=toy(tmp_path / "toy", retry_base_seconds=100.0)) as opened:
        await parked(opened)
        assert (await opened.runner.resume("run-1")).status == "complete"


async def test_waking_grants_no_attempts(tmp_path: Path) -> None:
    """A task that fails each time it is due is given up after its attempts, however often the run was parked."""
    async with machine(tmp_path, domain=toy(tmp_path / "toy", retry_base_seconds=100.0)) as opened:
        view = await parked(opened, shaky=9)
        for _ in range(9):
            if view.status != "parked":
                break
            opened.clock.advance(HOUR)
            (view,) = await opened.runner.wake(opened.clock.now())
        assert (view.status, view.outcome and view.outcome.cause) == ("failed", "tool_unavailable")
        assert opened.backend.runs() == [("1/find", 1), ("1/find", 2), ("1/find", 3)]


async def test_a_resume_grants_a_fresh_set_of_attempts(tmp_path: Path) -> None:
    """A run whose task was given up goes on with it, counting attempts on, and only with it."""
    async with machine(tmp_path) as opened:
        view = await parked(opened, shaky=4)
        assert (view.status, opened.backend.runs()) == ("failed", [("1/find", 1), ("1/find", 2), ("1/find", 3)])
        view = await opened.runner.resume("run-1")
        assert view.status == "complete"
        assert [attempt for task, attempt in opened.backend.runs() if task == "1/find"] == [1, 2, 3, 4, 5]


async def test_a_reference_to_nothing_is_given_up_twice(tmp_path: Path) -> None:
    """A resume of a plan whose reference cannot be resolved fails again, and does not go round in circles."""
    broken = plan_with_reference("find.nothing")
    async with machine(tmp_path, {"plan": [broken]}) as opened:
        view = await opened.run(ADA, run_id="run-1")
        for _ in range(2):
            assert (view.status, view.outcome and view.outcome.cause) == ("failed", "tool_invalid_input")
            view = await opened.runner.resume("run-1")


def plan_with_reference(ref: str) -> Plan:
    """A lookup and another that refers to its output."""
    first = {"id": "find", "worker": "find", "input": ADA}
    return Plan.model_validate({"tasks": [first, {"id": "two", "worker": "find", "input": {"name": {"$ref": ref}}}]})


async def test_a_cancellation_during_re_entry_ends_the_run(tmp_path: Path) -> None:
    """A run that was resumed is cancelled like any other."""
    async with machine(tmp_path, {"plan": [ConnectionError("a defect")]}) as opened:
        await opened.run(ADA, run_id="run-1")
    async with machine(tmp_path, adapt=cancels_at("planning")) as opened:
        view = await opened.runner.resume("run-1")
        assert (view.status, view.outcome and view.outcome.cause) == ("failed", "cancelled")
