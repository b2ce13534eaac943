from pathlib import Path

import pytest

from house import MAX_FUNCTION_LINES, MAX_LINES, PACKAGES, ROOT, import_breaches, size_breaches, sources


def planted(root: Path, path: str, text: str) -> Path:
    """A tree of the five packages with one file of ours in it."""
    for package in PACKAGES:
        (root / package).mkdir()
        (root / package / "__init__.py").touch()
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return root


def test_imports_point_one_way() -> None:
    """Entry to surefoot to build, tools and checkpoints; build to nodes; all of them to the core, and never back."""
    assert import_breaches() == []


def test_every_package_is_read() -> None:
    """A checker that reads nothing finds nothing."""
    assert {source.module.split(".")[0] for source in sources()} == set(PACKAGES)
    assert len(sources()) == len([path for package in PACKAGES for path in (ROOT / package).rglob("*.py")
                                  if "data" not in path.relative_to(ROOT).parts])  # fmt: skip


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("graph/state.py", "import nodes.planning"),
        ("graph/state.py", "from tools.harden import HardenedTools"),
        ("graph/state.py", "import checkpoints"),
        ("graph/state.py", "from surefoot import Surefoot"),
        ("graph/state.py", "from graph import build"),
        ("graph/state.py", "from . import build"),
        ("graph/state.py", "from .entry import graph"),
        ("graph/routes.py", "from graph.entry import graph"),
        ("graph/build.py", "from graph.entry import graph"),
        ("graph/build.py", "import tools.harden"),
        ("graph/build.py", "from checkpoints.store import Store"),
        ("graph/build.py", "import surefoot.settings"),
        ("graph/entry.py", "import nodes.planning"),
        ("graph/entry.py", "from checkpoints.store import Store"),
        ("nodes/planning.py", "from graph.build import build_graph"),
        ("nodes/planning.py", "from graph import entry"),
        ("nodes/planning.py", "from surefoot.settings import Settings"),
        ("nodes/planning.py", "import tools"),
        ("nodes/planning.py", "import checkpoints.writer"),
        ("tools/harden.py", "from nodes.planning import planning"),
        ("tools/harden.py", "from checkpoints.writer import Writer"),
        ("tools/harden.py", "import surefoot"),
        ("tools/harden.py", "import graph.build"),
        ("checkpoints/saver/fenced.py", "import tools.retry"),
        ("checkpoints/saver/fenced.py", "from nodes import planning"),
        ("checkpoints/store.py", "from surefoot.clock import SystemClock"),
        ("surefoot/runner.py", "from nodes.planning import planning"),
        ("surefoot/runner.py", "from graph.entry import graph"),
        ("surefoot/runner.py", "import typer"),
        ("surefoot/models/gateway.py", "from rich.console import Console"),
        ("surefoot/climate.py", "import typer"),
        ("tools/harden.py", "def late():\n    import nodes"),
        ("tools/harden.py", "if TYPE_CHECKING:\n    from nodes import planning"),
        ("tools/harden.py", "importlib.import_module('surefoot.settings')"),
        ("tools/harden.py", "__import__('nodes')"),
    ],
)
def test_an_import_that_points_back_is_found(tmp_path: Path, path: str, line: str) -> None:
    """Each rule fails on a breach of it: at the top, inside a function, for types only, relative or by name."""
    (breach,) = import_breaches(planted(tmp_path, path, line))
    assert breach.startswith(path.removesuffix(".py").replace("/", "."))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("graph/entry.py", "from surefoot import studio"),
        ("graph/build.py", "from nodes.planning import planning"),
        ("graph/build.py", "from graph.states import TABLE"),
        ("graph/state.py", "from graph.contract import Plan"),
        ("nodes/planning.py", "from graph.ports import Deps\nfrom nodes.guard import guarded"),
        ("tools/harden.py", "import tenacity\nfrom graph.ports import Tools\nfrom tools import retry"),
        ("checkpoints/saver/fenced.py", "from checkpoints.writer import Writer\nfrom .. import store"),
        ("surefoot/runner.py", "from graph.build import build_graph\nimport tools.harden, checkpoints.store"),
        ("surefoot/cli/main.py", "import typer, rich"),
        ("surefoot/console/app.py", "from rich.table import Table"),
        ("graph/builder.py", "import graph.contract"),
    ],
)
def test_what_the_design_allows_is_no_breach(tmp_path: Path, path: str, line: str) -> None:
    """The checker cries at breaches only."""
    assert import_breaches(planted(tmp_path, path, line)) == []


def test_files_and_functions_are_small() -> None:
    """At most 200 lines a file, blank ones not counted, and 50 a function; there are no exceptions."""
    assert size_breaches() == []


def test_what_is_too_long_is_found(tmp_path: Path) -> None:
    """One line over the limit is a breach; at the limit it is none."""
    function = "async def long():\n" + "    pass\n" * MAX_FUNCTION_LINES
    planted(tmp_path, "tools/long.py", function + "x = 1\n\n" * (MAX_LINES - MAX_FUNCTION_LINES))
    assert size_breaches(tmp_path) == [
        f"tools.long has {MAX_LINES + 1} lines",
        f"tools.long.long has {MAX_FUNCTION_LINES + 1} lines",
    ]
    (tmp_path / "tools" / "long.py").write_text(function.replace("    pass\n", "", 1) + "x = 1\n\n" * 150)
    assert size_breaches(tmp_path) == []
