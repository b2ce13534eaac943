"""An agent that goes in circles: how often one call was made of late, in memory, by run or thread."""

from collections import OrderedDict
from typing import Final

from graph.canonical import digest
from graph.ports import Clock
from graph.toolcall import ToolCall
from graph.values import Micros
from tools.hints import refusal

WINDOW_SECONDS: Final = 600
"""A thread may live for months: what was asked before may be asked again."""
MICROS: Final = 1_000_000
CALLS_KEPT: Final = 10_000


class Loops:
    """Counts calls. One that is made again under its own id, after a person's answer, is no other call."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._made: OrderedDict[tuple[str, str], dict[str, Micros]] = OrderedDict()

    def check(self, run: str, call: ToolCall, call_id: str) -> None:
        """Count a call. Raises `ToolFailed` with `repeated_call` where it is one too many."""
        now = self._clock.now()
        name = (run, digest(call.model_dump()))
        late = {by: at for by, at in self._made.get(name, {}).items() if now - at < WINDOW_SECONDS * MICROS}
        self._made[name] = late | {call_id: now}
        self._made.move_to_end(name)
        if len(self._made) > CALLS_KEPT:
            self._made.popitem(last=False)
        made = len(self._made[name])
        if made > self._most:
            raise refusal("repeated_call", f"the same call was made {made - 1} times already, {self._most} are allowed")
