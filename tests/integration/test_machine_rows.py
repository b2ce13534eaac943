from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict
from graph.contract import Finding, Plan, Task
from graph.domain import Domain
from graph.errors import ModelUnavailable
from graph.jobs import RunView
from graph.states import TABLE
from graph.values import Json, TaskId
from machine_kit import ADA, COSTLY, NONSENSE, Adapt, Edge, Script, breaking, cancels_at, machine, narrow_at, untouched
from toybackend import Backend
from toydomain import plan, toy

DOWN: Final = ModelUnavailable("the endpoint is down")
REVISE: Final = ReviewVerdict(verdict="revise", reason="warmer, please")
DOUBT: Final = ReviewVerdict(verdict="escalate", reason="is this a joke?")


@dataclass(frozen=True)
class Case:
    """What is done to a run, and how it must end."""

    status: str
    cause: str | None = None
    request: Json = field(default_factory=lambda: ADA)
    script: Callable[[Backend], Script] = lambda _backend: {}
    policy: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    """Fields of the domain that are replaced."""
    budget: Json = field(default_factory=dict)
    adapt: Adapt = untouched
    answers: tuple[str, ...] = ()
    """Options chosen one after the other; what was broken is mended before each."""
    then: tuple[str, ...] = ()
    """`resume`, once the answers are given."""
    before: str | None = None
    """How the backend misbehaves from the start."""

    @property
    def dead(self) -> bool:
        """A job that VALIDATING refused, and a failure that is not the caller's own wish, are dead letters."""
        return self.cause == "invalid" or (self.status == "failed" and self.cause != "cancelled")

    def domain(self, folder: Path) -> Domain:
        """The toy domain as changed."""
        return replace(toy(folder, **self.policy), **self.change)


def troubled(mode: str) -> Callable[[Backend], Script]:
    """The backend breaks while the first plan is made, and is mended for the second."""

    def script(backend: Backend) -> Script:
        def mended(brief: PlanningBrief) -> Plan:
            backend.mend()
            return plan(brief)

        return {"plan": [breaking(backend, mode, plan), mended]}

    return script


def scripted(**lines: list[Any]) -> Callable[[Backend], Script]:
    """Lines that need no backend."""
    return lambda _backend: lines


def never_right(brief: ReviewBrief) -> list[Finding]:
    """A receipt check that is never content."""
    return [Finding(check="receipt", message="the receipt names another person")]


def refused_plan(brief: object) -> Plan:
    """A simplified plan that breaks the rules."""
    return Plan(tasks=(Task(id=TaskId("greet"), worker="nobody"),))


HAPPY: Final = Case("complete", "done")
BAD_REQUEST: Final = Case("rejected", "bad_request", request={})
BACKEND_DOWN: Final = Case("failed", "tool_conflict", script=troubled("refuses"))
APPROVED: Final = Case("complete", "done", request=COSTLY, answers=("approve",))
DECLINED: Final = Case("complete", "done", request=COSTLY, answers=("decline",))
GAVE_UP: Final = Case("rejected", "stopped", script=scripted(plan=[NONSENSE]), answers=("stop",))
NO_MONEY: Final = Case("rejected", "stopped", budget={"calls": 1}, answers=("stop",))
SIMPLER: Final = Case("complete", "simplified", budget={"calls": 2}, answers=("simplify",))
PARKED: Final = Case("parked", script=troubled("shaky"), policy={"retry_base_seconds": 100.0})
REVISED: Final = Case("complete", "done", script=scripted(review=[REVISE, None]))
ACCEPTED: Final = Case("complete", "done", script=scripted(review=[DOUBT]), answers=("accept",))
ASKED: Final = Case(
    "complete", "done", script=troubled("refuses"), policy={"on_exhausted": lambda _: "escalate"}, answers=("retry",)
)
ABANDONED: Final = replace(ASKED, status="failed", cause="stopped", answers=("stop",))
REPLANNED: Final = Case("complete", "done", script=troubled("refuses"), policy={"on_exhausted": lambda _: "replan"})
SHORT_CONTEXT: Final = Case("complete", "done", adapt=narrow_at(1))
DECLINES: Final = Case("rejected", "budget", budget={"calls": 3, "on_alert": "decline"})
SIMPLIFIES: Final = Case("complete", "simplified", script=scripted(review=[REVISE]),
                         budget={"calls": 4, "alert_at": 0.75, "on_alert": "simplify"})  # fmt: skip

