"""The orchestrator's own history: messages with ids of their own, so that a replay adds nothing twice."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, RemoveMessage

from graph.chat import about, marked
from graph.contract import Outcome, Plan, Review, Task, TaskResult
from graph.domain import Domain
from graph.escalation import Answered
from graph.refs import REF, is_ref
from graph.state import RunState
from graph.values import Json

LONGEST_VALUE: Final = 400
"""Characters of one output value that the history keeps; the whole value stays in the record."""
LONGEST_ARG: Final = 40
"""Characters of one argument of a planned task."""
SUMMED: Final = "surefoot_summary"
"""Where a summary keeps its facts, the results that it covers, the plan whose open tasks it names, and its size."""
_NOTHING: Final[Json] = {}
_EARLIER: Final = "Earlier: "
_DUE: Final = "\nStill to be done: "
_FACTS: Final = "\nFacts, word for word: "


def received(request: Json) -> AnyMessage:
    """The job itself."""
    return about(HumanMessage(_brief(request), id="request"), "job", request)


def planned(plan: Plan) -> AnyMessage:
    """An accepted plan."""
    tasks = "; ".join(_task(task) for task in plan.tasks)
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


# -- what a summary takes the place of ---------------------------------------------------------------


def summarized(text: str, facts: Sequence[str], opened: str, sequence: int, **kept: Any) -> AnyMessage:
    """A summary: what came before, the tasks of the plan at hand that are still open, and facts word for word."""
    told = f"{_EARLIER}{text}{_DUE + opened if opened else ''}{_FACTS}{_said(facts)}"
    message = _noted(HumanMessage(told, id=f"summary/{sequence}"))
    more = {SUMMED: {"facts": list(facts), **kept}}
    return message.model_copy(update={"additional_kwargs": {**message.additional_kwargs, **more}})


def weighed(summary: AnyMessage, size: int) -> AnyMessage:
    """The summary, which knows how many tokens it left of the whole history."""
    more = {SUMMED: {**_summed(summary), "size": size}}
    return summary.model_copy(update={"additional_kwargs": {**summary.additional_kwargs, **more}})


def words_of(message: AnyMessage) -> str:
    """What a message says; of a summary, without the facts and tasks that the next one has from elsewhere."""
    if not _summed(message):
        return message.text
    return message.text.removeprefix(_EARLIER).rpartition(_FACTS)[0].partition(_DUE)[0]


def extract(texts: Sequence[str], each: int) -> str:
    """The first words of every text, at most `each` characters of one."""
    return " ".join(filter(None, (shortened(text, each) for text in texts))) if each else ""


def split(messages: Sequence[AnyMessage], fits: int, sizes: Sequence[int]) -> int:
    """How many of the oldest to summarize, so that the rest takes at most `fits` and no result loses its plan."""
    for cut in range(len(messages) + 1):
        if sum(sizes[cut:]) <= fits and not _parted(messages[:cut], messages[cut:]):
            return cut
    return len(messages)


def kept_facts(messages: Iterable[AnyMessage]) -> list[str]:
    """The facts of the summaries among them, in order."""
    return [fact for message in messages for fact in _summed(message).get("facts", ())]


def covered(messages: Iterable[AnyMessage], plan: int) -> list[str]:
    """The results of a plan among them, those that an earlier summary covers too, by their messages' ids."""
    mine = f"result/{plan}/"
    ids = (name for message in messages for name in (str(message.id), *_summed(message).get("covers", ())))
    return [name for name in ids if name.startswith(mine)]


def known_ids(messages: Iterable[AnyMessage]) -> set[str]:
    """The ids of what the history has, in words or in a summary."""
    return {name for message in messages for name in (str(message.id), *_summed(message).get("covers", ()))}


def size_after(message: AnyMessage) -> int:
    """The tokens that a summary left of the history, 0 for any other message."""
    return int(_summed(message).get("size", 0))


def open_tasks(plan: Plan | None, results: Mapping[str, TaskResult], kept: Iterable[AnyMessage]) -> str:
    """The tasks of the plan at hand that have no result yet, where the plan itself is not among the messages kept."""
    if plan is None or f"plan/{plan.number}" in {message.id for message in kept}:
        return ""
    return "; ".join(_task(task) for task in plan.tasks if task.id not in results)


def _parted(oldest: Sequence[AnyMessage], rest: Sequence[AnyMessage]) -> bool:
    """Whether a plan and a result of it would end up on two sides."""
    plans = {f"result/{number}/" for message in oldest for number in _plans(message)}
    return any(str(message.id).startswith(tuple(plans)) for message in rest) if plans else False


def _plans(message: AnyMessage) -> list[str]:
    if str(message.id).startswith("plan/"):
        return [str(message.id).removeprefix("plan/")]
    return [str(_summed(message)["plan"])] if "plan" in _summed(message) else []


def _summed(message: AnyMessage) -> Json:
    found = message.additional_kwargs.get(SUMMED, _NOTHING)
    return found if isinstance(found, dict) else _NOTHING


def _said(facts: Sequence[str]) -> str:
    return " | ".join(facts) or "none"


def _noted(message: AnyMessage) -> AnyMessage:
    return marked(message, "history")


def _trouble(result: TaskResult) -> str:
    if result.question:
        return result.question
    return f"{result.error.code}: {result.error.message}" if result.error else "no error given"


def _task(task: Task) -> str:
    return f"{task.id} {task.worker}({_args(task.input)})"


def _args(value: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}={inner[REF] if is_ref(inner) else shortened(str(inner), LONGEST_ARG)}" for name, inner in value.items()
    )


def _brief(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {shortened(str(inner), LONGEST_VALUE)}" for name, inner in value.items())


def shortened(text: str, most: int) -> str:
    """The text up to its last whole word within `most` characters: half an id would be another id."""
    if len(text) <= most:
        return text
    head = text[: most + 1].rpartition(" ")[0]
    return f"{head} ..." if head else f"({len(text)} characters)"
