"""Finds the prose in an answer that is still being written, and hands on what is new of it."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json

from graph.prose import Piece, Prose, Says
from surefoot.models.provider import Hear


class Speech:
    """The letters of one structured call; together they are exactly the text of the accepted answer."""

    def __init__(self, prose: Prose | None, says: Says | None) -> None:
        self._prose, self._says = prose, says
        self._said = ""

    @property
    def hear(self) -> Hear | None:
        """What a provider tells of its growing answer, or `None` where nobody would listen."""
        return self._hear if self._prose and self._says else None

    def settle(self, answer: BaseModel) -> None:
        """The answer is accepted: say what is missing of its text."""
        if self._prose and self._says:
            whole = answer.model_dump(mode="json")
            self._say(self._prose.of(whole) if self._prose.meant(whole) else None)

    def void(self) -> None:
        """Whatever was said is not the answer."""
        self._say(None)

    def _hear(self, text: str) -> None:
        if not text:
            self.void()
        elif self._prose and (prose := growing(text, self._prose)) is not None:
            self._say(prose)

    def _say(self, text: str | None) -> None:
        told = text or ""
        if self._says is None or told == self._said:
            return
        again = not told.startswith(self._said)
        self._says(Piece(told if again else told[len(self._said) :], again=again))
        self._said = told


def growing(text: str, prose: Prose) -> str | None:
    """The prose in the beginning of an answer; `None` where it has not begun, or may not be meant for people."""
    begin = text.find("{")
    return _within(text[begin:], prose) if begin >= 0 else None


def _within(text: str, prose: Prose) -> str | None:
    if prose.when is not None and not prose.meant(_read(text, open_strings=False)):
        return None
    return prose.of(_read(text, open_strings=True))


def _read(text: str, *, open_strings: bool) -> Any:
    """The JSON so far; `None` where it is none, which is for the gateway to judge once it is whole."""
    try:
        return from_json(text, allow_partial="trailing-strings" if open_strings else True)
    except ValueError:
        return None
