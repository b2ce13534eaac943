"""What happens to a message on its way through a customer's fingers. Slots, figures and short words stay whole."""

import random
import re
from typing import Final

SENTENCE: Final = re.compile(r"(?<=[.!?])[ ]+")
WORD: Final = re.compile(r"\{\w+\}|[^\W\d_]{5,}")
MOST_TYPOS: Final = 3
FEWEST_SWAPPED: Final = 3
"""Sentences that a message needs before two of them change places."""


def with_typos(text: str, rng: random.Random) -> str:
    """One to three words with a letter swapped, dropped, doubled, or in the wrong case."""
    places = [found.span() for found in WORD.finditer(text) if not found.group().startswith("{")]
    for start, end in sorted(rng.sample(places, min(len(places), rng.randint(1, MOST_TYPOS))), reverse=True):
        text = text[:start] + _mistyped(text[start:end], rng) + text[end:]
    return text


def reordered(text: str, rng: random.Random) -> str:
    """Two neighbouring sentences in each other's place; the last one, often a greeting, stays the last."""
    sentences = SENTENCE.split(text)
    if len(sentences) < FEWEST_SWAPPED:
        return text
    place = rng.randrange(len(sentences) - 2)
    sentences[place : place + 2] = reversed(sentences[place : place + 2])
    return " ".join(sentences)


def _mistyped(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return rng.choice((
        before + after[0] + letter + after[1:],
        before + after,
        before + letter + letter + after,
        before + letter.swapcase() + after,
    ))  # fmt: skip