CASES: Final[dict[Edge, Case]] = {
    ("intake", "validating"): HAPPY,
    ("intake", "rejected"): BAD_REQUEST,
    ("intake", "failed"): Case("failed", "cancelled", adapt=cancels_at("intake")),
    ("validating", "planning"): HAPPY,
    ("validating", "rejected"): Case("rejected", "invalid", request={"name": "Stranger"}),
    ("validating", "failed"): Case("failed", "cancelled", adapt=cancels_at("validating")),
    ("planning", "planning"): Case("complete", "done", script=scripted(plan=[NONSENSE, None])),
    ("planning", "executing"): HAPPY,
    ("planning", "escalated"): GAVE_UP,
    ("planning", "summarize"): SHORT_CONTEXT,
    ("planning", "fallback"): NO_MONEY,
    ("planning", "failed"): Case("failed", "model_unavailable", script=scripted(plan=[DOWN])),
    ("executing", "worker"): HAPPY,
    ("executing", "executing"): Case("complete", "done", script=troubled("shaky")),
    ("executing", "planning"): REPLANNED,
    ("executing", "reviewing"): HAPPY,
    ("executing", "escalated"): ASKED,
    ("executing", "summarize"): replace(SHORT_CONTEXT, adapt=narrow_at(2)),
    ("executing", "fallback"): SIMPLER,
    ("executing", "failed"): BACKEND_DOWN,
    ("executing", "__end__"): PARKED,
    ("worker", "executing"): HAPPY,
    ("reviewing", "executing"): HAPPY,
    ("reviewing", "complete"): HAPPY,
    ("reviewing", "revising"): REVISED,
    ("reviewing", "escalated"): APPROVED,
    ("reviewing", "summarize"): replace(SHORT_CONTEXT, adapt=narrow_at(5)),
    ("reviewing", "fallback"): DECLINES,
    ("reviewing", "failed"): Case("failed", "model_unavailable", script=scripted(review=[DOWN])),
    ("revising", "planning"): REVISED,
    ("revising", "escalated"): Case("rejected", "stopped", script=scripted(review=[REVISE]), answers=("stop",)),
    ("revising", "summarize"): replace(REVISED, adapt=narrow_at(6)),
    ("revising", "fallback"): SIMPLIFIES,
    ("revising", "failed"): Case("failed", "cancelled", script=scripted(review=[REVISE]), adapt=cancels_at("revising")),
    ("escalated", "planning"): DECLINED,
    ("escalated", "executing"): APPROVED,
    ("escalated", "reviewing"): ACCEPTED,
    ("escalated", "revising"): replace(ACCEPTED, script=scripted(review=[DOUBT, None]), answers=("revise",)),
    ("escalated", "complete"): Case("complete", "done", change={"receipt_checks": (never_right,)}, answers=("accept",)),
    ("escalated", "rejected"): NO_MONEY,
    ("escalated", "failed"): ABANDONED,
    ("summarize", "planning"): SHORT_CONTEXT,
    ("summarize", "executing"): replace(SHORT_CONTEXT, adapt=narrow_at(2)),
    ("summarize", "reviewing"): replace(SHORT_CONTEXT, adapt=narrow_at(5)),
    ("summarize", "revising"): replace(REVISED, adapt=narrow_at(6)),
    ("summarize", "failed"): Case(
        "failed", "cancelled", adapt=lambda deps, store: cancels_at("summarize")(narrow_at(1)(deps, store), store)
    ),
    ("fallback", "escalated"): NO_MONEY,
    ("fallback", "reviewing"): SIMPLIFIES,
    ("fallback", "rejected"): DECLINES,
    ("fallback", "failed"): Case(
        "failed", "budget", budget={"calls": 1, "on_alert": "simplify"}, change={"simplify": refused_plan}
    ),
    ("complete", "__end__"): HAPPY,
    ("rejected", "__end__"): BAD_REQUEST,
    ("failed", "__end__"): BACKEND_DOWN,
    ("failed", "validating"): Case("complete", "done", before="down", then=("resume",)),
    ("failed", "planning"): Case("complete", "done", script=scripted(plan=[DOWN, None]), then=("resume",)),
    ("failed", "executing"): replace(ABANDONED, status="complete", cause="done", then=("resume",)),
    ("failed", "reviewing"): Case("complete", "done", script=scripted(review=[DOWN, None]), then=("resume",)),
    ("failed", "revising"): replace(REVISED, adapt=narrow_at(6, 7), then=("resume",)),
}
"""Each edge of the table, and each re-entry, with what provokes it."""

EDGES: Final = {(row.node, target) for row in TABLE for target in (*row.may_go_to, *row.resumes_to)}


async def observed(case: Case, folder: Path) -> tuple[RunView, set[Edge], list[str]]:
    """Run the case to its end; what became of it, every edge in its timeline, and causes of open dead letters."""
    backend = Backend(folder / "toy")
    if case.before:
        backend.break_down(case.before)
    async with machine(folder, case.script(backend), domain=case.domain(folder / "toy"), adapt=case.adapt) as opened:
        view = await opened.run(case.request, budget=case.budget)
        for option in case.answers:
            assert view.status == "waiting"
            backend.mend()
            view = await opened.runner.decide(view.job.run_id, option, actor="ann")
        for _ in case.then:
            assert view.status == "failed"
            backend.mend()
            view = await opened.runner.resume(view.job.run_id)
        return view, await opened.edges(view), [letter.letter.cause for letter in await opened.open_letters()]


@pytest.mark.parametrize("edge", sorted(CASES), ids="->".join)
async def test_a_row(edge: Edge, tmp_path: Path) -> None:
    """Each row's failure or trigger leads over its own edge, as recorded, and the run ends as the row says."""
    case = CASES[edge]
    view, edges, letters = await observed(case, tmp_path)
    assert edge in edges
    assert (view.status, view.outcome and view.outcome.cause) == (case.status, case.cause)
    assert edges <= EDGES | {("__start__", "intake")}
    assert letters == ([case.cause] if case.dead else [])


def test_every_edge_has_its_case() -> None:
    """Nothing in the table is left unprovoked."""
    assert set(CASES) == EDGES
