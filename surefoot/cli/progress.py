"""Live progress: a moving line on a terminal, plain lines when piped. Always on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.status import Status

from surefoot.cli.common import err
from surefoot.progress import Event, Listener, silent


@contextmanager
def shown(*, quiet: bool) -> Iterator[Listener]:
    """A listener for one run's events."""
    if quiet:
        yield silent
    elif err.is_terminal:
        with err.status("starting") as status:
            yield lambda event: _move(status, event)
    else:
        yield _line


def _move(status: Status, event: Event) -> None:
    if event.phase == "enter":
        status.update(f"[bold]{state_name(event.node)}[/bold] {event.detail}")
    elif event.phase == "raise":
        err.print(f"{state_name(event.node)} raised: {event.detail}", style="red", markup=False)
    elif event.node != "worker":
        err.print(f"  [green]✓[/green] {state_name(event.node)} {event.detail}")


def _line(event: Event) -> None:
    if event.phase != "leave" or event.detail:
        err.print(f"{event.run_id} {event.phase} {state_name(event.node)} {event.detail}".rstrip(), markup=False)


def state_name(node: str) -> str:
    """States in capitals, as everywhere; the worker and the detours as they are."""
    return node if node in {"worker", "summarize", "fallback"} else node.upper()
