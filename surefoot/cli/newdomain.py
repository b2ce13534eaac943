"""`surefoot new-domain`: a small working domain of one's own to start from."""

from pathlib import Path
from typing import Annotated

import typer

from surefoot.cli.common import AsJson, emit, out
from surefoot.scaffold import create


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("new-domain")(new_domain)


def new_domain(
    name: Annotated[str, typer.Argument(help="The domain's name, which is its folder's and its module's.")],
    into: Annotated[Path, typer.Option("--into", help="The folder to make it in.", show_default="here")] = Path(),
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Write a small working domain into ./NAME; it passes its own tests. Nothing that exists is touched."""
    written = create(name, into)
    if as_json:
        emit({"name": f"{name}:domain", "files": [str(file) for file in written]})
        return
    out.print(
        f"{into / name} has a working domain of {len(written)} files; start with {name}/__init__.py.", markup=False
    )
    for command in (
        f"surefoot run {name}:domain {name}/job.json",
        f"python -m pytest {name}",
        f"surefoot workers {name}:domain",
    ):
        out.print(f"  {command}", markup=False)
