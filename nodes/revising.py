"""REVISING: the review asked for changes; the planner gets them, until revisions are exhausted."""

from graph.escalation import Question
from graph.ports import Deps
from graph.state import RunState, Update


async def revising(state: RunState, deps: Deps) -> Update:
    """Count the revision; past `max_revisions` a person decides."""
    policy = deps.domains.get(state["header"].domain).policy
    revisions = state["revisions"] + 1
    if revisions <= policy.max_revisions:
        return {"revisions": revisions, "plan_attempts": 0, "faults": []}
    review = state["review"]
    findings = review.findings if review else ()
    why = "; ".join(finding.message for finding in findings)
    message = f"After {policy.max_revisions} revisions the review still holds: {why}. How should the run go on?"
    question = Question(
        kind="revisions_exhausted",
        asked_by="revising",
        message=message,
        plan_number=state["plan_number"],
        findings=findings,
    )
    return {"revisions": revisions, "question": question}
