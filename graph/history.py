"""The orchestrator's own history: messages with ids of their own, so that a replay adds nothing twice."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, RemoveMessage

from graph.chat import about, marked
from graph.contract import Outcome, Plan, Review, TaskResult
from graph.domain import Domain
from graph.escalation import Answered
from graph.refs import REF, is_ref
from graph.state import RunState
from graph.values import Json

LONGEST_VALUE = 400
"""Characters of one output value that the history keeps; the whole value stays in the record."""


def received(request: Json) -> AnyMessage:
    """The job itself."""
    return about(HumanMessage(_brief(request), id="request"), "job", request)


def planned(plan: Plan) -> AnyMessage:
    """An accepted plan."""
    tasks = "; ".join(f"{task.id} {task.worker}({_args(task.input)})" for task in plan.tasks)
    return _noted(AIMessage(f"Plan {plan.number}: {plan.summary} [{tasks}]", id=f"plan/{plan.number}"))


def settled(result: TaskResult) -> AnyMessage:
    """A worker's result."""
    said = _brief(result.output or {}) if result.status == "success" else _trouble(result)
    told = f"Task {result.task_id} {result.status}: {said}"
    return _noted(AIMessage(told, id=f"result/{result.task_id}/{result.attempt}", name=result.worker))


def reviewed(review: Review, number: int) -> AnyMessage:
    """A verdict with its findings."""
    findings = "; ".join(finding.message for finding in review.findings)
    told = f"Review of {review.stage}: {review.verdict}. {findings}"
    return _noted(AIMessage(told, id=f"review/{number}/{review.stage}"))


def decided(answered: Answered) -> AnyMessage:
    """A person's decision."""
    answer = answered.answer
    text = f"{answered.question.message} {answer.actor} chose {answer.option}. {answer.note}"
    return _noted(HumanMessage(text, id=f"answer/{answer.escalation_id}"))


def concluded(outcome: Outcome, state: RunState, domain: Domain | None = None) -> list[BaseMessage]:
    """How the run ended: the domain's words, else the outcome's line. Behind all else, also where it replaces one."""
    words = domain.to_message(outcome.data) if domain and domain.to_message else None
    told = AIMessage(words or outcome.message, id=f"outcome/{state['header'].run_id}")
    return [RemoveMessage(str(told.id)), about(told, "outcome", state["request"])]


def _noted(message: AnyMessage) -> AnyMessage:
    return marked(message, "history")


def _trouble(result: TaskResult) -> str:
    if result.question:
        return result.question
    return f"{result.error.code}: {result.error.message}" if result.error else "no error given"


def _args(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={inner[REF] if is_ref(inner) else inner!s:.40}" for name, inner in value.items())


def _brief(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {inner!s:.{LONGEST_VALUE}}" for name, inner in value.items())
