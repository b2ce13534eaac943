"""A domain is found by its name; what goes wrong is one line with the place and the remedy."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import BadRequest, DomainMistake
from surefoot.casebook import Casebook
from surefoot.catalog import Catalog
from surefoot.loading import load, module_of
from surefoot.trial import cases_of

GOOD = "from toydomain import toy as domain\n"
CASE = '{"id": "a", "title": "A", "request": {"name": "Ada"}, "expect": {"status": "complete"}}\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, empty; path and modules are as before afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("mine_")]:
        del sys.modules[name]


def refused(name: str, folder: Path) -> str:
    """The one line that loading it ends with."""
    with pytest.raises(DomainMistake) as refusal:
        load(name, folder)
    line = str(refusal.value)
    assert "\n" not in line
    return line


def test_a_file_in_the_current_folder_is_found(here: Path) -> None:
    """`mine:domain` needs no installation; the folder comes last on the path, so that it shadows nothing."""
    (here / "mine_1.py").write_text(GOOD)
    (here / "json.py").write_text("raise RuntimeError")
    assert load("mine_1:domain", here).name == "toy"
    assert sys.path[-1] == str(here)
    assert sys.path.count(str(here)) == 1


def test_a_bundled_domain_does_not_open_the_folder(here: Path) -> None:
    """A name without a colon imports nothing from where one happens to be."""
    module_of("support")
    assert str(here) not in sys.path


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\nboom = 1 / 0\n", "importing mine_2 raised ZeroDivisionError: division by zero (mine_2.py:2)"),
        ("def f(:\n", "raised SyntaxError: invalid syntax (mine_2.py, line 1) (mine_2.py:1)"),
        ("import no_such_thing\n", "importing mine_2 needs 'no_such_thing' (mine_2.py:1); install it"),
        ("from pydantic import no_such\n", "raised ImportError: cannot import name 'no_such'"),
        ("import sys\nsys.exit(3)\n", "importing mine_2 raised SystemExit: 3 (mine_2.py:2)"),
        ("raise ValueError('one\\ntwo')\n", "raised ValueError: one (mine_2.py:1); mend that line"),
        ("from graph.contract import Budget\n\nBudget(tokens=-1)\n", "(mine_2.py:3); mend that line"),
        (
            "import json\n\njson.loads('x')\n",
            "JSONDecodeError: Expecting value: line 1 column 1 (char 0) (mine_2.py:3)",
        ),
        ("def domain(folder):\n    return folder / 7\n", "building it raised TypeError: unsupported operand"),
        ("def domain(folder):\n    return folder / 7\n", "(mine_2.py:2); mend that line"),
        ("domains = 1\n", "mine_2 has no 'domain'; give the name of a Domain"),
        ("domain = 1\n", "is a int, must be or return a graph.domain.Domain"),
    ],
)
def test_what_a_module_does_wrong_is_one_line(here: Path, source: str, told: str) -> None:
    """The exception's type and message, and the line of the author's own code that it came from."""
    (here / "mine_2.py").write_text(source)
    assert told in refused("mine_2:domain", here)


@pytest.mark.parametrize("name", ["nowhere:domain", "nowhere.at.all:domain"])
def test_a_module_that_is_nowhere(here: Path, name: str) -> None:
    """The line says where it was looked for."""
    assert f"no module 'nowhere' in {here} or on the path; run from the folder that holds it" in refused(name, here)


@pytest.mark.parametrize("name", ["suport", "mine:", ":domain", ""])
def test_a_name_that_is_none(here: Path, name: str) -> None:
    """A name of no bundled domain says which there are, and how one's own is written."""
    assert "use one of support, or package.module:name for your own" in refused(name, here)


