"""What a domain's policy decides, as data and pure functions. Nothing a model says changes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from graph.contract import Plan, TaskResult
from graph.limits import BreakerRule
from graph.tool import Effect, Stakes
from graph.toolcall import ToolCall
from graph.values import Json

Gate = Literal["free", "reviewed", "person", "never"]
"""free: the call passes. reviewed: `Policy.judge` decides on the exact call, at REVIEWING.
person: a person decides on the exact call. never: refused."""


@dataclass(frozen=True)
class Decision:
    """What policy says of one exact call."""

    verdict: Literal["allow", "ask", "deny"]
    reason: str


@dataclass(frozen=True)
class Basis:
    """What policy decides on: whose run it is, what was asked, and the facts found."""

    request: Json
    results: Mapping[str, TaskResult]
    tenant: str = "default"


def _allow(call: ToolCall, _basis: Basis) -> Decision:
    return Decision("allow", f"no rule of the domain is against {call.tool}")


@dataclass(frozen=True)
class Policy:
    """Data that decides what may happen. Nothing a model says changes it."""

    gates: Mapping[tuple[Effect, Stakes], Gate]
    """Must name every pair that the domain's tools have."""
    judge: Callable[[ToolCall, Basis], Decision] = _allow
    """Decides on calls behind the gate `reviewed`, from the exact call and what is known; pure."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """The domain's own limits, such as an amount that needs no person; part of the domain's version."""
    plan_needs_approval: Callable[[Plan], str | None] = lambda plan: None  # noqa: ARG005 a default, not a name
    """A reason to ask a person before anything of this plan runs, or `None`."""
    on_exhausted: Callable[[TaskResult], Literal["replan", "escalate", "fail"]] = lambda result: "fail"  # noqa: ARG005
    """What follows when a task has failed for good."""
    max_tasks: int = 12
    max_parallel: int = 4
    max_revisions: int = 2
    max_plans: int = 8
    max_escalations: int = 4
    max_repeats: int = 6
    """How often one call with one input may be made in a run."""
    breaker: BreakerRule = field(default_factory=BreakerRule)
    """When a tool is withdrawn, unless the tool has a rule of its own."""
    task_attempts: int = 3
    retry_base_seconds: float = 1.0
    retry_cap_seconds: float = 900.0
    summarize_at: float = 0.7
    """Share of the planning model's window that a prompt may take; the history is summarized at half of that."""
    pinned: tuple[str, ...] = ()
    """Regular expressions of further facts that every summary keeps word for word (see `graph.pinned`)."""
    park_after_seconds: float = 5.0
    """A wait longer than this parks the run."""
    decide_within_seconds: float = 24 * 3600
    timezone: str = "UTC"
    """Decides what a day is."""
