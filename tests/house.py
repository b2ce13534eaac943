"""The rules of the house, read from the source: which way imports point, and how large files and functions may be."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("graph", "nodes", "tools", "checkpoints", "surefoot")
TERMINAL_LIBRARIES = ("typer", "rich")
TERMINAL_PLACES = ("surefoot.cli", "surefoot.console")
MAX_LINES = 200
"""Of a file, blank ones not counted."""
MAX_FUNCTION_LINES = 50

MAY_IMPORT = {
    "graph.entry": {"core", "graph.build", "surefoot"},
    "graph.build": {"core", "nodes"},
    "core": {"core"},
    "nodes": {"core", "nodes"},
    "tools": {"core", "tools"},
    "checkpoints": {"core", "checkpoints"},
    "surefoot": {"core", "graph.build", "tools", "checkpoints", "surefoot"},
}
"""Each area of the tree, and the areas that it may import. The core is all of `graph` but its build and entry."""


@dataclass(frozen=True)
class Source:
    """One Python file of the five packages."""

    root: Path
    path: Path

    @property
    def module(self) -> str:
        """Its dotted name."""
        parts = self.path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """What its relative imports start from."""
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]

    @property
    def text(self) -> str:
        """Its text."""
        return self.path.read_text(encoding="utf-8")


def sources(root: Path = ROOT) -> list[Source]:
    """Every Python file of the packages, apart from `data` folders."""
    found = (path for package in PACKAGES for path in sorted((root / package).rglob("*.py")))
    return [Source(root, path) for path in found if "data" not in path.relative_to(root).parts]


def import_breaches(root: Path = ROOT) -> list[str]:
    """Every import that points the wrong way, as `module imports name`."""
    return [
        f"{source.module} imports {name}"
        for source in sources(root)
        for name in sorted(imported(source))
        if not _may(source.module, name)
    ]


def size_breaches(root: Path = ROOT) -> list[str]:
    """Every file and function that is too long."""
    return [breach for source in sources(root) for breach in _too_long(source)]


def imported(source: Source) -> set[str]:
    """Every module, and name in a module, that the file imports: anywhere in it, and by literal name at run time."""
    return {name for node in ast.walk(ast.parse(source.text)) for name in _names(node, source.package)}


def _names(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
            start = ".".join(part for part in (base, module) if part)
            yield from (f"{start}.{alias.name}" for alias in names)
        case ast.Call(func=called, args=[ast.Constant(value=str(name)), *_]) if _imports(called):
            yield name


def _imports(called: ast.expr) -> bool:
    return ast.unparse(called).rpartition(".")[2] in {"import_module", "__import__"}


def _may(module: str, name: str) -> bool:
    if _within(name, *TERMINAL_LIBRARIES):
        return _within(module, *TERMINAL_PLACES)
    return not _within(name, *PACKAGES) or area(name) in MAY_IMPORT[area(module)]


def area(name: str) -> str:
    """The part of the tree that a dotted name lies in."""
    for special in ("graph.build", "graph.entry"):
        if _within(name, special):
            return special
    top = name.partition(".")[0]
    return "core" if top == "graph" else top


def _within(name: str, *places: str) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def _too_long(source: Source) -> Iterator[str]:
    lines = sum(1 for line in source.text.splitlines() if line.strip())
    if lines > MAX_LINES:
        yield f"{source.module} has {lines} lines"
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{source.module}.{node.name} has {length} lines"
