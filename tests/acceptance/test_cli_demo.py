from pathlib import Path

import pytest

from acceptance.command import Command, Said

STATES = {"INTAKE", "VALIDATING", "PLANNING", "EXECUTING", "REVIEWING", "REVISING", "ESCALATED", "COMPLETE", "REJECTED",
          "FAILED"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo runs, twice."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def said(folder: Path) -> Said:
    """What the first demo said."""
    return Command(folder)("demo")


def test_each_ticket_ends_as_it_expects(said: Said) -> None:
    """`surefoot demo` takes sixty tickets to the end that each expects, says so, names what waits, and exits 0."""
    assert said.code == 0, said.err
    assert "60 of 60 tickets ended as expected" in said.out
    assert "surefoot inbox --db surefoot-demo.db" in said.out
    assert "✗" not in said.out


def test_progress_is_live_and_apart(said: Said) -> None:
    """Piped, progress is plain lines on stderr through all states and both detours; the model is named once."""
    assert said.err.count("model: offline") == 1
    entered = {line.split()[2] for line in said.err.splitlines() if " enter " in line}
    assert entered >= {*STATES, "summarize", "fallback"}
    assert "\x1b" not in said.err + said.out


def test_again_for_machines(said: Said, folder: Path) -> None:
    """A second demo starts its own database afresh; `--json` is one document with nothing unmet."""
    again = Command(folder)("demo", "--json")
    assert again.code == said.code == 0, again.err
    assert [trial["unmet"] for trial in again.data] == [[]] * 60
    assert {trial["status"] for trial in again.data} == {"complete", "rejected", "failed", "waiting"}
    assert not any(trial["run"] in said.out for trial in again.data)


def test_four_kinds_of_card_are_left_waiting(said: Said, folder: Path) -> None:
    """After the demo a person finds at least four kinds of decision in the inbox."""
    assert said.code == 0
    inbox = Command(folder)("inbox", "--db", "surefoot-demo.db", "--json")
    assert len({card["card"]["kind"] for card in inbox.data}) >= 4


def test_a_database_of_yours_is_not_touched(tmp_path: Path) -> None:
    """A file that exists is refused in one line, and left as it is."""
    (tmp_path / "mine.db").write_bytes(b"mine")
    refused = Command(tmp_path)("demo", "--db", "mine.db")
    assert refused.code == 2
    assert "--db mine.db: exists already" in refused.complaint
    assert [path.name for path in tmp_path.iterdir()] == ["mine.db"]
    assert (tmp_path / "mine.db").read_bytes() == b"mine"
