"""What no letter may repeat: the words of the instructions that models are given."""

from functools import cache
from typing import Final

from surefoot.domains.support.prompts import PROMPTS
from surefoot.domains.support.wording import squeezed

RUN: Final = 8
"""Words in a row: fewer happen by chance, since letters and instructions speak of the same things."""


def repeated(text: str) -> str:
    """The first run of words that a text has in common with an instruction; nothing where there is none."""
    return next((" ".join(run) for run in _runs_of(text) if run in _told()), "")


@cache
def _told() -> frozenset[tuple[str, ...]]:
    return frozenset(run for prompt in PROMPTS.values() for run in _runs_of(prompt.system))


def _runs_of(text: str) -> list[tuple[str, ...]]:
    words = squeezed(text).split()
    return [tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)]
