"""The two detours: a context that does not fit, a budget that is nearly gone."""

from pathlib import Path
from typing import Any

import pytest

from graph.contract import Plan
from graph.errors import ModelUnavailable
from machine_kit import ADA, machine, narrow_at


async def test_a_history_that_never_fits_fails_where_it_was(tmp_path: Path) -> None:
    """A summary that does not help is tried once; the run says so and can be resumed where the context fits."""
    async with machine(tmp_path, adapt=narrow_at(2, 3)) as opened:
        view = await opened.run(ADA, run_id="run-1")
        assert (view.status, view.outcome and view.outcome.cause) == ("failed", "context_too_large")
        assert view.resume_at == "executing"
        assert (await opened.runner.resume("run-1")).status == "complete"


async def test_a_budget_that_is_raised_pays_for_what_it_refused(tmp_path: Path) -> None:
    """A task whose model call was refused is done once a person raises the budget, and the run completes."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, budget={"calls": 2})
        assert (await opened.card(view)).kind == "budget"
        view = await opened.runner.decide(view.job.run_id, "raise")
        assert (view.status, view.outcome and view.outcome.cause) == ("complete", "done")


@pytest.mark.parametrize(
    ("line", "budget", "status"),
    [(ModelUnavailable("down"), {}, "complete"), ("nonsense", {}, "complete"), (None, {"calls": 2}, "waiting")],
)
async def test_a_summary_that_cannot_be_had_is_an_extract(
    tmp_path: Path, line: Any, budget: dict[str, int], status: str
) -> None:
    """A model that is down, answers nonsense or is not paid for costs the summary, never the run."""
    async with machine(tmp_path, {"summarize": [line], "plan": [many()]}, adapt=narrow_at(4)) as opened:
        view = await opened.run(ADA, budget=budget)
        assert view.status == status
        texts = [str(message.content) for message in (await opened.values(view))["messages"]]
        assert any(text.startswith("Earlier: Plan 1") for text in texts)
        if status == "waiting":
            assert (await opened.card(view)).kind == "budget"


def many() -> Plan:
    """More lookups than run at once."""
    return Plan.model_validate({"tasks": [{"id": f"t{n}", "worker": "find", "input": ADA} for n in range(5)]})
