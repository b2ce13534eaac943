"""New limits for a run: refused before the run is touched, where they are missing or would not help."""

from collections.abc import Mapping
from typing import Any, Final

from graph.amounts import granted
from graph.contract import Budget
from graph.errors import BadRequest
from graph.escalation import Answer, Escalation
from graph.funding import unaffordable
from graph.granting import CEILING
from graph.jobs import RunView
from graph.values import Json

USED_UP: Final = frozenset({"budget_exhausted", "budget", "too_many_plans"})
"""Causes of a failure that comes again as long as nothing more is granted."""


def refuse_penniless(view: RunView) -> None:
    """Raise `BadRequest` for a failed run that can only fail again without a new budget."""
    outcome = view.outcome
    if view.status != "failed" or outcome is None or outcome.cause not in USED_UP or CEILING in outcome.message:
        return
    raise BadRequest(
        f"run {view.job.run_id} failed with {outcome.cause} ({outcome.message}) and would fail again; "
        "give it a new limit, such as --budget usd=0.20 (or tokens=, calls=, seconds=)"
    )


def refuse_unfundable(view: RunView, state: Mapping[str, Any], limits: Json) -> None:
    """Raise `BadRequest` where new limits cannot be given now, or would be used up at once."""
    run_id = view.job.run_id
    if view.status == "waiting":
        raise BadRequest(f"run {run_id} waits for a decision; answer it: surefoot decide {run_id} OPTION")
    if view.status not in {"failed", "parked"}:
        raise BadRequest(f"run {run_id} is {view.status}, and only a failed or parked run takes a new budget")
    header = state["header"]
    Budget.model_validate({**header.budget.model_dump(), **limits})
    granted(header.budget, state["spend"], limits)


def refuse_unaffordable(card: Escalation, option: str, note: str, state: Mapping[str, Any]) -> None:
    """Raise `BadRequest` where an answer raises the budget to what is no good, or used up already."""
    answer = Answer(escalation_id=card.id, option=option, note=note)
    if fault := unaffordable(card, answer, state["header"].budget, state["spend"]):
        raise BadRequest(fault)
