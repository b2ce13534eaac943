"""What a model call asks leave for, what it is granted, and what it did cost: the words of the port `Ledger`.

Tokens count prompt and answer, money is integer micro-dollars, times are microseconds since the epoch.
"""

from typing import Literal

from graph.values import Frozen, Micros, TaskId


class Pool(Frozen):
    """One ceiling of a day, as a reservation is held against it."""

    scope: Literal["domain", "tenant"]
    name: str
    since: Micros
    until: Micros
    tokens: int | None = None
    usd_micros: int | None = None
    free_at: str
    """When the day is over, for people."""


class Limits(Frozen):
    """What a run and its day may have spent once a reservation is granted. `None` limits nothing."""

    tokens: int | None = None
    usd_micros: int | None = None
    calls: int | None = None
    forgiven: int = 0
    """Refusals from before a person raised the budget; an overrun among them closes it no more."""
    pools: tuple[Pool, ...] = ()


class Reservation(Frozen):
    """What one model call may cost at most, and what it is for. The caller makes the id."""

    id: str
    role: str
    tokens: int
    """Prompt and answer."""
    usd_micros: int
    answer_tokens: int = 0
    """The part of the tokens that the answer's cap makes: it is clipped to what is left."""
    answer_micros: int = 0
    """What a whole answer costs, of `usd_micros`."""
    least_answer: int = 0
    """An answer clipped below this is of no use: the reservation is refused."""
    domain: str = ""
    state: str = ""
    task_id: TaskId | None = None
    tier: str = ""
    model: str = ""
    endpoint: str = ""
    hop: int = 0
    """How far down the tier's fallback chain the model stands."""
    prompt_version: str = ""
    attempt: int = 1


class Grant(Frozen):
    """The ledger's answer to a reservation."""

    tokens: int = 0
    usd_micros: int = 0
    answer_tokens: int = 0
    """The answer's cap; below the one asked for where less was left."""
    refused: str = ""
    """Why not, in one line; empty where it was granted."""


class Usage(Frozen):
    """What one model call did cost; a ledger row."""

    state: str
    task_id: TaskId | None
    role: str
    tier: str
    model: str
    prompt_version: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    usd_micros: int
    seconds: float
    attempt: int
    outcome: Literal["ok", "invalid", "error", "unknown"]
    """`unknown`: nobody knows what it cost, so that all that was reserved is charged."""
    at: Micros
    estimated: bool = False
    """The endpoint reported no usage, so the tokens are our own count."""
    domain: str = ""
    endpoint: str = ""
    """Host and port, or the offline rules' name."""
    hop: int = 0
    """0 for the tier's first model, then counting along its fallback chain."""
    tries: int = 1
    """Requests within this one reservation."""
    error: str | None = None
    """The class of what ended a call that gave no answer."""
    repair: bool = False
    """It asked for a broken answer again."""
    priced: bool = True
    """Whether a price is known; where it is not, `usd_micros` is 0 and means nothing."""
    counted: int = 0
    """The prompt as our estimator counts it, without its margin; estimates are calibrated by it."""
