"""`surefoot workers`: a domain's workers and tools as a catalog of services."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final, Literal

import typer
from pydantic import BaseModel
from rich.markup import escape

from graph.domain import Domain, Tool, Worker
from graph.values import Json
from surefoot.catalog import Catalog
from surefoot.cli.common import AsJson, emit, out
from surefoot.mistakes.rules import is_model_worker

Driver = Literal["model", "code_and_model", "code", "call"]
DRIVEN: Final[Mapping[Driver, str]] = {
    "model": "a loop of model steps",
    "code_and_model": "code that asks a model",
    "code": "code alone",
    "call": "one exact call",
}

DomainName = Annotated[str, typer.Argument(help="A bundled domain, or package.module:name.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("workers")(workers)


def workers(domain: DomainName, as_json: AsJson = False) -> None:  # noqa: FBT002 a flag
    """Show what each worker takes and gives, and what its tools may do; `--json` has the JSON Schemas."""
    with TemporaryDirectory() as folder:  # a look at a domain leaves no files of its backend behind
        catalog = Catalog(lambda _: Path(folder))
        found, version = catalog.get(domain), catalog.version(domain)
    if as_json:
        emit(described(found, version))
        return
    out.print(f"[bold]{escape(found.name)}[/bold]  {escape(found.purpose)}  version {version}")
    out.print("workers")
    for worker in found.workers:
        _show_worker(worker)
    out.print("tools")
    for tool in found.tools:
        _show_tool(tool, found)
    out.print(f"Schemas of input and output: surefoot workers {domain} --json", markup=False)


def described(domain: Domain, version: str) -> Json:
    """The whole catalog as plain data, JSON Schemas included."""
    return {
        "name": domain.name,
        "purpose": domain.purpose,
        "version": version,
        "request_schema": domain.request.model_json_schema(),
        "outcome_schema": domain.outcome.model_json_schema(),
        "workers": [_worker(worker) for worker in domain.workers],
        "tools": [_tool(tool, domain) for tool in domain.tools],
    }


def _worker(worker: Worker) -> Json:
    return {
        "name": worker.name,
        "purpose": worker.purpose,
        "stage": worker.stage,
        "driven_by": driver(worker),
        "tools": list(worker.tools),
        "timeout_seconds": worker.timeout_seconds,
        "estimated_tokens": worker.estimated_tokens,
        "input_schema": worker.input.model_json_schema(),
        "output_schema": worker.output.model_json_schema(),
    }


def _tool(tool: Tool, domain: Domain) -> Json:
    return {
        "name": tool.name,
        "purpose": tool.purpose,
        "effect": tool.effect,
        "stakes": tool.stakes,
        "gate": domain.gate(tool),
        "identity": {"fields": list(tool.identity.fields), "scope": tool.identity.scope} if tool.identity else None,
        "honours_keys": tool.honours_keys,
        "probe": tool.probe,
        "timeout_seconds": tool.timeout_seconds,
        "attempts": tool.attempts,
        "input_schema": tool.input.model_json_schema(),
        "output_schema": tool.output.model_json_schema(),
    }


def driver(worker: Worker) -> Driver:
    """What decides in it. That code asks a model shows only in the tokens that it says it uses."""
    if is_model_worker(worker):
        return "model"
    if worker.delivers:
        return "call"
    return "code_and_model" if worker.estimated_tokens else "code"


def _show_worker(worker: Worker) -> None:
    traits = f"stage {worker.stage}, {DRIVEN[driver(worker)]}, at most {worker.timeout_seconds:g} s"
    _entry(worker.name, traits, worker.purpose)
    out.print(f"    {_signature(worker.input)} -> {_signature(worker.output)}", markup=False)
    if worker.tools:
        out.print(f"    tools: {', '.join(worker.tools)}", markup=False)


def _show_tool(tool: Tool, domain: Domain) -> None:
    stakes = "" if tool.stakes == "none" else f" ({tool.stakes})"
    traits = f"{tool.effect}{stakes}, gate {domain.gate(tool)}, {tool.attempts} tries of {tool.timeout_seconds:g} s"
    _entry(tool.name, traits, tool.purpose)
    out.print(f"    {_signature(tool.input)} -> {_signature(tool.output)}", markup=False)
    if tool.identity is not None:
        fields = f" for each {' and '.join(tool.identity.fields)}" if tool.identity.fields else ""
        keys = "honours keys" if tool.honours_keys else "does not honour keys"
        out.print(f"    once a {tool.identity.scope}{fields}; the backend {keys}", markup=False)


def _entry(name: str, traits: str, purpose: str) -> None:
    out.print(f"  [bold]{escape(name)}[/bold]  [dim]{escape(traits)}[/dim]")
    out.print(f"    {purpose}", markup=False)


def _signature(model: type[BaseModel]) -> str:
    """A schema in one line: an optional field has a question mark."""
    fields = (name if field.is_required() else f"{name}?" for name, field in model.model_fields.items())
    return f"{model.__name__}({', '.join(fields)})"
