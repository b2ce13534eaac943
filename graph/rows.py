"""What is recorded: a closed union of rows, each idempotent by its key, so that a replay writes nothing twice."""

from typing import Literal

from graph.contract import Header, Outcome, Transition
from graph.escalation import Answer, Escalation
from graph.toolcall import ToolCall, ToolResult
from graph.values import Frozen, Json, Micros, TaskId


class RunStarted(Frozen):
    """A run passed INTAKE, or was refused there."""

    header: Header
    request: Json


class Moved(Frozen):
    """A transition; keyed by run and sequence."""

    transition: Transition


class RunParked(Frozen):
    """The run waits for a time; keyed by run."""

    wake_at: Micros


class RunEnded(Frozen):
    """The run is over; keyed by run."""

    outcome: Outcome
    resume_at: str | None = None
    at: Micros


class CardOpened(Frozen):
    """A person is asked; keyed by the escalation's id."""

    card: Escalation
    at: Micros


class CardAnswered(Frozen):
    """A person, or a deadline, decided; keyed by the escalation's id."""

    answer: Answer
    at: Micros


class ToolCalled(Frozen):
    """One hardened call; keyed by `id`."""

    id: str
    task_id: TaskId
    attempt: int
    call: ToolCall
    result: ToolResult
    tries: int
    seconds: float
    """From the call's coming to its result, waiting included."""
    waited: float = 0.0
    """Seconds of them spent waiting for a turn under the tool's rate limit."""
    at: Micros


class BreakerTurned(Frozen):
    """A tool's breaker opened or closed; keyed by domain, tool and time."""

    domain: str
    tool: str
    state: Literal["open", "closed"]
    until: Micros | None = None
    """When a call may probe the backend; `None` of a closed one."""
    reason: str
    at: Micros


class DeadLetter(Frozen):
    """A job that will not go on by itself, with all that is needed to requeue it; keyed by run and cause."""

    state: str
    cause: str
    error: str
    checkpoint_id: str | None = None
    attempts: int = 1
    at: Micros


class Alerted(Frozen):
    """Something that somebody should look at; keyed by run and kind."""

    kind: str
    message: str
    at: Micros


Record = (
    RunStarted | Moved | RunParked | RunEnded | CardOpened | CardAnswered | ToolCalled | BreakerTurned | DeadLetter
    | Alerted
)  # fmt: skip
