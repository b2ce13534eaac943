"""What a person is asked, and what a person answers: the card as data, built by code."""

from typing import Literal

from pydantic import Field

from graph.contract import Finding, PlanFault, Spend
from graph.states import NodeName
from graph.toolcall import ToolCall
from graph.values import Frozen, Json, Micros, RunId, TaskId

QuestionKind = Literal[
    "plan_approval", "effect_approval", "planner_gave_up", "review_failed", "revisions_exhausted",
    "task_needs_human", "tasks_exhausted", "unknown_outcome", "receipt_mismatch", "budget",
]  # fmt: skip


class Question(Frozen):
    """Why a state needs a person: the facts that ESCALATED makes a card from."""

    kind: QuestionKind
    asked_by: NodeName
    message: str
    plan_number: int = 0
    task: TaskId | None = None
    effect_key: str | None = None
    """With `unknown_outcome`: the effect that a person must settle."""
    calls: tuple[ToolCall, ...] = ()
    """The exact calls that an approval would be bound to."""
    faults: tuple[PlanFault, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    """With `budget`: what is not done yet."""
    spent_on: dict[str, Spend] = Field(default_factory=dict)
    """With `budget`: what was spent, by role."""
    limits: Json = Field(default_factory=dict)
    """With `budget`: the limits that would have to rise, each with what it would be."""


class Option(Frozen):
    """One thing a person may choose."""

    id: str
    label: str
    expected_impact: str
    leads_to: NodeName
    fields: Json = Field(default_factory=dict)
    """What choosing it sets; of `raise` the new limits."""


class Evidence(Frozen):
    """A fact on a card, with where it comes from."""

    text: str
    source: str


class Escalation(Frozen):
    """A card for a person with one minute. No raw context, no JSON."""

    id: str
    """Deterministic (run and number), because the node that raises it runs again from its top."""
    run_id: RunId
    kind: QuestionKind
    attempted: str
    decision_needed: str
    options: tuple[Option, ...]
    recommended: str
    default_option: str
    """Taken when the deadline passes; always the safe one."""
    deadline: Micros
    facts: tuple[Evidence, ...] = ()
    spent: Spend = Spend()

    def option(self, option_id: str) -> Option | None:
        """The option of that id, or `None`."""
        return next((option for option in self.options if option.id == option_id), None)


class Answer(Frozen):
    """A decision, and who took it."""

    escalation_id: str
    option: str
    note: str = ""
    actor: str = "unknown"


class Answered(Frozen):
    """A question with its answer, as the planner is told of it."""

    question: Question
    answer: Answer
    leads_to: NodeName
