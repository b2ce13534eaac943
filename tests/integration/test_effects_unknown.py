"""An effect whose outcome is unknown: the probe is asked first, then a person, and nothing is done twice."""

import asyncio
from pathlib import Path

import pytest

from bankkit import TIMEOUT, Bank, banking
from fakes import FakeClock
from graph.jobs import RunView
from graph.ports import by_run
from machine_kit import Machine, machine
from store_kit import rows

A1 = {"order": "A1"}


async def lost(opened: Machine, bank: Bank, when: str) -> RunView:
    """A run whose payment gives no answer."""
    bank.set("loses", when)
    return await opened.run(A1)


async def test_a_probe_that_saw_it_spares_the_question(tmp_path: Path) -> None:
    """Done, says the probe: its receipt is recorded and the run goes on, nobody is asked, one payment."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank)) as opened:
        view = await lost(opened, bank, "after")
        assert view.status == "complete"
        results = (await opened.values(view))["results"]
        assert results["1/act"].output == {"number": 1}
        journal = rows(opened.store.path, "SELECT status, settled_by, result FROM effects")
        assert journal == [("done", "probe:payment_of", '{"number":1}')]
        calls = await opened.store.reads.tool_calls(view.job.run_id)
    assert (len(bank.payments), len(bank.lines("tries"))) == (1, 1)
    assert [call.call.tool for call in calls] == ["payment_of", "pay"]


async def test_a_probe_that_saw_nothing_lets_it_be_made_again(tmp_path: Path) -> None:
    """Not done, says the probe, once no lost call can be on its way: it is called again with the same key."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank, park_after_seconds=0.5)) as opened:
        view = await lost(opened, bank, "before")
        assert (view.status, len(bank.lines("tries"))) == ("parked", 1)
        bank.unset("loses")
        opened.clock.advance(TIMEOUT)
        (view,) = await opened.runner.wake(opened.clock.now())
    assert view.status == "complete"
    assert len(bank.payments) == 1
    assert len({line["key"] for line in bank.lines("tries")}) == 1


async def test_an_early_not_done_proves_nothing(tmp_path: Path) -> None:
    """A resume that comes before the lost call's time is over probes again and does not pay again."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank, park_after_seconds=0.5)) as opened:
        view = await lost(opened, bank, "before")
        bank.unset("loses")
        view = await opened.runner.resume(view.job.run_id)
        assert (view.status, len(bank.lines("tries")), len(bank.lines("probes"))) == ("parked", 1, 2)


@pytest.mark.parametrize("mode", ["fog", "dark"])
async def test_a_probe_that_knows_nothing_leads_to_a_person(tmp_path: Path, mode: str) -> None:
    """Unknown, or a probe that fails: the card offers it happened, it did not, check again, and the safe default."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank)) as opened:
        bank.set(mode)
        card = await opened.card(await lost(opened, bank, "after"))
    assert card.kind == "unknown_outcome"
    assert [option.id for option in card.options] == ["it_happened", "did_not", "check_again", "stop"]
    assert card.default_option == "stop"
    assert len(bank.payments) == 1


