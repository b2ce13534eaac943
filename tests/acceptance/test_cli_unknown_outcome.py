"""An effect whose outcome nobody knows, from the command line: the card, the person's word, and one payment."""

import os
from pathlib import Path

import pytest

from acceptance.command import Command
from bankkit import Bank
from house import ROOT

DOMAIN = """
from pathlib import Path

from bankkit import Bank, banking

domain = banking(Bank(Path("bank")), tool={"probe": None, "timeout_seconds": 1.0})
"""


@pytest.fixture
def surefoot(tmp_path: Path) -> Command:
    """The command line beside a domain of its own."""
    (tmp_path / "payments.py").write_text(DOMAIN, encoding="utf-8")
    (tmp_path / "job.json").write_text('{"order": "A1"}', encoding="utf-8")
    return Command(tmp_path, {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"})


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_persons_word_carries_the_run_on(surefoot: Command, when: str) -> None:
    """`run` waits, `inbox` shows four ways, `check_again` keeps it open, and the truth completes it: one payment."""
    bank = Bank(surefoot.folder / "bank")
    bank.set("loses", when)
    said = surefoot("run", "payments:domain", "job.json", "--json")
    assert said.code == 5, said.err
    bank.unset("loses")
    (card,) = surefoot("inbox", "--json").data
    assert [option["id"] for option in card["card"]["options"]] == ["it_happened", "did_not", "check_again", "stop"]
    again = surefoot("decide", card["card"]["id"], "check_again", "--note", "I call the bank", "--json")
    assert again.code == 5, again.err
    word = "it_happened" if when == "after" else "did_not"
    (card,) = surefoot("inbox", "--json").data
    done = surefoot("decide", card["card"]["id"], word, "--actor", "ann", "--json")
    assert (done.code, done.data["status"]) == (0, "complete"), done.err
    assert len(bank.payments) == 1
