"""What each model role is given: structured input, from which prompts are rendered and offline rules decide."""

from typing import Any

from pydantic import Field

from graph.contract import Finding, Plan, PlanFault, Stage, TaskResult
from graph.escalation import Answered
from graph.toolcall import EffectDone
from graph.values import Frozen, Json, TaskId

ROOM: Any = Field(default=None, exclude=True, description="tokens that a prompt of this may take; `None`: no limit")
AT_HAND: Any = Field(default=(), exclude=True, description="tasks whose results are told whole where `room` is given")


class WorkerCard(Frozen):
    """A worker as the planner sees it."""

    name: str
    purpose: str
    stage: Stage
    tools: tuple[str, ...]
    input_schema: Json
    output_schema: Json


class PlanningBrief(Frozen):
    """Role `plan`: everything a planner may know."""

    request: Json
    plan_number: int = Field(description="the number that the plan to come will carry")
    workers: tuple[WorkerCard, ...]
    withdrawn: dict[str, str] = Field(
        default_factory=dict, description="tools whose backend is down, and until when; who needs one is not listed"
    )
    results: dict[str, TaskResult] = Field(default_factory=dict, description="every settled task of the run so far")
    effects: tuple[EffectDone, ...] = Field(
        default=(), description="what already happened and must not be planned again"
    )
    faults: tuple[PlanFault, ...] = Field(default=(), description="why the last attempt was refused")
    findings: tuple[Finding, ...] = Field(default=(), description="what the review asked to change")
    answers: tuple[Answered, ...] = ()
    history: str = Field(default="", description="the run so far, in words")
    room: int | None = ROOM
    at_hand: tuple[TaskId, ...] = AT_HAND


class ReviewBrief(Frozen):
    """Role `review`, and what the domain's own checks are given."""

    request: Json
    stage: Stage
    plan: Plan
    results: dict[str, TaskResult]
    calls: dict[str, Json] = Field(default_factory=dict, description="deliver task id to its tool call's arguments")
    effects: tuple[EffectDone, ...] = ()
    answers: tuple[Answered, ...] = ()
    room: int | None = ROOM
    at_hand: tuple[TaskId, ...] = AT_HAND


class ReviewVerdict(Frozen):
    """What a reviewing model answers. Verdict before reason."""

    verdict: str = Field(pattern="^(pass|revise|escalate)$")
    reason: str = Field(default="", max_length=600)


class SummaryBrief(Frozen):
    """Role `summarize`: the oldest messages, and the facts that must be kept word for word."""

    messages: tuple[str, ...]
    pinned: tuple[str, ...]


class Summary(Frozen):
    """What a summarizing model answers."""

    text: str = Field(max_length=4_000)


class SimplifyBrief(Frozen):
    """Role `answer`, and what the domain makes a simplified plan from when the budget is nearly gone."""

    request: Json
    plan_number: int
    results: dict[str, TaskResult]
    effects: tuple[EffectDone, ...] = ()
    answer: Json | None = None
    """What the role `answer` said, where the domain has a `short_answer`; `None` where there is none to be had."""
