"""`surefoot domains`: what there is to run jobs of."""

import typer

from surefoot.catalog import Catalog
from surefoot.cli.common import AsJson, Db, emit, out, settings_for
from surefoot.cli.render import table
from surefoot.loading import bundled


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("domains")(domains)


def domains(db: Db = None, as_json: AsJson = False) -> None:  # noqa: FBT002 a flag
    """List the bundled domains with their tools and workers."""
    catalog = Catalog(settings_for(db).data_folder)
    found = {name: catalog.get(name) for name in bundled()}
    if as_json:
        emit(
            [
                {
                    "name": name,
                    "purpose": domain.purpose,
                    "version": catalog.version(name),
                    "tools": [tool.name for tool in domain.tools],
                    "workers": [worker.name for worker in domain.workers],
                }
                for name, domain in found.items()
            ]
        )
        return
    rows = table("domain", "purpose", "tools", "workers")
    for name, domain in found.items():
        tools = ", ".join(tool.name for tool in domain.tools)
        rows.add_row(name, domain.purpose, tools, ", ".join(worker.name for worker in domain.workers))
    out.print(rows)
    out.print("Your own: package.module:name in place of a name.")
