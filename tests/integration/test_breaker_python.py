"""New limits for a run, from Python."""

from pathlib import Path

import pytest

from graph.contract import Budget
from graph.errors import BadRequest
from surefoot import Surefoot
from surefoot.domains.support.cases import load_cases

TICKET = next(case for case in load_cases() if case.id == "where_is_my_order").request


async def test_a_run_is_given_more_from_python(tmp_path: Path) -> None:
    """A run that waits is told to be answered; an answer may name the limits, and the run goes on and completes."""
    async with Surefoot.open(tmp_path / "a.db") as agent:
        run = await agent.run(TICKET, budget=Budget(calls=2, on_alert="escalate"))
        assert run.escalation is not None
        assert run.escalation.kind == "budget"
        with pytest.raises(BadRequest, match="waits for a decision"):
            await agent.resume(run.id, budget=Budget(calls=9))
        run = await agent.decide(run.id, "raise", note="calls=9")
        assert run.status == "complete"


STUBBORN = """
from dataclasses import replace
from graph.briefs import ReviewVerdict
from toydomain import toy

def domain(folder):
    made = toy(folder, max_plans=2, max_revisions=9)
    review = lambda brief: ReviewVerdict(verdict="revise", reason="warmer")
    return replace(made, rules={**made.rules, "review": review})
"""
"""A reviewer that is never content."""


async def test_a_failed_run_takes_a_new_budget_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`too_many_plans` needs a budget, and with one the run goes on where it failed, for as many plans again."""
    (tmp_path / "stubborn_domain.py").write_text(STUBBORN)
    monkeypatch.syspath_prepend(str(tmp_path))
    async with Surefoot.open(tmp_path / "a.db", domain="stubborn_domain:domain") as agent:
        run = await agent.run({"name": "Ada"})
        assert (run.status, run.outcome and run.outcome.cause) == ("failed", "too_many_plans")
        with pytest.raises(BadRequest, match=r"--budget usd=0\.20"):
            await agent.resume(run.id)
        again = await agent.resume(run.id, budget=Budget(usd=0.30))
        assert (again.status, again.outcome and again.outcome.cause) == ("failed", "too_many_plans")
        assert again.spend.calls > run.spend.calls
