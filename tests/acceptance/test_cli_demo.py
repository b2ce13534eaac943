from pathlib import Path

import pytest

from acceptance.command import Command


@pytest.fixture
def surefoot(tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_ten_of_ten(surefoot: Command) -> None:
    """`surefoot demo` takes ten tickets to the end that each expects, says so, names what waits, and exits 0."""
    said = surefoot("demo")
    assert said.code == 0, said.err
    assert "10 of 10 tickets ended as expected" in said.out
    assert "surefoot inbox --db surefoot-demo.db" in said.out
    assert "✗" not in said.out


def test_progress_is_live_and_apart(surefoot: Command) -> None:
    """Piped, progress is plain lines on stderr, and which model answers is said once."""
    said = surefoot("demo")
    assert said.err.count("model: offline") == 1
    assert {"INTAKE", "PLANNING", "EXECUTING", "REVIEWING", "REVISING", "ESCALATED", "COMPLETE", "REJECTED", "FAILED"} <= {
        line.split()[2] for line in said.err.splitlines() if " enter " in line
    }
    assert "\x1b" not in said.err + said.out


def test_for_machines(surefoot: Command) -> None:
    """`--json` prints one document: each ticket with its run, status and effects, and nothing unmet."""
    trials = surefoot("demo", "--json").data
    assert len(trials) == 10
    assert [trial["unmet"] for trial in trials] == [[]] * 10
    assert {trial["status"] for trial in trials} == {"complete", "rejected", "failed", "waiting"}
    assert len({trial["run"] for trial in trials}) == 10


def test_its_own_file_is_made_anew(surefoot: Command) -> None:
    """A second demo in the same folder succeeds too: its own database starts afresh."""
    first, second = surefoot("demo", "--json"), surefoot("demo", "--json")
    assert second.code == 0, second.err
    assert {trial["run"] for trial in first.data}.isdisjoint(trial["run"] for trial in second.data)


def test_a_database_of_yours_is_not_touched(surefoot: Command, tmp_path: Path) -> None:
    """A file that exists is refused in one line, and left as it is."""
    (tmp_path / "mine.db").write_bytes(b"mine")
    said = surefoot("demo", "--db", "mine.db")
    assert said.code == 2
    assert "--db mine.db" in said.complaint
    assert "exists" in said.complaint
    assert [path.name for path in tmp_path.iterdir()] == ["mine.db"]
    assert (tmp_path / "mine.db").read_bytes() == b"mine"
