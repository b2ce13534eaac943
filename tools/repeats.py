"""How often one call with one input was made in a run: kept in memory, for the newest runs of this process."""

from collections import Counter, OrderedDict, defaultdict
from typing import Final

from graph.ports import CallContext
from graph.values import RunId, TaskId
from tools.hints import refusal

RUNS_KEPT: Final = 2_000

Tally = defaultdict[str, defaultdict[TaskId, Counter[int]]]


class Repeats:
    """Counts calls by run, call, task and attempt."""

    def __init__(self, runs_kept: int = RUNS_KEPT) -> None:
        self._runs: OrderedDict[RunId, Tally] = OrderedDict()
        self._runs_kept = runs_kept

    def note(self, context: CallContext, call: str) -> int:
        """Count a call, given by its digest; returns its number within the task's attempt, from 1."""
        attempts = self._tally(context)[call][context.task.id]
        attempts[context.attempt] += 1
        return attempts[context.attempt]

    def check(self, context: CallContext, call: str, limit: int) -> None:
        """Refuse a call that was made more than `limit` times in the run. Raises `ToolFailed` with `repeated_call`.

        A task's later attempts make its calls again by design: of each task only the busiest attempt counts.
        """
        made = sum(max(attempts.values()) for attempts in self._tally(context)[call].values())
        if made > limit:
            raise refusal("repeated_call", f"the same call was made {made - 1} times already, {limit} are allowed")

    def _tally(self, context: CallContext) -> Tally:
        run = context.header.run_id
        tally = self._runs.setdefault(run, defaultdict(lambda: defaultdict(Counter)))
        self._runs.move_to_end(run)
        if len(self._runs) > self._runs_kept:
            self._runs.popitem(last=False)
        return tally
