"""Live progress on stderr: a moving trail of states and the growing draft on a terminal, plain lines when piped."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.text import Text

from surefoot.cli.common import err
from surefoot.progress import Event, Listener, silent

LONGEST_TRAIL = 5
"""States that the moving line shows."""
LONGEST_DRAFT = 10
"""Lines of a draft that are shown below it: the newest."""


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


@dataclass
class Draft:
    """The letters that a model is writing. Nobody has reviewed them, and a terminal obeys what it is sent."""

    text: str = ""
    of: str = ""

    def follow(self, event: Event) -> None:
        """Add what is new; a draft that begins anew, or another one, takes the place of what is shown."""
        if event.phase == "again" or event.draft != self.of:
            self.text, self.of = "", event.draft
        if event.phase == "says":
            self.text += event.detail

    def shown(self, width: int) -> Text:
        """Its last lines, cut to the terminal's width, without anything that is no letter."""
        if not self.text:
            return Text()
        letters = "".join(each if each.isprintable() or each == "\n" else " " for each in self.text)
        lines = Text(letters).wrap(err, max(width - 4, 1))[-LONGEST_DRAFT:]
        bordered = [Text("  │ ", "dim") + each for each in lines]
        return Text("\n").join([Text("  draft, before its review:", "dim"), *bordered])


@dataclass
class View:
    """What moves on a terminal while a run goes on."""

    trail: Trail
    draft: Draft = field(default_factory=Draft)
    spinner: Spinner = field(default_factory=lambda: Spinner("dots", "starting", style="status.spinner"))

    def follow(self, event: Event) -> None:
        """Take in what happened."""
        if event.about_a_draft:
            self.draft.follow(event)
        else:
            self.trail.follow(event)
            self.spinner.update(text=self.trail.moving())

    def __rich__(self) -> Group:
        """The trail, and the draft under it."""
        return Group(self.spinner, self.draft.shown(err.width))


@contextmanager
def shown(*, quiet: bool, title: str = "") -> Iterator[Listener]:
    """A listener for one run's events."""
    if quiet:
        yield silent
    elif err.is_terminal:
        view = View(Trail(title))
        with Live(view, console=err, transient=True, refresh_per_second=12.5):
            yield view.follow
        err.print(view.trail.whole())
    else:
        yield _line


def _line(event: Event) -> None:
    if not (event.within_a_worker or event.about_a_draft) and (event.phase != "leave" or event.detail):
        err.print(f"{event.run_id} {event.phase} {state_name(event.node)} {event.detail}".rstrip(), markup=False)


def state_name(node: str) -> str:
    """States in capitals, as everywhere; the worker and the detours as they are."""
    return node if node in {"worker", "summarize", "fallback"} else node.upper()
