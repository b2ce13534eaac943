"""Answers that take minutes: what a tool's function gives in place of a value, and when it is asked again."""

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from graph.toolcall import ExternalWait
from graph.values import Json, Micros

SECOND: Final = 1_000_000
"""Microseconds."""
LONGEST_POLL_SECONDS: Final = 300.0
"""However long a wait lasts already, it is asked about this often."""
PATIENCE: Final = 2
"""The next poll comes after this part of the time that has passed, so that polls grow rare."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What a tool's function returns where the value comes later: the call is made, its answer is not there yet."""

    correlation_key: str
    """What the backend calls the matter: a job's id, a reference number."""
    expects: str
    """What is waited for, in a few words for people."""
    within_seconds: float
    """After that the answer is not waited for any more."""
    on_expire: Literal["fail", "escalate"] = "fail"
    poll_tool: str | None = None
    """A read tool that gives a `PollAnswer`; without one there is nothing to ask until the time is over."""
    poll_seconds: float = 5.0
    """The first poll's distance; the later ones grow, up to five minutes."""


class PollAnswer(BaseModel):
    """What a poll tool answers; a tool's own output model may narrow `result`."""

    outcome: Literal["done", "pending", "failed"]
    result: Json | None = None
    """With `done`: the value, in the schema of the tool that is waited for."""
    message: str = ""
    """With `failed`: why, in one line without secrets."""


class ProbeAnswer(BaseModel):
    """What a probe answers about an effect; `not_done` is for what has not happened and is not under way."""

    outcome: Literal["done", "not_done", "unknown"]
    result: Json | None = None
    """With `done`: the receipt, in the effect's own schema."""


def wait_from(pending: Pending, now: Micros) -> ExternalWait:
    """The wait that begins now."""
    return ExternalWait(
        correlation_key=pending.correlation_key,
        expects=pending.expects,
        expires_at=Micros(now + round(pending.within_seconds * SECOND)),
        on_expire=pending.on_expire,
        poll_tool=pending.poll_tool,
        since=now,
        poll_seconds=pending.poll_seconds,
    )


def next_poll(wait: ExternalWait, now: Micros) -> Micros:
    """When to ask again: ever more rarely, never later than the wait expires. The same for the same wait and time."""
    if wait.poll_tool is None:
        return wait.expires_at
    grown = min(LONGEST_POLL_SECONDS * SECOND, (now - wait.since) / PATIENCE)
    return min(wait.expires_at, Micros(now + round(max(wait.poll_seconds * SECOND, grown))))
