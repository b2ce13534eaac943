"""Python, the packages that are needed, and whether our own names mean our own code."""

import platform
import sqlite3
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from surefoot.doctor.finding import Finding, ok, problem, warning
from surefoot.names import HOME, NAMES, meant

PYTHON: Final = SpecifierSet(">=3.11")
SQLITE: Final = SpecifierSet(">=3.35")
"""Leases are taken with `RETURNING`."""


def python() -> Finding:
    """The interpreter's version."""
    version = platform.python_version()
    if PYTHON.contains(version, prereleases=True):
        return ok("python", version)
    return problem("python", version, f"use a Python {PYTHON}")


def sqlite() -> Finding:
    """The SQLite that Python was built with."""
    if SQLITE.contains(sqlite3.sqlite_version):
        return ok("sqlite", sqlite3.sqlite_version)
    return problem("sqlite", sqlite3.sqlite_version, f"use a Python that was built with SQLite {SQLITE}")


def packages(requirements: Sequence[str] | None = None) -> Iterator[Finding]:
    """Each package that is needed, against its lower bound."""
    for text in required() if requirements is None else requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _package(requirement)


def required() -> list[str]:
    """What Surefoot needs, as its own metadata has it; of a checkout that is not installed, its pyproject.toml."""
    project = HOME / "pyproject.toml"
    if project.is_file():
        declared: list[str] = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
        return declared
    return metadata.requires("surefoot") or []


def _package(requirement: Requirement) -> Finding:
    topic = f"package {requirement.name}"
    remedy = f"python -m pip install '{requirement.name}{requirement.specifier}'"
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return problem(topic, "is not installed", remedy)
    if requirement.specifier.contains(version, prereleases=True):
        return ok(topic, f"{version} ({requirement.specifier})")
    return problem(topic, f"{version} is not {requirement.specifier}", remedy)


def names(home: Path = HOME) -> Iterator[Finding]:
    """Each of our five names is this project's, and hides nobody else's module."""
    for name in NAMES:
        yield _name(name, home)


def _name(name: str, home: Path) -> Finding:
    topic, ours = f"name {name}", home / name
    found = meant(name)
    if found is None or found.resolve() != ours.resolve():
        return problem(topic, f"means {found}, not {ours}", "run from another folder, or rename what bears our name")
    hidden = [path for path in _elsewhere(name) if path.resolve().parent != home.resolve()]
    if hidden:
        return warning(topic, f"hides {hidden[0]}", "rename yours if you mean to import it")
    return ok(topic, str(ours))


def _elsewhere(name: str) -> Iterator[Path]:
    """What else on the path bears the name."""
    for place in dict.fromkeys(Path(entry or Path.cwd()) for entry in sys.path):
        yield from (place / child for child in (name, f"{name}.py") if _importable(place / child))


def _importable(path: Path) -> bool:
    """A module or a package; a script of that name, as beside the interpreter, is neither."""
    return (path.suffix == ".py" and path.is_file()) or (path / "__init__.py").is_file()
