import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from acceptance.command import Command
from house import ROOT

GREETER: Final = """
from pathlib import Path
from surefoot.casebook import Case, read_cases, unmet, wrong_effects
from toybackend import Backend
from toydomain import toy

def domain(folder):
    return toy(folder, task_attempts=1)
"""
CASES: Final = """
import json
from pathlib import Path
from surefoot.casebook import Case, unmet, wrong_effects
from toybackend import Backend

HERE = Path(__file__).parent

class Greeting(Case):
    intent: str | None = None
    group: str | None = None
    breaks: str | None = None
    raises: bool = False

def load_cases():
    return [Greeting.model_validate_json(line) for line in (HERE / "cases.jsonl").read_text().splitlines()]

def mutations(seed=7, count=300):
    names = [f"Guest {seed}-{number}" for number in range(count)]
    case, = load_cases()[:1]
    return [case.model_copy(update={"id": name, "group": ("open", "held_out")[number % 2],
                                    "request": {"name": name}}) for number, name in enumerate(names)]

def arm(case, folder):
    if case.breaks:
        Backend(folder).break_down(case.breaks)

def check_case(case, status, cause, waiting_kind, reply, effects, *, folder):
    if case.raises:
        raise ZeroDivisionError("a defect of the check")
    log = ["greet" for _ in Backend(folder).effects()]
    told = unmet(case.expect, status, cause, waiting_kind, reply, [effect["tool"] for effect in effects])
    return [*told, *wrong_effects("the backend", case.expect, log)]
"""
GREETS: Final = {"status": "complete", "cause": "done", "effects": ["greet"]}
REFUSES: Final = {"status": "rejected", "cause": "invalid", "forbidden": ["greet"]}


def greeting(name: str, expect: dict[str, Any] = GREETS, **more: object) -> dict[str, Any]:
    """A case of the greeter."""
    return {"id": name, "title": name, "request": {"name": name.title()}, "expect": expect, **more}


ADA: Final = greeting("ada", intent="friend")
BEA: Final = greeting("bea", intent="friend")
STRANGER: Final = greeting("stranger", REFUSES, intent="foe")
WRONG: Final = greeting("wrong", {"status": "rejected"}, intent="foe")
NEVER: Final = greeting("never", {"status": "complete", "forbidden": ["greet"]}, intent="foe")


