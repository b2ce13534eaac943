"""A circle of calls: the same calls in the same order with the same answers bring nothing new."""

from collections.abc import Sequence
from typing import Final

ROUNDS: Final = 3
"""Whole rounds with equal answers, after which the next one is not begun."""
LONGEST_CIRCLE: Final = 8

Step = tuple[str, str]
"""A call and its answer, each as a digest."""


def circling(steps: Sequence[Step], call: str) -> int | None:
    """How many calls the circle has that `call` would begin once more, or `None`.

    A circle of one call is no matter here: `max_repeats` is for it.
    """
    for size in range(2, LONGEST_CIRCLE + 1):
        tail = steps[-size * ROUNDS :]
        if len(tail) < size * ROUNDS:
            return None
        circle = tail[:size]
        if circle[0][0] == call and len(set(circle)) > 1 and list(tail) == list(circle) * ROUNDS:
            return size
    return None
