"""A new domain of one's own: a small working one, copied under another name.

`lending/` is what is copied. It imports its own files relatively, so that only its name has to change.
"""

import keyword
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from graph.errors import BadRequest

TEMPLATE: Final = "lending"


def create(name: str, parent: Path) -> list[Path]:
    """Write the domain `name` into `parent / name`; returns its files, sorted.

    Raises:
        BadRequest: The name cannot be a module's, is taken, or the folder exists or cannot be written.
    """
    refuse_name(name)
    folder = parent / name
    try:
        _copy(files(__name__).joinpath(TEMPLATE), folder, name)
    except FileExistsError as error:
        raise BadRequest(f"{folder}: exists already; choose another name or folder") from error
    except OSError as error:
        raise BadRequest(f"{folder}: {error.strerror}; choose a folder that you may write to") from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


def refuse_name(name: str) -> None:
    """Raise `BadRequest` for a name that Python could not import, or that would mean something else."""
    if not name.isidentifier() or name.startswith("_"):
        raise BadRequest(f"{name!r} is no name for a Python module; use letters, digits and _, such as my_desk")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise BadRequest(f"{name!r} is a word of Python's own; choose another name")
    if name == TEMPLATE:
        raise BadRequest(f"{name!r} is the template's own name; choose another name")
    if name in sys.stdlib_module_names:
        raise BadRequest(f"{name!r} is a module of Python's standard library; choose another name")
    if installed(name):
        raise BadRequest(f"{name!r} is an installed module; choose another name")


def installed(name: str) -> bool:
    """Whether importing the name would find something already."""
    try:
        return name in sys.modules or find_spec(name) is not None
    except (ImportError, ValueError):
        return True


def _copy(source: Traversable, target: Path, name: str) -> None:
    """A folder with all that is in it but caches, or one file."""
    if source.is_dir():
        target.mkdir()
        for inner in source.iterdir():
            if inner.name != "__pycache__":
                _copy(inner, target / inner.name.replace(TEMPLATE, name), name)
    else:
        target.write_text(source.read_text(encoding="utf-8").replace(TEMPLATE, name), encoding="utf-8")
