"""Tools that take minutes: the call is made once, the run waits without a slot, and the answer is polled for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from bankkit import Bank, Kind, banking
from checkpoints.store import Store
from fakes import FakeClock
from graph.contract import Header, TaskResult
from graph.domain import Domain
from graph.jobs import RunView
from graph.ports import Deps, by_run
from machine_kit import Machine, machine
from store_kit import rows

A1 = {"order": "A1"}
ASKED: dict[str, str] = {"transfer": "payments", "report": "statements"}
"""Where the bank counts what was begun."""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """A bank whose transfers take an hour at most."""
    bank = Bank(tmp_path / "bank")
    terms(bank)
    return bank


def terms(bank: Bank, **changes: Any) -> None:
    """What the bank says of its waits."""
    bank.set("terms", json.dumps({"poll_tool": "progress_of", "poll_seconds": 60.0, **changes}))


async def woken(opened: Machine, view: RunView) -> RunView:
    """The run, woken at its time."""
    assert view.wake_at is not None
    opened.clock.advance((view.wake_at - opened.clock.now()) / 1_000_000)
    (view,) = await opened.runner.wake(opened.clock.now())
    return view


@pytest.mark.parametrize("by_model", [False, True], ids=["function", "model"])
@pytest.mark.parametrize("kind", ["transfer", "report"])
async def test_a_run_parks_polls_and_goes_on(tmp_path: Path, bank: Bank, kind: Kind, by_model: bool) -> None:
    """Whoever calls, an effect or a read: begun once, polled at each wake-up, its value the task's in the end."""
    async with machine(tmp_path, domain=banking(bank, kind, by_model=by_model)) as opened:
        view = await opened.run(A1)
        assert (view.status, len(bank.lines("polls"))) == ("parked", 0)
        view = await woken(opened, view)
        assert (view.status, len(bank.lines("polls"))) == ("parked", 1)
        bank.set("arrived", "7")
        view = await woken(opened, view)
        results = (await opened.values(view))["results"]
        journal = rows(opened.store.path, "SELECT status, result FROM effects")
    assert view.status == "complete"
    assert journal == ([("done", '{"number":7}')] if kind == "transfer" else [])
    assert results["1/act"].output == {"number": 7}
    assert len(bank.lines(ASKED[kind])) == 1


async def test_a_model_worker_goes_on_where_it_was(tmp_path: Path, bank: Bank) -> None:
    """A wait costs no decision: the model is asked once before it and once after it."""
    async with machine(tmp_path, domain=banking(bank, "transfer", by_model=True)) as opened:
        view = await opened.run(A1)
        for _ in range(3):
            view = await woken(opened, view)
        bank.set("arrived", "7")
        view = await woken(opened, view)
        assert (view.status, len(opened.model.asked("work"))) == ("complete", 2)


async def test_waiting_uses_up_no_attempt_and_no_working_time(tmp_path: Path, bank: Bank) -> None:
    """More polls than the task has attempts, over most of an hour: the run completes, and no time is charged."""
    async with machine(tmp_path, domain=banking(bank, "transfer", task_attempts=1)) as opened:
        view = await opened.run(A1, budget={"seconds": 60})
        for _ in range(6):
            view = await woken(opened, view)
        bank.set("arrived", "7")
        view = await woken(opened, view)
        spent = await opened.spent(view)
    assert (view.status, view.attempts) == ("complete", 0)
    assert spent.seconds < 1


async def test_polls_grow_rare(tmp_path: Path, bank: Bank) -> None:
    """From the first distance up to five minutes, and never beyond the wait's end."""
    terms(bank, within_seconds=1_500.0)
    distances = []
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await opened.run(A1)
        while view.status == "parked":
            assert view.wake_at is not None
            distances.append((view.wake_at - opened.clock.now()) / 1_000_000)
            view = await woken(opened, view)
    assert distances == [60.0, 60.0, 60.0, 90.0, 135.0, 202.5, 300.0, 300.0, 292.5]


async def test_a_poll_that_fails_is_asked_again(tmp_path: Path, bank: Bank) -> None:
    """A poll tool that is down says nothing of the transfer; the run waits on."""
    bank.set("dark")
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await woken(opened, await opened.run(A1))
        assert view.status == "parked"
        bank.unset("dark")
        bank.set("arrived", "7")
        assert (await woken(opened, view)).status == "complete"


async def test_an_answer_that_breaks_the_schema_is_no_answer(tmp_path: Path, bank: Bank) -> None:
    """A result that the tool itself could not have given is not taken; the wait ends at its time."""
    domain = banking(bank, "transfer")
    bank.set("arrived", "-1")
    async with machine(tmp_path, domain=_strict(domain)) as opened:
        view = await woken(opened, await opened.run(A1))
    assert view.status == "parked"


class Positive(BaseModel):
    """A receipt whose number is above zero."""

    number: int = Field(gt=0)


def _strict(domain: Domain) -> Domain:
    tools = tuple(replace(tool, output=Positive) if tool.name == "transfer" else tool for tool in domain.tools)
    return replace(domain, tools=tools)


@pytest.mark.parametrize("kind", ["transfer", "report"])
async def test_an_expired_wait_fails_as_a_timeout(tmp_path: Path, bank: Bank, kind: Kind) -> None:
    """With `fail` the task is lost without another call; policy decides, here the run fails."""
    terms(bank, within_seconds=100.0)
    async with machine(tmp_path, domain=banking(bank, kind)) as opened:
        view = await opened.run(A1)
        while view.status == "parked":
            view = await woken(opened, view)
    assert view.outcome is not None
    assert (view.status, view.outcome.cause) == ("failed", "tool_timeout")
    assert len(bank.lines(ASKED[kind])) == 1


