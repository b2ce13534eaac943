"""One call on its way through the pipeline, and what its stages note on it."""

from dataclasses import dataclass

from graph.domain import Domain
from graph.ports import CallContext
from graph.rows import BreakerTurned
from graph.toolcall import ToolCall
from graph.values import Micros


@dataclass
class Passage:
    """One call on its way through the pipeline."""

    domain: Domain
    call: ToolCall
    context: CallContext
    digest: str
    number: int
    """Which one of its like it is within the task's attempt."""
    started: Micros
    ours: bool = False
    """The pipeline asks on its own account: a probe or a poll."""
    tries: int = 0
    waited: float = 0.0
    """Seconds spent waiting for a turn under the tool's rate."""
    turned: BreakerTurned | None = None
    """What the call did to the tool's breaker."""
    told: bool = False
    """Its row goes with the effect's receipt."""
