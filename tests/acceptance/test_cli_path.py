import signal
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import Command, cents, customer
from surefoot.domains.support.shop.rehearsal import effects, letters, misbehave, recover


@pytest.fixture
def surefoot(tmp_path: Path) -> Command:
    """The command line in an empty folder."""
    return Command(tmp_path)


def test_a_ticket_from_beginning_to_end(surefoot: Command) -> None:
    """A ticket within policy completes: exit 0, the reply is told, and the shop has sent exactly that."""
    said = surefoot("run", "support", surefoot.request("damaged_refund"), "--json")
    assert said.code == 0, said.err
    assert said.data["outcome"]["data"]["refunded_cents"] == cents("damaged_refund")
    assert letters(surefoot.shop, customer("damaged_refund")) == [said.data["outcome"]["data"]["reply"]]


def test_a_person_decides(surefoot: Command) -> None:
    """A large refund waits (exit 5), is in the inbox, is done once approved (exit 0), and is decided only once."""
    waiting = surefoot("run", "support", surefoot.request("large_refund"))
    assert waiting.code == 5, waiting.err
    run = waiting.out.split()[1]
    assert effects(surefoot.shop) == []

    inbox = surefoot("inbox")
    assert f"surefoot decide {run} OPTION" in inbox.out
    assert "approve (recommended)" in inbox.out

    decided = surefoot("decide", run, "approve", "--note", "VIP", "--actor", "kim")
    assert decided.err.count("model: offline") == 1
    assert decided.code == 0, decided.err
    assert [effect["operation"] for effect in effects(surefoot.shop)].count("issue_refund") == 1

    again = surefoot("decide", run, "approve")
    assert again.code == 2
    assert run in again.complaint
    assert "Nobody is waiting" in surefoot("inbox").out
    assert [effect["operation"] for effect in effects(surefoot.shop)].count("issue_refund") == 1


def test_an_option_that_is_not_on_the_card(surefoot: Command) -> None:
    """An unknown option is refused with the ones there are; the run still waits."""
    run = surefoot("run", "support", surefoot.request("large_refund"), "--json").data["job"]["run_id"]
    said = surefoot("decide", run, "perhaps")
    assert said.code == 2
    assert "approve, stop, decline" in said.complaint
    assert [card["card"]["run_id"] for card in surefoot("inbox", "--json").data] == [run]


def test_a_backend_that_was_down(surefoot: Command) -> None:
    """With the shop down a run fails (exit 4), says where, and once it is mended a resume completes it (exit 0)."""
    misbehave(surefoot.shop, "get_order", "down")
    failed = surefoot("run", "support", surefoot.request("where_is_my_order"))
    assert failed.code == 4, failed.err
    run = failed.out.split()[1]
    assert f"failed in EXECUTING; continue: surefoot resume {run}" in failed.out

    recover(surefoot.shop)
    resumed = surefoot("resume", run)
    assert resumed.err.count("model: offline") == 1
    assert resumed.code == 0, resumed.err
    timeline = [
        (step["source"], step["target"], step["reason"]) for step in surefoot("runs", run, "--json").data["timeline"]
    ]
    assert ("executing", "failed") in [step[:2] for step in timeline]
    assert ("failed", "executing", "resume") in timeline
    assert "resume" in surefoot("runs", run).out

    over = surefoot("resume", run)
    assert over.code == 2
    assert "is over (complete)" in over.complaint


def test_a_waiting_run_is_cancelled(surefoot: Command) -> None:
    """A waiting run ends at once when cancelled: failed, cause cancelled, nothing done, no card left open."""
    run = surefoot("run", "support", surefoot.request("large_refund"), "--json").data["job"]["run_id"]
    cancelled = surefoot("cancel", run, "--json").data
    assert (cancelled["status"], cancelled["outcome"]["cause"]) == ("failed", "cancelled")
    assert effects(surefoot.shop) == []
    assert surefoot("inbox", "--json").data == []
    assert "nothing to cancel" in surefoot("cancel", run).complaint
    assert "nothing to resume" in surefoot("resume", run).complaint


def test_two_processes_on_one_run(surefoot: Command) -> None:
    """Of two processes on one run the second gets one clear line, and the first completes it."""
    misbehave(surefoot.shop, "get_order", "slow:4")
    first = surefoot.start("run", "support", surefoot.request("where_is_my_order"))
    assert first.stderr is not None
    run = next(line for line in first.stderr if "worker" in line).split()[0]
    second = surefoot("resume", run)
    assert second.code == 2
    assert "another process" in second.complaint
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert len(letters(surefoot.shop, customer("where_is_my_order"))) == 1


def test_a_thread_is_not_given_a_second_job_while_its_run_waits(surefoot: Command) -> None:
    """A new job on a thread whose run waits is refused and names the run; the card is still there."""
    job = surefoot.request("large_refund")
    run = surefoot("run", "support", job, "--thread", "t", "--json").data["job"]["run_id"]
    refused = surefoot("run", "support", surefoot.request("where_is_my_order"), "--thread", "t")
    assert refused.code == 2
    assert run in refused.complaint
    assert len(surefoot("inbox", "--json").data) == 1


def test_nobody_we_know(surefoot: Command) -> None:
    """A job read from stdin that cannot be done is rejected (exit 3), and `--json` says so with the same word."""
    said = surefoot("run", "support", "-", "--json", given=surefoot.request("unknown_customer").read_text())
    assert (said.code, said.data["status"], said.data["outcome"]["cause"]) == (3, "rejected", "invalid")


def test_for_people_and_for_machines(surefoot: Command) -> None:
    """Each command's `--json` is one document on stdout; piped without it, there are plain lines."""
    run = surefoot("run", "support", surefoot.request("where_is_my_order"), "--json").data["job"]["run_id"]
    commands: list[tuple[str, ...]] = [("runs",), ("runs", run), ("inbox",), ("domains",)]
    documents: dict[str, Any] = {" ".join(words): surefoot(*words, "--json").data for words in commands}
    assert [view["job"]["run_id"] for view in documents["runs"]] == [run]
    assert documents[f"runs {run}"]["run"]["status"] == "complete"
    assert documents["domains"][0]["name"] == "support"
    for words in (("runs", run), ("inbox",)):
        said = surefoot(*words)
        assert said.code == 0
        assert "\x1b" not in said.out + said.err


def test_stopped_by_hand(surefoot: Command) -> None:
    """Ctrl-C ends in one line that says how to go on; the run is interrupted, not lost, and a resume completes it."""
    misbehave(surefoot.shop, "get_order", "slow:2")
    stopped = surefoot.start("run", "support", surefoot.request("where_is_my_order"))
    assert stopped.stderr is not None
    run = next(line for line in stopped.stderr if "worker" in line).split()[0]
    stopped.send_signal(signal.SIGINT)
    _, said = stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    assert said.splitlines()[-1].startswith("surefoot: stopped; `surefoot runs`")
    assert "Traceback" not in said
    assert [view["status"] for view in surefoot("runs", "--json").data] == ["interrupted"]
    recover(surefoot.shop)
    assert surefoot("resume", run).code == 0
