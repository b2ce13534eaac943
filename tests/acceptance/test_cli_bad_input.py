import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.command import CASES, Command

PLAIN = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""Root without its powers: file modes count for it as for anybody."""


@pytest.fixture
def surefoot(tmp_path: Path) -> Command:
    """The command line in an empty folder."""
    return Command(tmp_path)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """A folder whose database has one waiting run."""
    command = Command(tmp_path_factory.mktemp("used"))
    assert command("run", "support", command.request("large_refund")).code == 5
    return command


def runs(command: Command) -> list[dict[str, object]]:
    """Every run of the default database, read without Surefoot; none where there is no database."""
    path = command.folder / "surefoot.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT status, outcome FROM jobs")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"message": ', "job.json: line 1 column 13"),
        (b'{\n  "message": "a",\n}', "job.json: line 3 column 1"),
        (b'{"message": "\xff\xfe"}', "job.json: is not UTF-8 text (byte 13)"),
        (b"[1, 2]", "job.json: holds a list; give one JSON object"),
        (b"", "job.json: line 1 column 1"),
        (b'{"message": "' + b"x" * 1_000_001 + b'"}', "job.json: is larger than 1,000,000 bytes"),
        (b"[" * 200_000, "job.json: is nested too deeply"),
    ],
    ids=["cut off", "trailing comma", "not UTF-8", "an array", "empty", "huge", "deep"],
)
def test_a_file_that_is_no_job(surefoot: Command, content: bytes, told: str) -> None:
    """What cannot be read is refused in one line that names the place; no database is made for it."""
    (surefoot.folder / "job.json").write_bytes(content)
    said = surefoot("run", "support", "job.json")
    assert said.code == 2
    assert told in said.complaint
    assert [path.name for path in surefoot.folder.iterdir()] == ["job.json"]


@pytest.mark.parametrize(("name", "told"), [("none.json", "No such file"), (".", "directory")])
def test_no_file(surefoot: Command, name: str, told: str) -> None:
    """A missing file, or a directory, is named with its remedy."""
    said = surefoot("run", "support", name)
    assert said.code == 2
    assert told in said.complaint
    assert "give a JSON file" in said.complaint
    assert list(surefoot.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [({"customer_email": None}, "customer_email"), ({"surprise": 1}, "surprise"), ({"message": 7}, "message")],
)
def test_a_request_that_breaks_its_schema(surefoot: Command, change: dict[str, object], named: str) -> None:
    """It is rejected (exit 3) in one line that names the field, and the run is on record as such."""
    request = {**CASES["where_is_my_order"].request, **change}
    said = surefoot("run", "support", "-", given=json.dumps(request))
    assert said.code == 3, said.err
    (line,) = [line for line in said.out.splitlines() if line.startswith("bad_request: ")]
    assert named in line
    assert "Traceback" not in said.err
    (run,) = runs(surefoot)
    assert run["status"] == "rejected"
    assert named in str(run["outcome"])


def test_a_budget_that_is_none(surefoot: Command) -> None:
    """A budget of nothing is refused in one line, before there is a run."""
    said = surefoot("run", "support", surefoot.request("where_is_my_order"), "--budget-usd", "-1")
    assert said.code == 2
    assert "--budget: usd=-1.0: input should be greater than 0" in said.complaint
    assert runs(surefoot) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("runs", "nonesuch"), "no run 'nonesuch'"),
        (("resume", "nonesuch"), "no run 'nonesuch'"),
        (("cancel", "nonesuch"), "no run 'nonesuch'"),
        (("decide", "nonesuch", "approve"), "no run 'nonesuch'"),
        (("runs", "--status", "sleeping"), "--status: 'sleeping' is none of"),
        (("run", "nonesuch", "large_refund.json"), "unknown domain 'nonesuch': use one of support"),
        (("run", "nonesuch:domain", "large_refund.json"), "no module"),
        (("run", "json:nonesuch", "large_refund.json"), "nonesuch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_names_that_there_are_not(used: Command, words: tuple[str, ...], told: str) -> None:
    """An unknown run, status or domain is told in one line with what there is; nothing is changed."""
    before = runs(used)
    said = used(*words)
    assert said.code == 2
    assert told in said.complaint
    assert said.out == ""
    assert runs(used) == before


def test_an_unknown_option(surefoot: Command) -> None:
    """A misspelt option is named, and the command's help pointed at."""
    said = surefoot("runs", "--stauts", "failed")
    assert said.code == 2
    assert "--stauts" in said.complaint
    assert "surefoot --help" in said.complaint


