from collections.abc import Sequence

import pytest

from graph.toolloop import Seen, stale_steps
from tools.progress import LONGEST_CIRCLE, ROUNDS, circling

A, B, C = ("a", "1"), ("b", "1"), ("c", "1")
OTHER_B = ("b", "2")


@pytest.mark.parametrize(
    ("steps", "call", "size"),
    [
        ([A, B] * ROUNDS, "a", 2),
        ([C, C, *[A, B] * ROUNDS], "a", 2),
        ([A, B, C] * ROUNDS, "a", 3),
        ([A, A, B] * ROUNDS, "a", 3),
        ([A, B] * ROUNDS, "b", None),
        ([A, B] * (ROUNDS - 1), "a", None),
        ([A, B, A, OTHER_B, A, B], "a", None),
        ([A] * 20, "a", None),
        ([], "a", None),
        ([(str(number), "1") for number in range(LONGEST_CIRCLE + 1)] * ROUNDS, "0", None),
    ],
)
def test_a_circle_of_calls(steps: Sequence[tuple[str, str]], call: str, size: int | None) -> None:
    """Three equal rounds of two to eight calls; another answer anywhere, or another next call, is no circle."""
    assert circling(steps, call) == size


def value(tool: str, result: int) -> Seen:
    """A step with a value."""
    return Seen(tool=tool, args={}, value={"result": result})


def error(told: str, tool: str = "look_up") -> Seen:
    """A step that failed."""
    return Seen(tool=tool, args={}, error=told)


@pytest.mark.parametrize(
    ("seen", "stale"),
    [
        ([], 0),
        ([value("a", 1)], 0),
        ([value("a", 1), value("a", 1)], 1),
        ([value("a", 1), value("b", 1)], 0),
        ([value("a", 1), value("a", 2), value("a", 1), value("a", 2)], 2),
        ([error("not_found: one"), error("not_found: another"), error("not_found: a third")], 2),
        ([error("not_found: one"), error("denied: no")], 0),
        ([error("name: missing", "finish"), error("age: missing", "finish")], 1),
        ([error("not_found: one"), error("not_found: two"), value("a", 1)], 0),
    ],
)
def test_steps_without_a_new_fact(seen: Sequence[Seen], stale: int) -> None:
    """A result seen before and a kind of error met before are no news; anything new begins the count again."""
    assert stale_steps(seen) == stale
