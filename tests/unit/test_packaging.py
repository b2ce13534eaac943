import ast
import importlib
import os
import re
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from house import PACKAGES, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def squatters(name: str, places: list[Path]) -> list[Path]:
    """Other things of that name on the import path."""
    own = {ROOT, ROOT / "tests"}
    candidates = [place / child for place in places if place.resolve() not in own for child in (name, f"{name}.py")]
    return [candidate for candidate in candidates if candidate.exists()]


def names_of(requirements: list[str]) -> set[str]:
    """The normalised names of requirements."""
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match.group()).lower() for match in found if match}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_name_is_ours(name: str) -> None:
    """Each top-level name is imported from this tree, nothing else on the path bears it, nobody else installs it."""
    assert Path(str(importlib.import_module(name).__file__)) == ROOT / name / "__init__.py"
    assert squatters(name, [Path(place) for place in sys.path if place]) == []
    assert set(metadata.packages_distributions().get(name, [])) <= {"surefoot"}


def test_a_squatter_is_found(tmp_path: Path) -> None:
    """A package or a module of our name elsewhere on the path is a breach."""
    (tmp_path / "graph").mkdir()
    (tmp_path / "tools.py").touch()
    assert squatters("graph", [tmp_path, ROOT]) == [tmp_path / "graph"]
    assert squatters("tools", [tmp_path, ROOT]) == [tmp_path / "tools.py"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_typed(name: str) -> None:
    """Users' type checkers read our annotations."""
    assert (ROOT / name / "py.typed").is_file()


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without `__init__.py` would be missing from type checks and wheels."""
    folders = {path.parent for name in PACKAGES for path in (ROOT / name).rglob("*.py") if "data" not in path.parts}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_the_build_takes_exactly_the_packages() -> None:
    """What is shipped is what the rules of the house are checked on."""
    backend = PROJECT["tool"]["uv"]["build-backend"]
    assert (backend["module-root"], tuple(backend["module-name"])) == ("", PACKAGES)


def test_the_entry_defines_no_class() -> None:
    """LangGraph Server may load it under a mangled name, where its classes would come back as plain dicts."""
    entry = ROOT / "graph" / "entry.py"
    if not entry.exists():
        pytest.skip("graph/entry.py is not there yet")
    assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(ast.parse(entry.read_text(encoding="utf-8"))))


def test_constraints_pin_versions_and_nothing_else() -> None:
    """No index, no address, no path: name and version, each once."""
    lines = [line for line in CONSTRAINTS if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    assert len(names_of(lines)) == len(lines)


def test_every_dependency_is_pinned_and_allowed() -> None:
    """What pyproject.toml asks for has a tested version."""
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
    assert names_of(asked) <= names_of(CONSTRAINTS)


def test_a_wheel_holds_the_packages_and_no_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build backend makes a wheel of the five packages with their data and type markers."""
    backend = pytest.importorskip("uv_build", reason="uv_build comes with the developers' tools: make test")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / backend.build_wheel(str(tmp_path))) as wheel:
        held = set(wheel.namelist())
    assert {f"{name}/py.typed" for name in PACKAGES} <= held
    assert {name.split("/")[0] for name in held if ".dist-info/" not in name} == set(PACKAGES)
