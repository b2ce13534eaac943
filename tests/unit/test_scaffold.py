"""A new domain is a copy of the template under another name, and never in the way of anything."""

import ast
import os
import sys
import zipfile
from pathlib import Path

import pytest

from graph.errors import BadRequest
from house import ROOT
from surefoot.mistakes import mistakes_of
from surefoot.scaffold import TEMPLATE, create, lending

SOURCE = ROOT / "surefoot" / "scaffold" / TEMPLATE


def _files() -> set[str]:
    return {_within(path, SOURCE) for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def test_it_is_the_template_under_another_name(tmp_path: Path) -> None:
    """Every file is there, data included, and nothing is left of the template's name."""
    written = create("desk", tmp_path)
    assert {_within(path, tmp_path / "desk").replace("desk", TEMPLATE) for path in written} == _files()
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert TEMPLATE not in text, path.name
        source = SOURCE / _within(path, tmp_path / "desk").replace("desk", TEMPLATE)
        assert text.replace("desk", "") == source.read_text(encoding="utf-8").replace(TEMPLATE, "").replace("desk", "")


def test_it_stands_on_its_own(tmp_path: Path) -> None:
    """The copy imports its own files relatively and nothing of the template's place."""
    for path in create("desk", tmp_path):
        if path.suffix == ".py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            assert not [module for module in modules if "scaffold" in module]


def test_the_template_is_wired_well(tmp_path: Path) -> None:
    """What users start from has no mistake."""
    assert list(mistakes_of(lending.domain(tmp_path))) == []


def test_it_is_small_enough_to_be_read(tmp_path: Path) -> None:
    """A file of a new domain is read in a minute."""
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in create("desk", tmp_path)}
    assert max(lengths.values()) < 100, lengths


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("my-desk", "is no name for a Python module"),
        ("2desks", "is no name for a Python module"),
        ("", "is no name for a Python module"),
        ("../desk", "is no name for a Python module"),
        ("_desk", "is no name for a Python module"),
        ("class", "is a word of Python's own"),
        ("match", "is a word of Python's own"),
        ("json", "is a module of Python's standard library"),
        ("pydantic", "is an installed module"),
        ("tools", "is an installed module"),
        ("surefoot", "is an installed module"),
        ("lending", "is the template's own name"),
    ],
)
def test_a_name_that_would_not_work_is_refused(tmp_path: Path, name: str, told: str) -> None:
    """A name that Python cannot import, or that means something already, is refused before anything is written."""
    with pytest.raises(BadRequest, match=told):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_exists_is_not_touched(tmp_path: Path) -> None:
    """A folder or a file of that name is left as it is."""
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "mine.txt").write_text("mine")
    (tmp_path / "counter").write_text("mine")
    for name in ("desk", "counter"):
        with pytest.raises(BadRequest, match="exists already; choose another name or folder"):
            create(name, tmp_path)
    assert [path.name for path in (tmp_path / "desk").iterdir()] == ["mine.txt"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """One line, not a traceback."""
    with pytest.raises(BadRequest, match="No such file or directory; choose a folder that you may write to"):
        create("desk", tmp_path / "nowhere")


def test_the_wheel_carries_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed Surefoot has every file of the template, data included."""
    backend = pytest.importorskip("uv_build", reason="uv_build comes with the developers' tools: make test")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / backend.build_wheel(str(tmp_path))) as wheel:
        held = set(wheel.namelist())
    assert {f"surefoot/scaffold/{TEMPLATE}/{name}" for name in _files()} <= held
