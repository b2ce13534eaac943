"""People: cancelling, deciding, deadlines, and answers that outlive a process."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from langgraph.types import Command

from graph.errors import StaleAnswer, UnknownRun
from graph.escalation import Answer
from graph.jobs import RunView
from graph.values import Micros
from machine_kit import ADA, COSTLY, Machine, breaking, config_of, machine
from toybackend import Backend
from toydomain import plan, toy

DAY: Final = 24 * 3600


async def waiting(opened: Machine) -> RunView:
    """A run that waits for a person."""
    return await opened.run(COSTLY)


async def interrupted(opened: Machine) -> RunView:
    """A run whose planner's rule has a defect."""
    opened.model.script["plan"] = [ZeroDivisionError("a defect"), None]
    return await opened.run(ADA)


async def parked(opened: Machine) -> RunView:
    """A run that waits for a retry."""
    opened.backend.break_down("shaky_find")
    return await opened.run(ADA)


async def queued(opened: Machine) -> RunView:
    """A run that nobody drives yet."""
    return await opened.accept(ADA)


OPEN: Final[dict[str, Callable[[Machine], Awaitable[RunView]]]] = {
    "queued": queued, "waiting": waiting, "interrupted": interrupted, "parked": parked,
}  # fmt: skip


@pytest.mark.parametrize("status", OPEN)
async def test_cancel_ends_a_run_that_nobody_drives(tmp_path: Path, status: str) -> None:
    """Whatever it waits for, it ends FAILED with cause `cancelled`: no dead letter, no open card, no resume."""
    async with machine(tmp_path, domain=toy(tmp_path / "toy", retry_base_seconds=100.0)) as opened:
        view = await OPEN[status](opened)
        assert view.status == status
        ended = await opened.runner.cancel(view.job.run_id)
        assert (ended.status, ended.outcome and ended.outcome.cause) == ("failed", "cancelled")
        assert await opened.open_letters() == []
        assert await opened.store.reads.cards() == []
        assert opened.backend.effects() == []
        with pytest.raises(StaleAnswer):
            await opened.runner.resume(view.job.run_id)
        with pytest.raises(StaleAnswer):
            await opened.runner.cancel(view.job.run_id)


async def test_cancel_of_a_driven_run_is_met_by_its_driver(tmp_path: Path) -> None:
    """While somebody drives, the flag is set and the run ends at its next state, before anything is delivered."""
    async with machine(tmp_path) as opened:
        view = await opened.accept(ADA)
        seen: list[RunView] = []

        async def cancelling(name: str) -> None:
            seen.append(await opened.runner.cancel(name))

        original = opened.model.complete

        async def complete(ask: Any) -> Any:
            if ask.role == "review":
                await cancelling(view.job.run_id)
            return await original(ask)

        opened.model.complete = complete  # type: ignore[method-assign]
        ended = await opened.runner.drive(view.job.run_id)
        assert [each.status for each in seen] == ["running"]
        assert (ended.status, ended.outcome and ended.outcome.cause) == ("failed", "cancelled")
        assert opened.backend.effects() == []


@pytest.mark.parametrize("request_", [ADA, {}, {"name": "Stranger"}])
async def test_a_run_that_is_over_cannot_be_cancelled(tmp_path: Path, request_: Any) -> None:
    """Complete and rejected runs are over for cancel and for resume, in one clear line."""
    async with machine(tmp_path) as opened:
        view = await opened.run(request_)
        for refused in (opened.runner.cancel, opened.runner.resume):
            with pytest.raises(StaleAnswer, match="is over") as told:
                await refused(view.job.run_id)
            assert len(str(told.value).splitlines()) == 1


async def test_wrong_decisions_are_refused(tmp_path: Path) -> None:
    """An unknown option, run or card, an early and a second answer: each one clear line, and nothing moves."""
    async with machine(tmp_path) as opened:
        early = await opened.accept(ADA)
        with pytest.raises(StaleAnswer, match="waits for no decision"):
            await opened.runner.decide(early.job.run_id, "approve")
        view = await opened.run(COSTLY)
        card = await opened.card(view)
        with pytest.raises(StaleAnswer, match="choose one of: approve, stop, decline"):
            await opened.runner.decide(view.job.run_id, "perhaps")
        with pytest.raises(UnknownRun):
            await opened.runner.decide("nobody", "approve")
        assert await opened.runner.view(view.job.run_id) == view
        await opened.runner.decide(card.id, "decline", note="too dear", actor="ann")
        for again in (card.id, view.job.run_id):
            with pytest.raises(StaleAnswer):
                await opened.runner.decide(again, "approve")
        assert opened.backend.effects() == []


