"""What all commands share: options, opening, exit codes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console

from graph.contract import RunStatus
from graph.errors import StorageError
from surefoot.assembly import Assembly, assembled
from surefoot.settings import Settings
from surefoot.telemetry.tracing import destination

T = TypeVar("T")

USAGE: Final = 2
STOPPED: Final = 130
"""Ctrl-C, as shells count it."""
EXIT: Final[dict[RunStatus, int]] = {
    "complete": 0, "rejected": 3, "failed": 4, "interrupted": 4, "waiting": 5, "parked": 5, "queued": 5, "running": 5,
}  # fmt: skip
"""How a run's status leaves the process."""

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Db = Annotated[Path | None, typer.Option("--db", help="The SQLite file; also SUREFOOT_DB.", show_default="surefoot.db")]
Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--budget", metavar="LIMITS", help="Limits such as usd=0.20 or tokens=50000,calls=80; may be repeated."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout, for machines.")]


def fail(message: str) -> int:
    """One line on stderr; returns the exit code for bad input."""
    line = " ".join(message.split())
    err.print(f"surefoot: {line}", style="bold red" if err.is_terminal else None, markup=False)
    return USAGE


def settings_for(db: Path | None) -> Settings:
    """The settings, with the command line's word on the database."""
    return Settings(db=db) if db else Settings()


@asynccontextmanager
async def opened(db: Path | None) -> AsyncIterator[Assembly]:
    """The process's parts, to run jobs with; makes the database, and says in one line which model answers."""
    async with assembled(settings_for(db)) as assembly:
        introduce(assembly)
        yield assembly


def introduce(assembly: Assembly) -> None:
    """Which model answers, and where traces go; said before any command that may ask a model."""
    err.print(f"model: {assembly.model}", style="dim", markup=False)
    if told := destination():
        err.print(f"traces: {told}", style="dim", markup=False)


@asynccontextmanager
async def reopened(db: Path | None) -> AsyncIterator[Assembly]:
    """The process's parts, to look at what there is. Raises `StorageError` where there is no database yet."""
    settings = settings_for(db)
    if not settings.db.exists():
        raise StorageError(f"{settings.db}: no such database; `surefoot run` makes it, or name another with --db")
    async with assembled(settings) as assembly:
        yield assembly


def go(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end. Ctrl-C is caught here: Typer would end without a word."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        fail("stopped; `surefoot runs` shows what can be resumed")
        raise typer.Exit(STOPPED) from None


def emit(value: BaseModel | list[Any] | dict[str, Any]) -> None:
    """JSON on stdout, one document."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    sys.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
