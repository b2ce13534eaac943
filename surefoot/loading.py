"""Imports a domain by its name. Whatever goes wrong is one line with the place and the remedy."""

import importlib
import sys
import sysconfig
import traceback
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from graph.domain import Domain
from graph.errors import DomainMistake

BUNDLED: Final = "surefoot.domains"

_HOME: Final = Path(__file__).parent
_FOREIGN: Final = (
    "<",
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    *(str(_HOME.parent / package) for package in ("graph", "nodes", "tools", "checkpoints")),
    str(Path(__file__)),
)
"""Code that is not the domain author's to mend."""


def bundled() -> list[str]:
    """Names of the domains that come with Surefoot."""
    folder = files(BUNDLED)
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and (entry / "__init__.py").is_file())


def place_of(name: str) -> tuple[str, str]:
    """Module and attribute that a domain's name stands for. Raises `DomainMistake` for a name that is neither."""
    module, _, attribute = name.partition(":")
    if module and attribute:
        return module, attribute
    if name in bundled():
        return f"{BUNDLED}.{name}", "domain"
    raise DomainMistake(
        f"unknown domain {name!r}: use one of {', '.join(bundled())}, or package.module:name for your own"
    )


def load(name: str, folder: Path) -> Domain:
    """The domain as it is declared, built over `folder` where it is a function. Raises `DomainMistake`."""
    path, attribute = place_of(name)
    module = module_of(name)
    if not hasattr(module, attribute):
        raise DomainMistake(f"domain {name}: {path} has no {attribute!r}; give the name of a Domain, or of its factory")
    found = getattr(module, attribute)
    domain = _built(name, found, folder) if callable(found) else found
    if not isinstance(domain, Domain):
        raise DomainMistake(f"domain {name}: is a {type(domain).__name__}, must be or return a graph.domain.Domain")
    return domain


def module_of(name: str) -> ModuleType:
    """The module that a domain is declared in. Raises `DomainMistake`."""
    path, _ = place_of(name)
    if not path.startswith(f"{BUNDLED}."):
        _reach_the_current_folder()
    return imported(path, f"domain {name}")


def imported(path: str, whose: str) -> ModuleType:
    """A module by its dotted path. Raises `DomainMistake`, which begins with `whose`."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if path == error.name or path.startswith(f"{error.name}."):
            raise DomainMistake(
                f"{whose}: no module {error.name!r} in {Path.cwd()} or on the path; run from the folder that holds it"
            ) from error
        raise DomainMistake(
            f"{whose}: importing {path} needs {error.name!r} ({_place(error)}); install it, or mend its name"
        ) from error
    except (Exception, SystemExit) as error:
        raise DomainMistake(f"{whose}: importing {path} raised {_told(error)}; mend that line") from error


def _reach_the_current_folder() -> None:
    """Last on the path, so that a file beside the user's own shadows nothing that is installed."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)


def _built(name: str, factory: Callable[[Path], Any], folder: Path) -> Any:
    try:
        return factory(folder)
    except DomainMistake:
        raise
    except (Exception, SystemExit) as error:
        raise DomainMistake(f"domain {name}: building it raised {_told(error)}; mend that line") from error


def _told(error: BaseException) -> str:
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said} ({_place(error)})"


def _place(error: BaseException) -> str:
    """`file:line` of the domain's own code that the error came from."""
    if isinstance(error, SyntaxError) and error.filename:
        return _shown(error.filename, error.lineno)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_FOREIGN)]
    last = (own or frames)[-1]
    return _shown(last.filename, last.lineno)


def _shown(file: str, line: int | None) -> str:
    path = Path(file)
    return f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}:{line}"