async def test_an_answer_is_told_to_the_planner(tmp_path: Path) -> None:
    """Who decided, what, and with which note reaches the next plan's brief and the record."""
    async with machine(tmp_path) as opened:
        view = await opened.run(COSTLY)
        await opened.runner.decide(view.job.run_id, "decline", note="too dear", actor="ann")
        (answered,) = opened.model.asked("plan")[-1].brief.answers  # type: ignore[attr-defined]
        assert (answered.answer.option, answered.answer.note, answered.answer.actor) == ("decline", "too dear", "ann")
        (card,) = await opened.store.reads.cards(only_open=False)
        assert card.answer == answered.answer


async def test_a_deadline_takes_the_safe_default(tmp_path: Path) -> None:
    """Before it nothing happens; after it, also after a restart, the default is taken once, and nothing is sent."""
    async with machine(tmp_path) as opened:
        view = await opened.run(COSTLY)
        card = await opened.card(view)
        assert await opened.runner.take_defaults(Micros(card.deadline - 1)) == []
        clock = opened.clock
    clock.advance(DAY + 1)
    async with machine(tmp_path, clock=clock) as opened:
        (ended,) = await opened.runner.take_defaults(clock.now())
        assert (ended.status, opened.backend.effects()) == ("complete", [])
        (decided,) = await opened.store.reads.cards(only_open=False)
        assert decided.answer is not None
        assert (decided.answer.option, decided.answer.actor) == (card.default_option, "deadline")
        assert await opened.runner.take_defaults(clock.now()) == []


async def test_one_busy_run_holds_up_no_other_default(tmp_path: Path) -> None:
    """A card whose run somebody drives, or that is answered meanwhile, is left to them; the others are taken."""
    async with machine(tmp_path) as opened:
        busy, free = await opened.run(COSTLY), await opened.run({"name": "Bob", "price": 500})
        await opened.store.leases.claim(busy.job.thread_id, "somebody", 10 * DAY)
        opened.clock.advance(DAY + 1)
        (ended,) = await opened.runner.take_defaults(opened.clock.now())
        assert (ended.job.run_id, ended.status) == (free.job.run_id, "complete")


async def test_an_accepted_answer_outlives_its_process(tmp_path: Path) -> None:
    """An answer that was written down before the process died is taken up by the next drive, and only once."""
    async with machine(tmp_path) as opened:
        view = await opened.run(COSTLY)
        answer = Answer(escalation_id=(await opened.card(view)).id, option="approve", actor="ann")
        assert await opened.store.decisions.decide(answer, opened.clock.now())
    async with machine(tmp_path) as opened:
        with pytest.raises(StaleAnswer):
            await opened.runner.decide(view.job.run_id, "decline")
        ended = await opened.runner.drive(view.job.run_id)
        assert (ended.status, len(opened.backend.effects())) == ("complete", 1)


@pytest.mark.parametrize(
    "answer", ["yes", {"option": "perhaps"}, {"note": "hm"}, [], [{"type": "response", "args": "hm"}], 5]
)
async def test_an_answer_that_chooses_nothing_asks_again(tmp_path: Path, answer: Any) -> None:
    """From a UI that bypasses the runner: the same card stays open, says what can be chosen, and is then answered."""
    async with machine(tmp_path) as opened:
        view = await opened.run(COSTLY)
        asked = await opened.runner.graph.ainvoke(Command(resume=answer), config_of(view), durability="sync")
        (pending,) = asked["__interrupt__"]
        assert pending.value["error"] == "choose one of: approve, stop, decline"
        assert (await opened.runner.view(view.job.run_id)).status == "waiting"
        ended = await opened.runner.decide(view.job.run_id, "approve")
        assert (ended.status, len(opened.backend.effects())) == ("complete", 1)


async def test_a_person_is_asked_only_so_often(tmp_path: Path) -> None:
    """Past `max_escalations` the run is FAILED and a dead letter; a resume asks anew, on a card of its own."""
    domain = toy(tmp_path / "toy", max_escalations=1, on_exhausted=lambda _: "escalate")
    async with machine(tmp_path, domain=domain, script={"plan": [refusing(tmp_path)]}) as opened:
        view = await opened.run(ADA)
        ended = await opened.runner.decide(view.job.run_id, "retry")
        assert (ended.status, ended.outcome and ended.outcome.cause) == ("failed", "too_many_escalations")
        again = await opened.runner.resume(view.job.run_id)
        assert again.status == "waiting"
        opened.backend.mend()
        ended = await opened.runner.decide(view.job.run_id, "retry")
        assert ended.status == "complete"
        cards = await opened.store.reads.cards(only_open=False)
        assert len({card.card.id for card in cards}) == 2


def refusing(folder: Path) -> Callable[[Any], Any]:
    """A planner during whose work the backend begins to refuse."""
    return breaking(Backend(folder / "toy"), "refuses", plan)
