"""`surefoot doctor` looks at each thing that could be wrong, writes nothing, and tells what to do."""

import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from checkpoints.opening import open_writer
from checkpoints.records.migrations import MIGRATIONS
from house import ROOT
from surefoot.doctor import examine
from surefoot.doctor.finding import Finding, told
from surefoot.doctor.installation import names, packages, required
from surefoot.doctor.storage import MEGABYTE, clock, database, disk
from surefoot.doctor.work import domain_findings, model
from surefoot.names import HOME, refuse_strangers
from surefoot.settings import Settings


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database of ours, closed."""
    path = tmp_path / "surefoot.db"
    open_writer(path, 1.0).close()
    return path


def run(path: Path, statement: str) -> None:
    """Do something to a database."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def verdicts(findings: Iterator[Finding]) -> dict[str, str]:
    """Verdict by topic."""
    return {finding.topic: finding.verdict for finding in findings}


def the_problem(findings: Iterator[Finding]) -> Finding:
    """The one finding that is not good; it has a remedy."""
    (bad,) = [finding for finding in findings if finding.verdict != "ok"]
    assert bad.remedy
    return bad


def test_this_installation_is_well(tmp_path: Path) -> None:
    """Where nothing is wrong nothing is said to be, each thing has its line, and no file is made."""
    findings = verdicts(examine(Settings(db=tmp_path / "surefoot.db"), "toydomain:toy"))
    assert "problem" not in findings.values()
    for topic in ("python", "sqlite", "package langgraph", "name tools", "database", "schema", "disk", "clock", "model",
                  "domain toydomain:toy"):  # fmt: skip
        assert topic in findings
    assert list(tmp_path.iterdir()) == []


# -- the installation ------------------------------------------------------------------------------------


def test_a_package_that_is_too_old_or_missing() -> None:
    """The remedy is the command that installs it; what only an extra needs is not looked at."""
    asked = ["pydantic>=999", "no-such-package-at-all>=1", "typer>=0.1", "never; extra == 'dev'"]
    old, missing, good = packages(asked)
    assert (old.verdict, old.remedy) == ("problem", "python -m pip install 'pydantic>=999'")
    assert (missing.found, missing.remedy) == ("is not installed", "python -m pip install 'no-such-package-at-all>=1'")
    assert (good.topic, good.verdict) == ("package typer", "ok")


def test_what_is_needed_comes_from_one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A checkout's pyproject.toml, or the metadata of what is installed."""
    assert "pydantic>=2.12" in required()
    monkeypatch.setattr("surefoot.doctor.installation.HOME", tmp_path)
    monkeypatch.setattr(metadata, "requires", {"surefoot": ["a>=1"]}.get)
    assert required() == ["a>=1"]


def test_our_names_are_ours() -> None:
    """Each of the five packages is imported from this tree."""
    assert HOME == ROOT
    assert set(verdicts(names()).values()) == {"ok"}


def test_a_name_that_means_something_else(tmp_path: Path) -> None:
    """From another tree's point of view, all five names are strangers."""
    findings = list(names(tmp_path))
    assert [finding.verdict for finding in findings] == ["problem"] * 5
    assert f"not {tmp_path / 'graph'}" in findings[0].found


def test_a_stranger_under_our_name_is_refused(tmp_path: Path) -> None:
    """Start-up goes no further where a name of ours means somebody else's code, and says what to do."""
    refuse_strangers()
    with pytest.raises(ImportError, match=r"'graph' means .* run from another folder, or rename"):
        refuse_strangers(tmp_path)


@pytest.mark.parametrize("path", ["tools/__init__.py", "tools.py"])
def test_a_module_that_ours_hides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A user's own `tools` further down the path cannot be imported, and they are told so."""
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    hidden = the_problem(names())
    assert (hidden.topic, hidden.verdict) == ("name tools", "warning")
    assert str(tmp_path) in hidden.found


# -- the database ----------------------------------------------------------------------------------------


def test_a_database_of_ours(db: Path) -> None:
    """Ours, writable, of the newest schema; the file is as it was."""
    before = db.read_bytes()
    assert verdicts(database(db)) == {"database": "ok", "schema": "ok"}
    assert clock(db).verdict == "ok"
    assert db.read_bytes() == before


def test_no_database_yet(tmp_path: Path) -> None:
    """It will be made, in a folder that exists."""
    assert verdicts(database(tmp_path / "new.db")) == {"database": "ok", "schema": "ok"}
    assert "create" in the_problem(database(tmp_path / "nowhere" / "new.db")).remedy


