from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from graph.briefs import ReviewVerdict
from graph.contract import Plan
from graph.errors import ContextOverflow
from graph.states import TERMINAL
from machine_kit import ADA, ONLY_FIND, Machine, config_of, machine
from toydomain import toy

OVERFLOW: Final = ContextOverflow("the request does not fit the window of m: mend SUREFOOT_MODEL_LARGE")


async def detours(opened: Machine, run_id: str) -> list[str]:
    """The states that the run came to `summarize` from."""
    timeline = await opened.store.reads.timeline(run_id)  # type: ignore[arg-type]
    return [step.source for step in timeline if step.target == "summarize"]


@pytest.mark.parametrize(("role", "state"), [("plan", "planning"), ("review", "reviewing")])
async def test_an_overflow_is_answered_with_a_summary(tmp_path: Path, role: str, state: str) -> None:
    """An endpoint whose window is smaller than we were told costs a detour, not the run; half the room is left."""
    async with machine(tmp_path, {role: [OVERFLOW, None]}) as opened:
        view = await opened.run(ADA)
        assert view.status == "complete"
        assert await detours(opened, view.job.run_id) == [state]
        values = await opened.values(view)
        assert values["fits"] == values["room"] == 32_000 * 7 // 10 // 2


@pytest.mark.parametrize(("role", "state"), [("plan", "planning"), ("review", "reviewing")])
async def test_a_second_overflow_ends_the_run(tmp_path: Path, role: str, state: str) -> None:
    """What does not fit even then fails where it was, with sizes and remedies in one line; mended, the run resumes."""
    async with machine(tmp_path, {role: [OVERFLOW, OVERFLOW, None]}) as opened:
        view = await opened.run(ADA)
        assert view.outcome is not None
        assert (view.status, view.outcome.cause, view.resume_at) == ("failed", "context_too_large", state)
        assert str(OVERFLOW) in view.outcome.message
        assert "a prompt may take 11,200" in view.outcome.message
        assert "\n" not in view.outcome.message
        assert await detours(opened, view.job.run_id) == [state]
        assert (await opened.runner.resume(view.job.run_id)).status == "complete"
        assert (await opened.values(view))["fits"] is None


async def test_a_worker_that_overflows_stops_the_run(tmp_path: Path) -> None:
    """A summary cannot help a worker, whose prompt is its own: the run says which setting to mend, and resumes."""
    async with machine(tmp_path, {"work:draft": [OVERFLOW, None]}) as opened:
        view = await opened.run(ADA)
        assert (view.status, view.outcome and view.outcome.cause) == ("failed", "model_refused")
        assert await detours(opened, view.job.run_id) == []
        assert (await opened.runner.resume(view.job.run_id)).status == "complete"


@dataclass
class Asking:
    """Plans that look up many people, again and again, until there were enough."""

    plans: int
    made: int = 0

    def __call__(self, _brief: Any) -> Plan:
        """The next plan."""
        self.made += 1
        if self.made > self.plans:
            return ONLY_FIND
        tasks = [{"id": f"t{n}", "worker": "find", "input": {"name": f"Ada {self.made}-{n}"}} for n in range(8)]
        return Plan.model_validate({"tasks": tasks, "summary": f"look {self.made}"})

    def judge(self, _brief: Any) -> ReviewVerdict:
        """More is wanted, until there were enough."""
        return ReviewVerdict(verdict="revise" if self.made <= self.plans else "pass", reason="more")


async def test_a_summary_never_shares_a_superstep(tmp_path: Path) -> None:
    """In a long run with many detours, no checkpoint has a summary and a worker to do at once, and nothing loops."""
    plans = Asking(12)
    many = toy(tmp_path / "toy", max_plans=40, max_revisions=40, max_repeats=200, summarize_at=0.05)
    async with machine(
        tmp_path, {"plan": [plans], "review": [plans.judge]}, domain=many, most_supersteps=400
    ) as opened:
        view = await opened.run(ADA)
        assert view.status == "complete"
        found = await detours(opened, view.job.run_id)
        assert len(found) >= 2
        assert len(found) < 12
        due = [state.next async for state in opened.runner.graph.aget_state_history(config_of(view))]
        assert any("worker" in names for names in due)
        assert all(set(names) <= {"worker"} or len(names) <= 1 for names in due)
        path = await opened.path(view)
        assert all(path[at + 1] not in {"summarize", *TERMINAL} for at, node in enumerate(path) if node == "summarize")