class Greeter(Command):
    """The command line in a folder with a domain of one's own, `greeter:domain`."""

    def has(self, *cases: dict[str, Any]) -> None:
        """Give the domain these cases."""
        package = self.folder / "greeter"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(GREETER)
        (package / "cases.py").write_text(CASES)
        (package / "cases.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in cases))


@pytest.fixture
def greeter(tmp_path: Path) -> Greeter:
    """A domain with three cases that end as expected."""
    made = Greeter(tmp_path, {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"})
    made.has(ADA, BEA, STRANGER)
    return made


def test_some_bundled_tickets(tmp_path: Path) -> None:
    """Tickets of the bundled domain end as expected: exit 0, a line each with its spend, nothing left in the folder."""
    said = Command(tmp_path)("eval", "support", "--only", "late_refund,where_is_my_order")
    assert said.code == 0, said.out + said.err
    assert "2 of 2 cases as expected" in said.out
    assert said.out.splitlines()[-1] == "PASSED"
    lines = [line for line in said.err.splitlines() if " as expected (" in line]
    assert {line.split()[1] for line in lines} == {"late_refund", "where_is_my_order"}
    assert all(" tokens, " in line for line in lines)
    assert [line.split()[0] for line in lines] == ["1/2", "2/2"]
    assert "\x1b" not in said.out + said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_all_bundled_tickets(tmp_path: Path) -> None:
    """Every ticket of the bundled domain ends as its case expects, with no forbidden effect."""
    said = Command(tmp_path)("eval", "support", "--json")
    assert said.code == 0, said.out + said.err
    assert said.data["forbidden"] == {}
    assert said.data["score"] == {"as_expected": len(said.data["cases"]), "total": len(said.data["cases"]), "share": 1}


def test_what_failed_and_where(greeter: Greeter) -> None:
    """Exit 1; tables say how each intent fared and which cases failed on what; a check that raises fails its case."""
    wronged = greeting("wronged", {"status": "rejected"}, intent="foe")
    greeter.has(ADA, STRANGER, WRONG, wronged, greeting("broken", raises=True))
    said = greeter("eval", "greeter:domain")
    assert said.code == 1
    assert "2 of 5 cases as expected" in said.out
    rows = [line.split() for line in said.out.splitlines()]
    assert ["✗", "foe", "1", "of", "3"] in [row[:5] for row in rows]
    assert ["✓", "friend", "1", "of", "1"] in [row[:5] for row in rows]
    assert "status is complete, expected rejected 2 wrong, wronged" in [" ".join(row) for row in rows]
    assert said.err.count("NOT as expected: status is complete, expected rejected") == 2
    assert "the case raised ZeroDivisionError: a defect of the check" in said.err
    assert not {"FORBIDDEN", "Traceback"} & set(f"{said.out} {said.err}".split())


def test_a_threshold_forgives_failures_but_no_forbidden_effect(greeter: Greeter) -> None:
    """A share at the threshold is enough (exit 0), but never with an effect that must not happen: exit 1, loudly."""
    greeter.has(ADA, WRONG)
    assert greeter("eval", "greeter:domain", "--threshold", "0.5").code == 0
    greeter.has(ADA, NEVER)
    forbidden = greeter("eval", "greeter:domain", "--threshold", "0")
    assert forbidden.code == 1
    assert forbidden.out.splitlines()[0] == "FORBIDDEN EFFECT in never: greet"
    assert "forbidden effects in 1 of 2 cases" in forbidden.out


def test_a_baseline_tells_what_changed(greeter: Greeter) -> None:
    """Against a baseline: newly failing (exit 1), newly passing, the same, gone, new; what failed before may fail."""
    greeter.has(ADA, BEA, WRONG, STRANGER)
    assert greeter("eval", "greeter:domain", "--save", "base.json").code == 1

    greeter.has({**ADA, "expect": {"status": "rejected"}}, {**WRONG, "expect": GREETS}, STRANGER, greeting("cleo"))
    said = greeter("eval", "greeter:domain", "--baseline", "base.json", "--json")
    assert said.code == 1
    assert said.data["comparison"] == {
        "newly_failing": ["ada"], "newly_passing": ["wrong"], "same": 1, "new": ["cleo"], "new_failing": [],
        "gone": ["bea"], "not_run": 0,
    }  # fmt: skip


def test_mutations_are_drawn_and_told_apart(greeter: Greeter) -> None:
    """`--mutations` takes their place, drawn from `--seed`; the groups are reported apart."""
    said = greeter("eval", "greeter:domain", "--mutations", "--seed", "5", "--limit", "3")
    assert said.code == 0, said.out + said.err
    assert {line.split()[2] for line in said.err.splitlines() if "Guest" in line} == {"5-0", "5-1", "5-2"}
    assert "open: 2 of 2 as expected" in said.out
    assert "held_out: 1 of 1 as expected" in said.out


def test_cases_do_not_see_each_other(greeter: Greeter) -> None:
    """With several at once, one case's outage opens no breaker for another, and equal cases each have their effect."""
    down = greeting("down", {"status": "failed", "cause": "tool_unavailable"}, breaks="down")
    twins = [{**ADA, "id": f"ada{number}"} for number in range(4)]
    outages = [{**down, "id": f"down{number}"} for number in range(6)]
    greeter.has(*outages, *twins)
    said = greeter("eval", "greeter:domain", "--json", "--concurrency", "5")
    assert [case["unmet"] for case in said.data["cases"] if case["id"].startswith("ada")] == [[]] * 4
    assert {case["cause"] for case in said.data["cases"] if case["id"].startswith("down")} == {
        said.data["cases"][0]["cause"]
    }


def test_json_has_every_case_with_its_spend(greeter: Greeter) -> None:
    """`--json` is one document: the verdict, every case with its run, effects, time and spend, and the sum of these."""
    said = greeter("eval", "greeter:domain", "--json")
    assert said.err == "model: offline rules (no endpoint is configured)\n"
    assert said.data["passed"] is True
    ada, bea, stranger = said.data["cases"]
    assert (ada["status"], ada["effects"], ada["unmet"]) == ("complete", ["greet"], [])
    assert stranger["effects"] == []
    assert ada["spend"]["tokens"] > 0
    assert said.data["spend"]["tokens"] == sum(case["spend"]["tokens"] for case in (ada, bea, stranger))
    assert said.data["spend"]["calls"] == sum(case["spend"]["calls"] for case in (ada, bea, stranger))


def test_kept_databases_can_be_looked_at(greeter: Greeter) -> None:
    """`--keep` leaves a database a case, and names the command that shows one that is not as expected."""
    greeter.has(ADA, WRONG)
    said = greeter("eval", "greeter:domain", "--keep", "kept")
    (line,) = [line for line in said.out.splitlines() if line.startswith("look at wrong: surefoot ")]
    shown = greeter(*line.split()[4:])
    assert shown.code == 0, shown.err
    assert "complete" in shown.out


def test_a_bar_on_a_terminal(greeter: Greeter) -> None:
    """On a terminal the progress is one moving bar with counts; a case that is not as expected stays above it."""
    greeter.has(ADA, WRONG)
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "surefoot", "eval", "greeter:domain"],
        cwd=greeter.folder, env={**greeter.env, "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs, timeout=60,
        check=False,
    )  # fmt: skip
    os.close(theirs)
    seen = read_all(ours)
    assert done.returncode == 1
    assert "━" in seen
    assert "2/2" in seen
    assert "1 as expected" in seen
    assert "1 not" in seen
    assert seen.count("wrong NOT as expected") == 1
    assert b"\x1b" not in done.stdout


def read_all(end: int) -> str:
    """Everything a closed terminal was sent."""
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(end, 65_536)
        except OSError:  # Linux's word for the end of a terminal
            part = b""
        if not part:
            os.close(end)
            return b"".join(parts).decode()
        parts.append(part)


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    """Exit 2 and one line that says what to give instead; no case is run."""
    said = Command(tmp_path)("eval", "support", "--only", "late_refund,nothing")
    assert said.code == 2
    assert "--only: no case 'nothing'; there are " in said.complaint
    assert said.out == ""
