"""Live progress on stderr: a moving trail of states on a terminal, plain lines when piped."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.markup import escape

from surefoot.cli.common import err
from surefoot.progress import Event, Listener, silent

LONGEST_TRAIL = 5
"""States that the moving line shows."""


@dataclass
class Trail:
    """The states that a run went through, each with what its workers did there."""

    title: str
    steps: list[str] = field(default_factory=list)

    def follow(self, event: Event) -> None:
        """Add a state on entering it; EXECUTING between two dispatches is one stay."""
        if event.phase != "enter" or event.within_a_worker:
            return
        step = event.detail if event.node == "worker" else state_name(event.node)
        if not self.steps or self.steps[-1] != step:
            self.steps.append(step)

    def moving(self) -> str:
        """The line while the run goes on."""
        return f"[bold]{escape(self.title)}[/]  {' → '.join(self.steps[-LONGEST_TRAIL:])}"

    def whole(self) -> str:
        """The line that stays: the states, without what their workers did."""
        states = [step for step in self.steps if step.isupper() or step in {"summarize", "fallback"}]
        path = [step for number, step in enumerate(states) if number == 0 or states[number - 1] != step]
        title = f"{escape(self.title)}\n  " if self.title else "  "
        return f"{title}[dim]{' → '.join(path)}[/]"


@contextmanager
def shown(*, quiet: bool, title: str = "") -> Iterator[Listener]:
    """A listener for one run's events."""
    if quiet:
        yield silent
    elif err.is_terminal:
        trail = Trail(title)
        with err.status(title or "starting") as status:

            def move(event: Event) -> None:
                trail.follow(event)
                status.update(trail.moving())

            yield move
        err.print(trail.whole())
    else:
        yield _line


def _line(event: Event) -> None:
    if not event.within_a_worker and (event.phase != "leave" or event.detail):
        err.print(f"{event.run_id} {event.phase} {state_name(event.node)} {event.detail}".rstrip(), markup=False)


def state_name(node: str) -> str:
    """States in capitals, as everywhere; the worker and the detours as they are."""
    return node if node in {"worker", "summarize", "fallback"} else node.upper()
