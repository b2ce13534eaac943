"""The budget breaker over the whole machine: it trips loudly, asks well, answers simply, declines, and lets go on."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from langgraph.types import Command

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict, SimplifyBrief
from graph.context import RunContext
from graph.contract import Budget, Finding, Plan, Task
from graph.domain import Decision, Domain
from graph.errors import BadRequest, ModelUnavailable, ToolFailed
from graph.jobs import RunView
from graph.ports import RunRef
from graph.toolcall import ToolError
from graph.values import Json, TaskId
from machine_kit import ADA, NONSENSE, Machine, Script, config_of, machine
from toybackend import Greeting, Receipt
from toydomain import Draft, plan, toy

REPLAN: Final[Json] = {"on_exhausted": lambda _: "replan", "max_plans": 1_000, "max_escalations": 1_000}
"""A domain that plans again and again."""
LOOPS: Final[dict[str, Script]] = {
    "a planner that is never understood": {"plan": [NONSENSE]},
    "a worker that talks nonsense": {"work:draft": ["nonsense"]},
    "a reviewer that is never content": {"review": [ReviewVerdict(verdict="revise", reason="warmer")]},
}


def ended(view: RunView) -> tuple[str, str | None]:
    """How it stands, and why."""
    return view.status, view.outcome.cause if view.outcome else None


async def alerts(opened: Machine, view: RunView) -> list[tuple[str, str]]:
    """What was alerted."""
    return [(alert.kind, alert.message) for alert in await opened.store.reads.alerts(view.job.run_id)]


def curt(folder: Path, **changes: Any) -> Domain:
    """The toy domain with a simplified answer that a small model writes from the facts at hand."""
    domain = toy(folder, judge=_anything, **changes)

    def simplify(brief: SimplifyBrief) -> Plan:
        text = brief.answer["text"] if brief.answer else "We are short of words."
        args = {"name": brief.request["name"], "text": text, "price": 0}
        greet = Task(id=TaskId("greet"), stage="deliver", worker="greet", input=args)
        return Plan(tasks=(greet,), summary="a short hello")

    def say(brief: SimplifyBrief) -> Draft:
        return Draft(text=f"Hello, {brief.results['1/find'].output}.")

    rules = {**domain.rules, "answer": say}
    return replace(domain, rules=rules, simplify=simplify, short_answer=Draft)


# -- loudly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("on_alert", "status"), [("escalate", "waiting"), ("simplify", "complete"), ("decline", "rejected")]
)
async def test_a_loop_that_would_burn_money_stops(tmp_path: Path, loop: str, on_alert: str, status: str) -> None:
    """Whoever loops for ever, the run ends within its limit, with an alert and a clear end, and sends at most once."""
    domain = toy(tmp_path / "toy", **REPLAN, max_revisions=1_000)
    async with machine(tmp_path, LOOPS[loop], domain=domain, most_supersteps=900) as opened:
        view = await opened.run(ADA, budget={"calls": 30, "on_alert": on_alert})
        while view.status == "waiting" and (card := await opened.card(view)).kind != "budget":
            view = await opened.runner.decide(view.job.run_id, card.recommended)
        assert view.status == status
        assert (await opened.spent(view)).calls <= 24
        assert [kind for kind, _ in await alerts(opened, view)] == ["budget_breaker"]
        assert len(opened.backend.effects()) == (1 if on_alert == "simplify" else 0)
        cause = view.outcome.cause if view.outcome else (await opened.card(view)).kind
        assert cause == {"waiting": "budget", "complete": "simplified", "rejected": "budget"}[status]


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ({"calls": 2}, "used 1 of 2 model calls (50%); a work call of about"),
        ({"tokens": 600}, "of 600 tokens"),
        ({"seconds": 10.0}, "used 9.0 of 10.0 s (90%)"),
    ],
)
async def test_an_alert_says_what_is_used_up(tmp_path: Path, budget: Json, told: str) -> None:
    """Calls, tokens and seconds of work trip the same breaker, and its alert names the amount and the limit."""
    async with machine(tmp_path) as opened:
        opened.model.script = {"plan": [slow(opened)]}
        view = await opened.run(ADA, budget=budget)
        assert view.status == "waiting"
        ((kind, message),) = await alerts(opened, view)
        assert kind == "budget_breaker"
        assert told in message
        assert "fallback" in await opened.path(view)


def slow(opened: Machine) -> Any:
    """A planner that takes nine seconds."""

    def line(brief: PlanningBrief) -> Plan:
        opened.clock.advance(9)
        return plan(brief)

    return line


async def test_waiting_for_people_is_not_work(tmp_path: Path) -> None:
    """A day until somebody decides, and an hour parked, use nothing of a budget of seconds."""
    domain = toy(tmp_path / "toy", retry_base_seconds=100.0)
    async with machine(tmp_path, domain=domain) as opened:
        opened.backend.break_down("shaky_find")
        view = await opened.run({"name": "Ada", "price": 500}, budget={"seconds": 10.0})
        assert view.status == "parked"
        opened.clock.advance(3_600)
        opened.backend.mend()
        (view,) = await opened.runner.wake(opened.clock.now())
        assert view.status == "waiting"
        opened.clock.advance(24 * 3_600)
        assert ended(await opened.runner.decide(view.job.run_id, "approve")) == ("complete", "done")
        assert (await opened.spent(view)).worked < 1.0


async def test_work_is_counted_once_by_the_clock(tmp_path: Path) -> None:
    """Nine seconds of planning are nine seconds of work, whatever runs beside them."""
    async with machine(tmp_path) as opened:
        opened.model.script = {"plan": [slow(opened)]}
        view = await opened.run(ADA)
        assert ended(view) == ("complete", "done")
        assert (await opened.spent(view)).worked == pytest.approx(9.0)


async def test_what_is_paid_for_is_delivered(tmp_path: Path) -> None:
    """Work that passed its review goes out although the last call passed the alert: delivering costs no call."""
    domain = replace(toy(tmp_path / "toy"), budget=Budget(alert_at=1.0))
    async with machine(tmp_path, domain=domain) as opened:
        view = await opened.run(ADA, budget={"calls": 3, "alert_at": 1.0})
        assert ended(view) == ("complete", "done")
        assert await alerts(opened, view) == []


# -- a person ----------------------------------------------------------------------------------------


async def test_the_card_says_what_is_done_and_missing_and_what_more_would_cost(tmp_path: Path) -> None:
    """Done, missing, spent on what; the amount to raise to; the simple answer; stop, which is the default."""
    async with machine(tmp_path) as opened:
        card = await opened.card(await opened.run(ADA, budget={"calls": 2}))
        assert [option.id for option in card.options] == ["raise", "simplify", "stop"]
        assert card.default_option == "stop"
        facts = {fact.text.partition(":")[0]: fact.text for fact in card.facts}
        assert "1/find" in facts["Done"]
        assert "1/draft" in facts["Missing"]
        assert "review" in facts["Missing"]
        assert "1 model call" in facts["Spent"]
        assert facts["Spent on"].startswith("Spent on: plan 100%")
        option = card.options[0]
        assert option.fields["calls"] > 2
        assert f"Raised to {option.fields['calls']} model calls" in option.expected_impact
        assert "tokens" in card.decision_needed


async def test_raising_as_proposed_is_enough(tmp_path: Path) -> None:
    """What the card proposes pays for what is missing: the run goes on where it was and repeats nothing."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, budget={"calls": 2})
        done = len(opened.backend.runs())
        view = await opened.runner.decide(view.job.run_id, "raise")
        assert ended(view) == ("complete", "done")
        assert len(opened.model.asked("plan")) == 1
        assert [task for task, _ in opened.backend.runs()[:done]].count("1/find") == 1


