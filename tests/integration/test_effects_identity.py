"""Effects by identity: neither a new plan nor other prose nor another job does one again."""

from pathlib import Path
from typing import Any, Literal

import pytest

from bankkit import Bank, Paid, banking, with_rules
from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict
from graph.contract import Plan, Task
from graph.domain import EffectIdentity
from graph.toolloop import LoopBrief, LoopStep
from graph.values import TaskId
from machine_kit import machine

A1 = {"order": "A1"}


async def test_a_new_plan_pays_nothing_again(tmp_path: Path) -> None:
    """The review asks for changes after the payment: the next plan's same call is replayed, its receipt the same."""
    bank = Bank(tmp_path / "bank")
    verdicts = iter(["revise", "pass"])

    def review(_: ReviewBrief) -> ReviewVerdict:
        verdict: Any = next(verdicts)
        return ReviewVerdict(verdict=verdict, reason="once more")

    async with machine(tmp_path, domain=with_rules(banking(bank), review=review)) as opened:
        view = await opened.run(A1)
        results = (await opened.values(view))["results"]
    assert view.status == "complete"
    assert [results[task].output for task in ("1/act", "2/act")] == [{"number": 1}, {"number": 1}]
    assert len(bank.lines("tries")) == 1


async def test_a_new_plan_with_other_prose_is_a_conflict(tmp_path: Path) -> None:
    """The same order in other words is the same payment: it is refused as a conflict, and not made."""
    bank = Bank(tmp_path / "bank")
    verdicts = iter(["revise", "pass"])

    def review(_: ReviewBrief) -> ReviewVerdict:
        verdict: Any = next(verdicts)
        return ReviewVerdict(verdict=verdict, reason="once more")

    def plan(brief: PlanningBrief) -> Plan:
        words = f"as asked in review {len(brief.effects)}"
        return Plan(tasks=(Task(id=TaskId("act"), worker="act", input={"order": "A1", "words": words}),))

    async with machine(tmp_path, domain=with_rules(banking(bank), review=review, plan=plan)) as opened:
        view = await opened.run(A1)
    assert view.outcome is not None
    assert (view.status, view.outcome.cause) == ("failed", "tool_conflict")
    assert len(bank.payments) == 1


async def test_a_model_that_rephrases_pays_once(tmp_path: Path) -> None:
    """Same call: the receipt again. Same order in other words: a conflict that the model is shown. One payment."""
    bank = Bank(tmp_path / "bank")
    said: list[Any] = []

    def rephrase(brief: LoopBrief) -> LoopStep:
        said[:] = [step.value or step.error for step in brief.seen]
        words = ["please", "please", "pretty please"]
        if len(brief.seen) < 3:
            return LoopStep.calling("pay", order="A1", words=words[len(brief.seen)])
        return LoopStep.finishing(Paid.model_validate(brief.seen[0].value))

    domain = with_rules(banking(bank, by_model=True), work__act=rephrase)
    async with machine(tmp_path, domain=domain) as opened:
        view = await opened.run(A1)
    assert (view.status, len(bank.payments), len(bank.lines("tries"))) == ("complete", 1, 1)
    assert said[:2] == [{"number": 1}, {"number": 1}]
    assert said[2].startswith("conflict:")


@pytest.mark.parametrize(("scope", "payments"), [("run", 2), ("tenant", 1)])
async def test_two_jobs_of_a_tenant(tmp_path: Path, scope: Literal["run", "tenant"], payments: int) -> None:
    """With scope tenant the second job is given the first one's receipt; another tenant pays for itself."""
    bank = Bank(tmp_path / "bank")
    domain = banking(bank, tool={"identity": EffectIdentity(("order",), scope)})
    async with machine(tmp_path, domain=domain) as opened:
        first, second = await opened.run(A1), await opened.run(A1)
        assert (first.status, second.status) == ("complete", "complete")
        assert len(bank.payments) == payments
        results = (await opened.values(second))["results"]
        assert results["1/act"].output == {"number": payments}
        other = await opened.run(A1, tenant="globex")
    assert (other.status, len(bank.payments)) == ("complete", payments + 1)