def another_applications(path: Path) -> None:
    """Make a database of another application."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
        db.commit()


def a_text(path: Path) -> None:
    """Write a diary."""
    path.write_text("dear diary\n" * 100)


@pytest.mark.parametrize(
    ("make", "told"),
    [(another_applications, "a database of something else than Surefoot"), (a_text, "is not a SQLite database")],
)
def test_a_file_that_is_not_ours(surefoot: Command, make: object, told: str) -> None:
    """Another application's database, or a text, is refused by writers and readers and left as it is, byte for byte."""
    path = surefoot.folder / "theirs.db"
    assert callable(make)
    make(path)
    before = path.read_bytes()
    request = surefoot.request("where_is_my_order")
    for words in (("run", "support", str(request)), ("runs",)):
        said = surefoot(*words, "--db", path)
        assert said.code == 2
        assert told in said.complaint
    assert path.read_bytes() == before
    assert sorted(found.name for found in surefoot.folder.iterdir()) == sorted([path.name, request.name])


@pytest.fixture
def locked(surefoot: Command) -> Iterator[Path]:
    """A database of ours that somebody else is writing to, for as long as the test takes."""
    assert surefoot("run", "support", "-", given="{}").code == 3
    path = surefoot.folder / "surefoot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield path
        db.execute("ROLLBACK")


def test_a_locked_database(surefoot: Command, locked: Path) -> None:
    """After a bounded wait it is told that another process holds the file; nothing is written."""
    hasty = Command(surefoot.folder, {"SUREFOOT_BUSY_SECONDS": "0.2"})
    said = hasty("run", "support", surefoot.request("where_is_my_order"))
    assert said.code == 2
    assert f"{locked.name} is locked by another process" in said.complaint
    assert [run["status"] for run in runs(surefoot)] == ["rejected"]


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv to drop root")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root has powers to drop")
def test_a_read_only_folder(surefoot: Command, tmp_path: Path) -> None:
    """A file that this user may not write is told with its remedy, and left as it is."""
    assert surefoot("run", "support", "-", given="{}").code == 3
    path = tmp_path / "surefoot.db"
    before = path.read_bytes()
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    unprivileged = Command(tmp_path, prefix=PLAIN)
    said = unprivileged("runs")
    assert said.code == 2
    assert "cannot be written" in said.complaint
    assert "writable for this user" in said.complaint
    assert path.read_bytes() == before


def test_a_missing_folder(surefoot: Command) -> None:
    """A database in a folder that does not exist is refused, and the folder is not made."""
    said = surefoot("run", "support", "-", "--db", "nowhere/surefoot.db", given="{}")
    assert said.code == 2
    assert "create nowhere first" in said.complaint
    assert "no such database" in surefoot("runs", "--db", "nowhere/surefoot.db").complaint
    assert list(surefoot.folder.iterdir()) == []


MISTAKEN = """
from dataclasses import replace
from surefoot.domains import support

def domain(folder):
    built = support.domain(folder)
    tools = tuple(replace(tool, identity=None) for tool in built.tools)
    workers = (replace(built.workers[0], tools=("telepathy",)), *built.workers[1:])
    return replace(built, tools=tools, workers=workers, policy=replace(built.policy, gates={}))
"""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (MISTAKEN, ("gates", "(irreversible, money)", "send_reply", "identity", "telepathy")),
        ("raise RuntimeError('no network')\ndomain = 1", ("RuntimeError: no network",)),
        ("def domain(folder:", ("SyntaxError",)),
        ("def domain(folder):\n    raise OSError('no disk')", ("OSError: no disk",)),
        ("domain = 'support'", ("is a str", "Domain")),
        ("import nonesuch", ("nonesuch",)),
    ],
    ids=["all at once", "raises at import", "syntax", "raises when built", "no domain", "imports nothing"],
)  # fmt: skip
def test_a_domain_with_mistakes(surefoot: Command, source: str, told: tuple[str, ...]) -> None:
    """A domain of one's own that is wired wrongly is refused in one line with all its mistakes; no run is accepted."""
    (surefoot.folder / "own.py").write_text(source)
    said = surefoot("run", "own:domain", surefoot.request("where_is_my_order"))
    assert said.code == 2
    assert said.complaint.startswith("surefoot: domain own:domain")
    assert [words for words in told if words not in said.complaint] == []
    assert runs(surefoot) == []