async def test_a_person_may_name_another_amount(tmp_path: Path) -> None:
    """Limits in the note are taken instead of the proposal, prose around them is left alone."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, budget={"calls": 2})
        view = await opened.runner.decide(view.job.run_id, "raise", note="worth it: calls=40, no more")
        assert ended(view) == ("complete", "done")
        assert (await opened.values(view))["header"].budget.calls == 40


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("calls=0", "note: calls=0: input should be greater than 0"),
        ("usd=nan", "note: usd=nan: input should be a finite number"),
        ("tokens=-5", "note: tokens=-5"),
        ("calls=1", "calls: 1 model call is spent"),
    ],
)
async def test_an_amount_that_is_no_good_is_refused(tmp_path: Path, note: str, told: str) -> None:
    """In one line that names the limit, and the card stays open."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, budget={"calls": 2})
        with pytest.raises(BadRequest) as refused:
            await opened.runner.decide(view.job.run_id, "raise", note=note)
        assert told in str(refused.value)
        assert "\n" not in str(refused.value)
        assert ended(await opened.runner.decide(view.job.run_id, "raise")) == ("complete", "done")


async def test_an_amount_that_is_no_good_is_asked_again_in_studio(tmp_path: Path) -> None:
    """An answer past the runner, as LangGraph's own UIs give it, is held to the same: the card asks again."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, budget={"calls": 2})
        (asked,) = (await opened.snapshot(view)).interrupts
        answer = {"option": "raise", "note": "calls=1"}
        found = await opened.runner.graph.ainvoke(
            Command(resume={asked.id: answer}), config_of(view), context=RunContext(domain="toy")
        )
        (again,) = found["__interrupt__"]
        assert again.value["error"].startswith("calls: 1 model call is spent")


async def test_a_domain_without_a_simplified_answer_offers_none(tmp_path: Path) -> None:
    """A person is not offered what cannot be done."""
    domain = replace(toy(tmp_path / "toy"), simplify=None)
    async with machine(tmp_path, domain=domain) as opened:
        card = await opened.card(await opened.run(ADA, budget={"calls": 2, "on_alert": "simplify"}))
        assert [option.id for option in card.options] == ["raise", "stop"]


# -- the simplified answer -----------------------------------------------------------------------------


async def test_the_simplified_answer_is_paid_from_what_was_kept_for_it(tmp_path: Path) -> None:
    """It is written by the role `answer` beyond the alert, checked by code, marked in cause and text, sent once."""
    async with machine(tmp_path, domain=curt(tmp_path / "toy")) as opened:
        view = await opened.run(ADA, budget={"calls": 3, "alert_at": 0.7, "on_alert": "simplify"})
        assert ended(view) == ("complete", "simplified")
        assert view.outcome is not None
        assert view.outcome.message.startswith("a simplified answer, as the budget was nearly used up: a short hello")
        roles = await opened.deps.ledger.spent_by_role(_ref(view))
        assert set(roles) == {"plan", "work", "answer"}
        assert (await opened.spent(view)).calls <= 3
        (sent,) = opened.backend.effects()
        assert "Dr" in sent["text"]


@pytest.mark.parametrize("line", [ModelUnavailable("down"), "nonsense"])
async def test_a_simplified_answer_does_without_a_model_that_fails(tmp_path: Path, line: Any) -> None:
    """Where the role `answer` is down or talks nonsense, the domain's own words go out instead."""
    async with machine(tmp_path, {"answer": [line]}, domain=curt(tmp_path / "toy")) as opened:
        view = await opened.run(ADA, budget={"calls": 3, "alert_at": 0.7, "on_alert": "simplify"})
        assert ended(view) == ("complete", "simplified")
        assert [effect["text"] for effect in opened.backend.effects()] == ["We are short of words."]