@pytest.mark.parametrize(
    ("statement", "topic", "told_"),
    [
        ("PRAGMA application_id = 7", "database", "something else"),
        (f"PRAGMA user_version = {len(MIGRATIONS) + 1}", "schema", "this Surefoot knows"),
        ("PRAGMA user_version = 0", "schema", "version 0"),
    ],
)
def test_a_database_that_is_not_quite_ours(db: Path, statement: str, topic: str, told_: str) -> None:
    """Another application's, a newer one, an older one: each has its own line."""
    run(db, statement)
    bad = the_problem(database(db))
    assert bad.topic == topic
    assert told_ in bad.found


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A text file is named as such, and left alone."""
    (tmp_path / "notes.db").write_text("remember the milk " * 9)
    assert "is not a SQLite database" in the_problem(database(tmp_path / "notes.db")).found


def test_a_damaged_database(db: Path) -> None:
    """Bytes that make no sense are a problem with a remedy, and no traceback."""
    db.write_bytes(db.read_bytes()[:16] + b"\xff" * 4_096)
    assert the_problem(database(db)).verdict == "problem"
    assert clock(db).verdict == "ok"


def test_a_database_in_use(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process's write lock is worth knowing, not a problem."""
    monkeypatch.setattr("surefoot.doctor.storage.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert the_problem(database(db)).verdict == "warning"


@pytest.mark.parametrize(("free", "verdict"), [(5, "problem"), (500, "warning"), (5_000, "ok")])
def test_disk_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str) -> None:
    """Under 100 MB a run may not finish; under a gigabyte it is time to look."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free * MEGABYTE))
    assert disk(tmp_path / "surefoot.db").verdict == verdict


def test_a_clock_that_cannot_be_right(db: Path) -> None:
    """A clock of last century, or one behind what the database was written at."""
    texts = dict.fromkeys(("run_id", "thread_id", "tenant", "domain", "status", "request", "context"), "'x'")
    job = {**texts, "accepted_at": "0", "updated_at": "2000000000000000"}
    run(db, f"INSERT INTO jobs ({', '.join(job)}) VALUES ({', '.join(job.values())})")  # noqa: S608 our own words
    behind = clock(db, now=1_900_000_000.0)
    assert behind.verdict == "problem"
    assert "100,000,000 s later" in behind.found
    assert clock(db, now=2_000_000_000.0).verdict == "ok"
    assert clock(db, now=0.0).verdict == "problem"
    assert clock(db.with_name("new.db"), now=time.time()).verdict == "ok"


# -- what there is to work with --------------------------------------------------------------------------


def test_each_mistake_has_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A domain that is wired wrongly is told mistake by mistake, what is wrong apart from what to do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "mine_8.py").write_text(
        "from toydomain import toy\ndef domain(folder):\n    return toy(folder, max_tasks=0, timezone='Mars')\n"
    )
    first, second = domain_findings("mine_8:domain")
    assert (first.found, first.remedy) == ("policy.max_tasks: 0 is too small", "give 1 or more")
    assert second.remedy == "use a name such as Europe/Berlin"


def test_a_domain_that_is_not_there() -> None:
    """One line, with the names that there are."""
    (finding,) = domain_findings("suport")
    assert finding.verdict == "problem"
    assert "use one of support" in finding.remedy


def test_a_domain_without_cases_runs() -> None:
    """That nobody knows how well it works is worth a warning."""
    parts, cases = domain_findings("toydomain:toy")
    assert (parts.verdict, cases.verdict) == ("ok", "warning")
    assert "toydomain.cases.jsonl" in cases.remedy


def test_which_model_answers() -> None:
    """Nobody should believe that a model was asked where rules answered."""
    assert "offline rules" in model(Settings()).found


def test_a_message_without_a_remedy_is_still_told() -> None:
    """Nothing that went wrong is lost for want of punctuation."""
    assert told("database", "it broke") == Finding(topic="database", verdict="problem", found="it broke")


def test_a_script_of_our_name_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The `surefoot` beside the interpreter is on the path when it runs, and can be imported by nobody."""
    (tmp_path / "surefoot").write_text("#!/bin/sh")
    monkeypatch.syspath_prepend(tmp_path)
    assert [finding.verdict for finding in names()] == ["ok"] * 5