async def test_check_again_asks_the_probe_again(tmp_path: Path) -> None:
    """While it stays foggy the card comes back; once the probe knows, the run goes on without a second payment."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank)) as opened:
        bank.set("fog")
        view = await lost(opened, bank, "after")
        view = await opened.runner.decide(view.job.run_id, "check_again", actor="ann")
        assert (view.status, len(bank.lines("probes"))) == ("waiting", 2)
        bank.unset("fog")
        view = await opened.runner.decide(view.job.run_id, "check_again", actor="ann")
    assert (view.status, len(bank.payments), len(bank.lines("tries"))) == ("complete", 1, 1)


async def test_without_a_probe_check_again_keeps_it_open_with_the_note(tmp_path: Path) -> None:
    """The next card shows what was said, the worker is not entered again, and the effect stays unknown."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank, tool={"probe": None})) as opened:
        view = await lost(opened, bank, "after")
        view = await opened.runner.decide(view.job.run_id, "check_again", note="the bank calls back", actor="ann")
        card = await opened.card(view)
        assert (view.status, card.kind) == ("waiting", "unknown_outcome")
        assert (card.facts[0].text, card.facts[0].source) == ("the bank calls back", "ann")
    assert (len(bank.payments), len(bank.lines("entered"))) == (1, 1)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_persons_word_carries_the_run_on(tmp_path: Path, when: str) -> None:
    """Told truly what happened, the run completes with one payment."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank, tool={"probe": None})) as opened:
        view = await lost(opened, bank, when)
        bank.unset("loses")
        word = "it_happened" if when == "after" else "did_not"
        view = await opened.runner.decide(view.job.run_id, word, actor="ann")
    assert (view.status, len(bank.payments)) == ("complete", 1)


async def test_did_not_waits_until_no_lost_call_can_arrive(tmp_path: Path) -> None:
    """After a person's `did not` nothing is called for the tool's timeout, whoever wakes or resumes the run."""
    bank = Bank(tmp_path / "bank")
    domain = banking(bank, tool={"probe": None, "timeout_seconds": 20.0})
    async with machine(tmp_path, domain=domain) as opened:
        view = await lost(opened, bank, "before")
        bank.unset("loses")
        said_at = opened.clock.now()
        view = await opened.runner.decide(view.job.run_id, "did_not", actor="ann")
        assert (view.status, view.wake_at) == ("parked", said_at + 20_000_000)
        assert len(bank.lines("entered")) == 1
        opened.clock.advance(10)
        view = await opened.runner.resume(view.job.run_id)
        assert (view.status, bank.payments) == ("parked", [])
        opened.clock.advance(10)
        (view,) = await opened.runner.wake(opened.clock.now())
    assert (view.status, len(bank.payments)) == ("complete", 1)


async def test_a_restart_in_between_changes_nothing(tmp_path: Path) -> None:
    """Another process finds the card, takes the answer, and neither repeats nor loses the payment."""
    bank = Bank(tmp_path / "bank")
    domain = banking(bank, tool={"probe": None})
    async with machine(tmp_path, domain=domain) as opened:
        view = await lost(opened, bank, "after")
        bank.unset("loses")
    async with machine(tmp_path, domain=domain, clock=FakeClock(opened.clock.now() + 1_000_000)) as again:
        view = await again.runner.decide(view.job.run_id, "it_happened", actor="ann")
    assert (view.status, len(bank.payments)) == ("complete", 1)


async def test_a_zombies_receipt_is_evidence_and_then_the_receipt(tmp_path: Path) -> None:
    """What a lost call reports after a person was asked flips nothing; `it happened` takes it as the task's result."""
    bank = Bank(tmp_path / "bank")
    async with machine(tmp_path, domain=banking(bank, tool={"probe": None})) as opened:
        view = await lost(opened, bank, "after")
        ((key,),) = rows(opened.store.path, "SELECT key FROM effects")
        header = (await opened.values(view))["header"]
        await opened.store.effects.finish(by_run(header), str(key), "a zombie", {"number": 1})
        assert (await opened.runner.view(view.job.run_id)).status == "waiting"
        assert rows(opened.store.path, "SELECT status, late FROM effects") == [("started", '{"number":1}')]
        view = await opened.runner.decide(view.job.run_id, "it_happened", actor="ann")
        results = (await opened.values(view))["results"]
    assert view.status == "complete"
    assert results["1/act"].output == {"number": 1}
    assert (len(bank.payments), len(bank.lines("tries"))) == (1, 1)


async def test_a_call_that_was_given_up_still_tells_what_it_did(tmp_path: Path) -> None:
    """A payment that answers after its timeout is recorded as done; a person's `did not` makes no second one."""
    bank = Bank(tmp_path / "bank")
    domain = banking(bank, tool={"probe": None, "timeout_seconds": 0.05})
    async with machine(tmp_path, domain=domain) as opened:
        bank.set("dawdles", "0.3")
        view = await opened.run(A1)
        assert view.status == "waiting"
        for _ in range(200):
            if rows(opened.store.path, "SELECT status FROM effects") == [("done",)]:
                break
            await asyncio.sleep(0.02)
        view = await opened.runner.decide(view.job.run_id, "did_not", actor="ann")
    assert (view.status, len(bank.payments), len(bank.lines("tries"))) == ("complete", 1, 1)