async def test_a_simplified_answer_goes_through_the_fact_checks(tmp_path: Path) -> None:
    """One that a check holds something against is not sent, and the run says that its budget is gone."""

    def never(brief: ReviewBrief) -> list[Finding]:
        return [Finding(check="facts", message="says too little")] if brief.plan.summary == "a short hello" else []

    domain = replace(curt(tmp_path / "toy"), work_checks=(never,))
    async with machine(tmp_path, domain=domain) as opened:
        view = await opened.run(ADA, budget={"calls": 3, "alert_at": 0.7, "on_alert": "simplify"})
        assert ended(view) == ("failed", "budget_exhausted")
        assert opened.backend.effects() == []
        with pytest.raises(BadRequest, match=r"give it a new limit, such as --budget usd=0\.20"):
            await opened.runner.resume(view.job.run_id)
        assert ended(await opened.runner.resume(view.job.run_id, budget={"calls": 20})) == ("complete", "done")


# -- a decline ---------------------------------------------------------------------------------------


async def test_a_decline_is_the_domains_own_words(tmp_path: Path) -> None:
    """It ends REJECTED with the domain's message, and nothing was sent."""
    domain = replace(toy(tmp_path / "toy"), decline_message="We shall greet you by hand.")
    async with machine(tmp_path, domain=domain) as opened:
        view = await opened.run(ADA, budget={"calls": 2, "on_alert": "decline"})
        assert ended(view) == ("rejected", "budget")
        assert view.outcome is not None
        assert view.outcome.message == "We shall greet you by hand."
        assert opened.backend.effects() == []


