"""The part of a structured answer that is prose for people, and how its letters travel while they are written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graph.values import Frozen


class Prose(Frozen):
    """Which field of an answer people will read."""

    path: tuple[str, ...]
    """Names of fields, from the answer down to the text."""
    when: tuple[str, str] | None = None
    """A field at the top, and the value that it must have for the text to be meant for people."""

    def meant(self, answer: Any) -> bool:
        """Whether this answer is one that people will read."""
        return self.when is None or (isinstance(answer, dict) and answer.get(self.when[0]) == self.when[1])

    def of(self, answer: Any) -> str | None:
        """The text in an answer as JSON, whole or still growing; `None` where it has none."""
        for name in self.path:
            answer = answer.get(name) if isinstance(answer, dict) else None
        return answer if isinstance(answer, str) else None


@dataclass(frozen=True)
class Piece:
    """The next letters of a draft. All pieces since the last `again` make up the text so far."""

    text: str
    again: bool = False
    """What the draft said before is void: a broken try, an answer to be repaired, a call that failed."""


Says = Callable[[Piece], None]
"""Called with each piece of a draft; it must be quick, and must not raise."""
