"""How often one call with one input was made in a run: by the record, and by what this process has begun since.

What a process knows of a run is kept for the newest runs only; each entry of a worker reads the record again.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.ports import CallContext
from graph.toolcall import ExternalWait, ToolResult
from graph.trail import Made, Trail, answer_of
from graph.values import RunId, TaskId
from tools.hints import refusal
from tools.progress import LONGEST_CIRCLE, ROUNDS, circling

RUNS_KEPT: Final = 2_000
MOST_STEPS: Final = LONGEST_CIRCLE * ROUNDS
"""The newest steps of a trail: all that a circle can be seen in."""

Busiest = defaultdict[str, defaultdict[TaskId, Counter[int]]]
"""By call, task and attempt: the highest number that such a call had."""


@dataclass
class _Run:
    busiest: Busiest = field(default_factory=lambda: defaultdict(lambda: defaultdict(Counter)))
    trails: dict[tuple[TaskId, int], Trail] = field(default_factory=dict)
    """For callers that bring none."""


class Repeats:
    """Counts calls by run, call, task and attempt."""

    def __init__(self, runs_kept: int = RUNS_KEPT) -> None:
        self._runs: OrderedDict[RunId, _Run] = OrderedDict()
        self._runs_kept = runs_kept

    def recalled(self, context: CallContext) -> bool:
        """Whether the record was read since the worker was entered."""
        return self._trail(context).recalled

    def recall(self, context: CallContext, record: Sequence[Made]) -> None:
        """Take in what the run did before, in this process or another."""
        busiest, trail = self._run(context).busiest, self._trail(context)
        trail.recalled = True
        for made in record:
            counted = busiest[made.call][made.task_id]
            counted[made.attempt] = max(counted[made.attempt], made.number)
            if trail.kept and (made.task_id, made.attempt) == (context.task.id, context.attempt):
                trail.counts[made.call] = max(trail.counts[made.call], made.number)
                trail.steps.append((made.call, made.answer))
            _awaits(trail, made.call, made.pending)

    def note(self, context: CallContext, call: str) -> int:
        """Count a call, given by its digest; returns its number within the task's attempt, from 1."""
        trail = self._trail(context)
        trail.counts[call] += 1
        counted = self._run(context).busiest[call][context.task.id]
        counted[context.attempt] = max(counted[context.attempt], trail.counts[call])
        return trail.counts[call]

    def check(self, context: CallContext, call: str, limit: int) -> None:
        """Refuse a call that was made more than `limit` times in the run, or that goes round in a circle.

        A task's later attempts make its calls again by design: of each task only the busiest attempt counts.

        Raises:
            ToolFailed: With `repeated_call`.
        """
        made = sum(max(attempts.values()) for attempts in self._run(context).busiest[call].values())
        if made > limit:
            raise refusal("repeated_call", f"the same call was made {made - 1} times already, {limit} are allowed")
        if size := circling(self._trail(context).steps, call):
            raise refusal("repeated_call", f"the last calls went in a circle of {size}, each time with equal answers")

    def learned(self, context: CallContext, call: str, result: ToolResult) -> None:
        """A call gave its result; a refused repetition is none."""
        trail = self._trail(context)
        if result.error is not None and result.error.code == "repeated_call":
            return
        trail.steps.append((call, answer_of(result)))
        del trail.steps[:-MOST_STEPS]
        _awaits(trail, call, result.pending)

    def wait(self, context: CallContext, call: str) -> ExternalWait | None:
        """What an earlier call like it waits for."""
        return self._trail(context).waits.get(call)

    def _trail(self, context: CallContext) -> Trail:
        if context.trail is not None:
            return context.trail
        return self._run(context).trails.setdefault((context.task.id, context.attempt), Trail())

    def _run(self, context: CallContext) -> _Run:
        name = context.header.run_id
        run = self._runs.setdefault(name, _Run())
        self._runs.move_to_end(name)
        if len(self._runs) > self._runs_kept:
            self._runs.popitem(last=False)
        return run


def _awaits(trail: Trail, call: str, pending: ExternalWait | None) -> None:
    if pending is None:
        trail.waits.pop(call, None)
    else:
        trail.waits[call] = pending