async def test_nothing_is_declined_once_an_effect_is_done(tmp_path: Path) -> None:
    """After one greeting went out and another failed, a person decides: declining would be a lie."""
    domain = shy(toy(tmp_path / "toy", on_exhausted=lambda _: "replan", judge=_anything))
    async with machine(tmp_path, {"plan": [two_greetings(), NONSENSE]}, domain=domain) as opened:
        view = await opened.run(ADA, budget={"calls": 4, "on_alert": "decline"})
        assert (view.status, (await opened.card(view)).kind) == ("waiting", "budget")
        assert len(opened.backend.effects()) == 1


def shy(domain: Domain) -> Domain:
    """Its backend greets everybody but Bob."""
    look_up, greet = domain.tools

    def picky(given: Greeting, key: str) -> Receipt:
        if given.name == "Bob":
            raise ToolFailed(ToolError(code="conflict", message="Bob is not in"))
        receipt: Receipt = greet.call(given, key)
        return receipt

    return replace(domain, tools=(look_up, replace(greet, call=picky)))


def two_greetings() -> Plan:
    """One person after the other."""
    ada, bob = (
        Task(id=TaskId(name.lower()), stage="deliver", worker="greet", input={"name": name, "text": "Hi.", "price": 1})
        for name in ("Ada", "Bob")
    )
    return Plan(tasks=(ada, bob.model_copy(update={"depends_on": (ada.id,)})))


def _anything(_call: object, _basis: object) -> Any:
    return Decision("allow", "all is well")


# -- going on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"calls": 3}, "calls: 3 model calls are spent, and the breaker trips at 70% of 3 model calls"),
        ({"usd": 9.0}, "calls: 3 model calls are spent"),
    ],
)
async def test_a_budget_that_would_not_help_is_refused(tmp_path: Path, limits: Json, told: str) -> None:
    """Too little, or the wrong limit: one line says what is used up and what to give, and nothing is touched."""
    broken = replace(curt(tmp_path / "toy"), work_checks=(_refuses,))
    async with machine(tmp_path, domain=broken) as opened:
        view = await opened.run(ADA, budget={"calls": 3, "alert_at": 0.7, "on_alert": "simplify"})
        with pytest.raises(BadRequest) as refused:
            await opened.runner.resume(view.job.run_id, budget=limits)
        assert told in str(refused.value)
        assert "give more than" in str(refused.value)
        assert ended(await opened.runner.view(view.job.run_id)) == ("failed", "budget_exhausted")


def _refuses(brief: ReviewBrief) -> list[Finding]:
    return [Finding(check="facts", message="says too little")] if "short" in brief.plan.summary else []


async def test_too_many_plans_are_forgiven_with_a_new_budget(tmp_path: Path) -> None:
    """A run that planned too often says what to give, and with it gets as many plans again."""
    domain = toy(tmp_path / "toy", on_exhausted=lambda _: "replan", max_plans=2)
    async with machine(tmp_path, {"work:draft": ["nonsense"]}, domain=domain) as opened:
        view = await opened.run(ADA, budget={"calls": 60})
        assert ended(view) == ("failed", "too_many_plans")
        with pytest.raises(BadRequest, match="failed with too_many_plans"):
            await opened.runner.resume(view.job.run_id)
        opened.model.script["work:draft"] = [None]
        view = await opened.runner.resume(view.job.run_id, budget=Budget(calls=90).model_dump(exclude_unset=True))
        assert ended(view) == ("complete", "done")


async def test_a_waiting_run_is_told_to_be_answered(tmp_path: Path) -> None:
    """A budget is for runs that stopped; what waits for a person gets its answer."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA, budget={"calls": 2})
        with pytest.raises(BadRequest, match="waits for a decision; answer it"):
            await opened.runner.resume(view.job.run_id, budget={"calls": 9})


def _ref(view: RunView) -> RunRef:
    return RunRef(run_id=view.job.run_id, thread_id=view.job.thread_id, tenant=view.job.tenant)
