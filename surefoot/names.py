"""Our five top-level names must mean our own code: each is so general that somebody else's module may bear it.

Imported first of all, this refuses to go on with a stranger, which would fail later and say something else.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).parents[1]
"""Where our packages lie, side by side."""
NAMES: Final = ("graph", "nodes", "tools", "checkpoints", "surefoot")


def meant(name: str) -> Path | None:
    """The folder or file that a top-level name is imported from; `None` where it is neither."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


def refuse_strangers(home: Path = HOME) -> None:
    """Raise `ImportError` where one of our names means something else."""
    for name in NAMES:
        found = meant(name)
        if found is None or found.resolve() != (home / name).resolve():
            raise ImportError(
                f"{name!r} means {found or 'nothing'} here, not Surefoot's own {home / name}: "
                "run from another folder, or rename what bears our name"
            )


refuse_strangers()
