"""What models are told of the results of a run, however many there are: what is at hand whole, the rest shortly."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic_core import to_json

from graph.budget import BYTES_PER_TOKEN
from graph.contract import Plan
from graph.cut import cut
from graph.history import shortened
from graph.values import Json, TaskId

SHORT: Final = 32
"""Characters of a value in an output that is told shortly."""
SHORTLY: Final = 0.25
"""Share of the room that goes to what is told shortly: more would be paid for in every call."""
LEAST: Final = 200
"""Bytes below which an output at hand is told shortly, too, rather than cut."""
EARLIER: Final = "earlier"
"""The key under which results are counted for which there is no room at all."""
_COUNTED: Final = 160
"""Bytes kept for that key."""


def at_hand(plan: Plan | None) -> tuple[TaskId, ...]:
    """The tasks whose outputs the plan needs: its own, and those that it refers to."""
    if plan is None:
        return ()
    return tuple(dict.fromkeys(name for task in plan.tasks for name in (*task.depends_on, task.id)))


def digest(results: Mapping[str, Json], needed: Collection[str], room: int) -> Json:
    """Results, as JSON, in about `room` tokens: needed ones whole or cut, then the newest shortly, then a count.

    The whole of each stays in the state and in the records; tasks may refer to any of them.
    """
    left, told = room * BYTES_PER_TOKEN - _COUNTED, dict[str, Any]()
    mine = [name for name in results if name in needed]
    for number, name in enumerate(mine):
        told[name] = _fitted(results[name], left // (len(mine) - number))
        left -= _size(name, told[name])
    left = min(left, int(room * BYTES_PER_TOKEN * SHORTLY))
    for name in reversed(list(results)):
        if name not in told:
            short = _short(results[name])
            left -= _size(name, short)
            if left < 0:
                break
            told[name] = short
    omitted = Counter(result["worker"] for name, result in results.items() if name not in told)
    counted: Json = {EARLIER: ", ".join(f"{count} of {worker}" for worker, count in omitted.items())} if omitted else {}
    return counted | {name: told[name] for name in results if name in told}


def _fitted(result: Json, most: int) -> Any:
    if len(to_json(result)) <= most:
        return result
    output = result.get("output")
    return {**result, "output": cut(output, most)} if output and most >= LEAST else _short(result)


def _short(result: Json) -> str:
    """One line: worker, status, and the output's fields, by which a task may refer to it."""
    output = result.get("output") or {}
    fields = ", ".join(f"{name}: {shortened(str(value), SHORT)}" for name, value in output.items())
    return f"{result['worker']} {result['status']}{f': {fields}' if fields else ''}"


def _size(name: str, value: Any) -> int:
    return len(to_json({name: value}))
