"""The draft on a terminal: it grows under the trail, starts anew when it must, and cannot command the terminal."""

import io
from typing import Final

import pytest
from rich.console import Console

from graph.values import RunId
from surefoot.cli import progress
from surefoot.cli.progress import LONGEST_DRAFT, Draft, shown
from surefoot.progress import Event, events_of

RUN: Final = RunId("run-1")
ENTERED: Final = Event(RUN, "worker", "enter", "draft_reply")


def says(text: str, draft: str = "one") -> Event:
    """The next letters."""
    return Event(RUN, "worker", "says", text, draft)


def again(draft: str = "one") -> Event:
    """All letters are taken back."""
    return Event(RUN, "worker", "again", draft=draft)


def drawn(*events: Event, width: int = 60) -> str:
    """The draft as it is shown after these events."""
    draft = Draft()
    for event in events:
        draft.follow(event)
    return draft.shown(width).plain


@pytest.fixture(params=[True, False], ids=["terminal", "pipe"])
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Standard error, which is a terminal or is not."""
    console = Console(file=io.StringIO(), force_terminal=request.param, width=60, soft_wrap=True)
    monkeypatch.setattr(progress, "err", console)
    return console


def written(console: Console) -> str:
    """All that was sent to it."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_draft_grows() -> None:
    """Letters are added as they come, marked as a draft."""
    assert drawn() == ""
    assert drawn(says("Dear "), says("Ada")) == "  draft, before its review:\n  │ Dear Ada"


def test_a_draft_starts_anew() -> None:
    """Letters that are taken back go, and a revised draft takes the place of the first."""
    assert drawn(says("Dear Ada"), again()) == ""
    assert drawn(says("Dear Ada"), again(), says("Dear Bob")).endswith("│ Dear Bob")
    assert drawn(says("Dear Ada"), says("Dear Bob", "two")).endswith("│ Dear Bob")


def test_a_long_draft_shows_its_end() -> None:
    """It never grows beyond a few lines, nor beyond the terminal's width."""
    text = drawn(says("a word " * 300), says("last"), width=40)
    lines = text.splitlines()[1:]
    assert len(lines) == LONGEST_DRAFT
    assert lines[-1].endswith("last")
    assert max(map(len, lines)) <= 40


def test_a_draft_cannot_command_the_terminal() -> None:
    """A model's words are shown as words: no escape sequence, no carriage return, no markup."""
    text = drawn(says("\x1b[2J\x1b]0;pwned\x07[red]hi[/] \r\u202eevil\u2066\u200b"))
    assert not [each for each in text if not each.isprintable() and each != "\n"]
    assert "[red]hi[/]" in text


def test_what_is_sent(screen: Console) -> None:
    """A terminal is shown the draft while the run goes on, and a pipe no letter of it; the trail stays on both."""
    with shown(quiet=False, title="a ticket") as listener:
        listener(Event(RUN, "executing", "enter"))
        listener(ENTERED)
        listener(says("Dear Ada"))
    assert ("Dear Ada" in written(screen)) == screen.is_terminal
    assert "EXECUTING" in written(screen)


def test_for_machines(screen: Console) -> None:
    """With --json nothing is shown at all."""
    with shown(quiet=True) as listener:
        listener(ENTERED)
        listener(says("Dear Ada"))
    assert written(screen) == ""


@pytest.mark.parametrize("chunk", ["mine", 5, None, {"type": "mine"}, {}])
def test_a_domains_own_chunks(chunk: object) -> None:
    """What a worker of a domain writes to LangGraph's stream is not taken for a draft."""
    assert list(events_of(RUN, "custom", chunk)) == []


def test_letters_that_take_others_place() -> None:
    """One chunk may take letters back and bring new ones."""
    chunk = {"type": "says", "draft": "one", "text": "Dear Bob", "again": True}
    assert list(events_of(RUN, "custom", chunk)) == [again(), says("Dear Bob")]