async def test_an_answer_after_the_end_is_found_by_a_resume(tmp_path: Path, bank: Bank) -> None:
    """The journal keeps what was begun: a resumed run polls for it and makes no second transfer."""
    terms(bank, within_seconds=100.0)
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await opened.run(A1)
        while view.status == "parked":
            view = await woken(opened, view)
        bank.set("arrived", "7")
        view = await opened.runner.resume(view.job.run_id)
    assert (view.status, len(bank.payments)) == ("complete", 1)


@pytest.mark.parametrize(
    ("kind", "card", "option"),
    [("transfer", "unknown_outcome", "check_again"), ("report", "tasks_exhausted", "retry")],
)
async def test_an_expired_wait_may_ask_a_person(tmp_path: Path, bank: Bank, kind: Kind, card: str, option: str) -> None:
    """With `escalate` a person is asked, of an effect whether it happened; looking again finds what came since."""
    terms(bank, within_seconds=100.0, on_expire="escalate")
    async with machine(tmp_path, domain=banking(bank, kind)) as opened:
        view = await opened.run(A1)
        while view.status == "parked":
            view = await woken(opened, view)
        assert (await opened.card(view)).kind == card
        bank.set("arrived", "7")
        if kind == "report":
            terms(bank, within_seconds=100.0)
        view = await opened.runner.decide(view.job.run_id, option, actor="ann")
        if view.status == "parked":
            view = await woken(opened, view)
    assert view.status == "complete"
    assert len(bank.payments) == (1 if kind == "transfer" else 0)


async def test_what_ended_without_success_is_told(tmp_path: Path, bank: Bank) -> None:
    """A transfer that the bank gave up did certainly not happen: the task fails, in the bank's words."""
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await opened.run(A1)
        bank.set("arrived", "failed")
        view = await woken(opened, view)
        assert rows(opened.store.path, "SELECT status, settled_by FROM effects") == [("not_done", "poll:progress_of")]
    assert view.outcome is not None
    assert (view.status, view.outcome.cause) == ("failed", "tool_denied")
    assert "the account is closed" in view.outcome.message


async def test_without_a_poll_tool_it_is_waited_for_until_the_end(tmp_path: Path, bank: Bank) -> None:
    """Nothing can be asked, so the run wakes once, when the time is over."""
    terms(bank, poll_tool=None, within_seconds=500.0)
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await opened.run(A1)
        assert view.wake_at == opened.clock.now() + 500_000_000
        view = await woken(opened, view)
    assert view.outcome is not None
    assert view.outcome.cause == "tool_timeout"


async def test_a_poll_tool_that_does_not_exist_is_named(tmp_path: Path, bank: Bank) -> None:
    """A domain's mistake fails the task with one line that names the tool and the remedy."""
    terms(bank, poll_tool="nobody")
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await woken(opened, await opened.run(A1))
    assert view.outcome is not None
    assert "transfer is to be polled by 'nobody': name a read tool of the domain" in view.outcome.message


async def test_another_process_takes_the_wait_on(tmp_path: Path, bank: Bank) -> None:
    """A run parked by a process that is gone is woken by the next one, which polls and calls nothing again."""
    domain = banking(bank, "transfer")
    async with machine(tmp_path, domain=domain) as opened:
        view = await opened.run(A1)
    bank.set("arrived", "7")
    async with machine(tmp_path, domain=domain, clock=FakeClock(opened.clock.now())) as again:
        view = await woken(again, view)
    assert (view.status, len(bank.payments)) == ("complete", 1)


async def test_where_nobody_wakes_it_it_sleeps(tmp_path: Path, bank: Bank) -> None:
    """In LangGraph Studio the same run sleeps through its waits, polls, and ends in the same invocation."""

    def never_parks(deps: Deps, _store: Store) -> Deps:
        return replace(deps, parks=False)

    async with machine(tmp_path, domain=banking(bank, "transfer"), adapt=never_parks) as opened:
        view = await opened.run(A1)
        assert len(bank.lines("polls")) > 5
        assert sum(opened.clock.sleeps) >= 3600
    assert view.outcome is not None
    assert view.outcome.cause == "tool_timeout"


async def test_a_later_plan_polls_for_what_an_earlier_one_began(tmp_path: Path, bank: Bank) -> None:
    """The wait is the effect's, not the task's: another task with the same effect begins no second transfer."""
    terms(bank, within_seconds=100.0)
    seen: list[str] = []

    def once(result: TaskResult) -> Literal["replan", "fail"]:
        seen.append(result.task_id)
        if len(seen) == 1:
            bank.set("arrived", "7")
            return "replan"
        return "fail"

    async with machine(tmp_path, domain=banking(bank, "transfer", on_exhausted=once)) as opened:
        view = await opened.run(A1)
        while view.status == "parked":
            view = await woken(opened, view)
    assert (view.status, seen, len(bank.payments)) == ("complete", ["1/act"], 1)


async def test_a_waiting_effect_is_not_done_yet(tmp_path: Path, bank: Bank) -> None:
    """It counts as no effect of the run, in the journal as `pending` with what it waits for."""
    async with machine(tmp_path, domain=banking(bank, "transfer")) as opened:
        view = await opened.run(A1)
        header: Header = (await opened.values(view))["header"]
        assert await opened.store.effects.done(by_run(header)) == ()
        ((status, wait),) = rows(opened.store.path, "SELECT status, result FROM effects")
    assert (status, json.loads(str(wait))["correlation_key"]) == ("pending", "transfer-1")