def test_every_mistake_is_in_the_one_line(here: Path) -> None:
    """A domain is refused with all of its mistakes, not with the first."""
    (here / "mine_3.py").write_text(
        "from dataclasses import replace\nfrom toydomain import toy\n"
        "def domain(folder):\n    return replace(toy(folder, max_tasks=0), rules={})\n"
    )
    with pytest.raises(DomainMistake) as refusal:
        Catalog(lambda _: here).get("mine_3:domain")
    assert str(refusal.value).startswith("domain mine_3:domain has 4 mistakes: (1) policy.max_tasks: 0 is too small;")
    for part in ("no 'plan'", "no 'review'", "(4) rules: no 'summarize'"):
        assert part in str(refusal.value)


# -- cases ---------------------------------------------------------------------------------------------


def test_cases_lie_beside_a_package(here: Path) -> None:
    """`cases.jsonl` in a domain's folder is all that it takes."""
    (here / "mine_4").mkdir()
    (here / "mine_4" / "__init__.py").write_text(GOOD)
    (here / "mine_4" / "cases.jsonl").write_text(CASE)
    assert [case.id for case in cases_of("mine_4:domain").load_cases()] == ["a"]


def test_cases_lie_beside_a_file(here: Path) -> None:
    """A domain of one file has its cases in a file of its own name."""
    (here / "mine_5.py").write_text(GOOD)
    (here / "mine_5.cases.jsonl").write_text(CASE)
    assert cases_of("mine_5:domain") == Casebook(here / "mine_5.cases.jsonl")


def test_a_module_of_cases_takes_over(here: Path) -> None:
    """`cases.py` replaces the file; one that lacks a function is refused by name."""
    (here / "mine_6").mkdir()
    (here / "mine_6" / "__init__.py").write_text(GOOD)
    (here / "mine_6" / "cases.jsonl").write_text(CASE)
    (here / "mine_6" / "cases.py").write_text("def load_cases():\n    return []\n")
    with pytest.raises(BadRequest, match=r"mine_6\.cases lacks arm, check_case"):
        cases_of("mine_6:domain")
    with (here / "mine_6" / "cases.py").open("a") as module:
        module.write("arm = check_case = load_cases\n")
    del sys.modules["mine_6.cases"]
    assert cases_of("mine_6:domain").load_cases() == []


def test_a_domain_without_cases_says_where_to_write_them(here: Path) -> None:
    """The remedy is the file's name."""
    (here / "mine_7.py").write_text(GOOD)
    with pytest.raises(BadRequest, match=r"has no cases: write some to .*mine_7\.cases\.jsonl"):
        cases_of("mine_7:domain")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{\n", "cases.jsonl:1: the line: Invalid JSON"),
        (CASE + CASE, "the id 'a' stands twice"),
        (CASE.replace("complete", "done"), "cases.jsonl:1: expect.status: Input should be 'complete'"),
        ("\n" + CASE.replace('"title"', '"tittle"'), "cases.jsonl:2: title: Field required"),
    ],
)
def test_a_case_that_is_none_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    """File, line, field and what is wrong with it."""
    file = tmp_path / "cases.jsonl"
    file.write_text(text)
    with pytest.raises(BadRequest) as refusal:
        Casebook(file).load_cases()
    assert told in str(refusal.value)


def test_what_is_not_met_is_said_in_words(tmp_path: Path) -> None:
    """Each expectation that fails is named, and none where all hold."""
    file = tmp_path / "cases.jsonl"
    expect = {"status": "complete", "cause": "done", "effects": ["send"], "forbidden": ["pay"],
              "reply_contains": ["yes"], "reply_lacks": ["no"]}  # fmt: skip
    file.write_text(json.dumps({"id": "a", "title": "A", "request": {}, "expect": expect}))
    book = Casebook(file)
    (case,) = book.load_cases()
    assert book.check_case(case, "complete", "done", None, "yes", [{"tool": "send"}], folder=tmp_path) == []
    twice = [{"tool": "send"}, {"tool": "send"}, {"tool": "pay"}]
    assert book.check_case(case, "waiting", None, "budget", "no", twice, folder=tmp_path) == [
        "status is waiting, expected complete",
        "cause is None, expected done",
        "card is budget, expected None",
        "the journal: send happened 2 times, not once",
        "the journal: pay happened, it must not",
        "the reply lacks 'yes'",
        "the reply has 'no'",
    ]
