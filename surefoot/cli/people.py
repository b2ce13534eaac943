"""`surefoot inbox` and `decide`: what waits for a person, and the person's word."""

import getpass
from typing import Annotated

import typer

from graph.jobs import RunView
from surefoot.cli.common import EXIT, AsJson, Db, emit, go, introduce, reopened
from surefoot.cli.progress import shown
from surefoot.cli.render import inbox_page
from surefoot.cli.run import tell


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("inbox")(inbox)
    app.command("decide")(decide)


def inbox(db: Db = None, as_json: AsJson = False) -> None:  # noqa: FBT002 a flag
    """Show what waits for a decision, the earliest deadline first."""
    go(_inbox(db, as_json))


async def _inbox(db: Db, as_json: bool) -> None:  # noqa: FBT001
    async with reopened(db) as assembly:
        cards = await assembly.store.reads.cards()
    if as_json:
        emit([card.model_dump(mode="json") for card in cards])
    else:
        inbox_page(cards)


def decide(  # noqa: PLR0913,PLR0917 a command's options are its parameters
    card: Annotated[str, typer.Argument(metavar="ID", help="The escalation's id, or its run's.")],
    option: Annotated[str, typer.Argument(help="One of the card's options.")],
    note: Annotated[str, typer.Option(help="Why, or the answer that was asked for.")] = "",
    actor: Annotated[str | None, typer.Option(help="Who decides; you, where it is not said.")] = None,
    db: Db = None,
    as_json: AsJson = False,  # noqa: FBT002 a flag
) -> None:
    """Decide, and drive the run on. A stale or second answer is refused."""
    view = go(_decide(card, option, note, actor or getpass.getuser(), db, as_json))
    raise typer.Exit(EXIT[view.status])


async def _decide(  # noqa: PLR0913,PLR0917 handed on from the command
    card: str,
    option: str,
    note: str,
    actor: str,
    db: Db,
    as_json: bool,  # noqa: FBT001
) -> RunView:
    async with reopened(db) as assembly:
        introduce(assembly)
        with shown(quiet=as_json) as listener:
            view = await assembly.runner.decide(card, option, note=note, actor=actor, listener=listener)
        await tell(view, assembly, as_json=as_json)
        return view
