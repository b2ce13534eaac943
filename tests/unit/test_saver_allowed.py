import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.types import Send
from pydantic import BaseModel

from checkpoints.saver.allowed import ALLOWED, serializer
from fakes import NOON
from graph import contract, escalation, toolcall
from graph.contract import Finding, Retry, Schedule, Spend, Task, TaskResult, WorkOrder
from graph.escalation import Answer, Answered, Question
from graph.state import RunState
from graph.toolcall import Permit, ToolCall, ToolError
from graph.values import Micros, TaskId
from store_kit import card, header, outcome, step


class Stranger(BaseModel):
    """A class that is on no list."""

    name: str


def models(hint: Any) -> Iterator[type[BaseModel]]:
    """Every model that a type hint can hold, at any depth."""
    for part in get_args(hint):
        yield from models(part)
    if inspect.isclass(hint) and issubclass(hint, BaseModel):
        yield hint
        for field in hint.model_fields.values():
            yield from models(field.annotation)


def ours(hint: Any) -> set[tuple[str, str]]:
    """The same by name, without other libraries' classes."""
    found = {(model.__module__, model.__name__) for model in models(hint)}
    return {name for name in found if name[0].startswith("graph.")}


def test_all_that_the_state_may_hold_is_allowed() -> None:
    """Every class of the state's type hints, and of what is sent to a worker, is on the list."""
    held = set[tuple[str, str]]().union(*(ours(hint) for hint in get_type_hints(RunState).values()), ours(WorkOrder))
    assert len(held) > 10
    assert held <= set(ALLOWED)


def test_the_list_names_what_exists() -> None:
    """No entry of the list is stale."""
    modules = {module.__name__: module for module in (contract, escalation, toolcall)}
    assert all(hasattr(modules[module], name) for module, name in ALLOWED)
    assert len(set(ALLOWED)) == len(ALLOWED)


CALL = ToolCall(tool="issue_refund", args={"cents": 500, "lines": [{"sku": "a"}]})
ERROR = ToolError(code="timeout", message="too slow", retryable=True, retry_after=1.5)
QUESTION = Question(
    kind="effect_approval",
    asked_by="reviewing",
    message="pay?",
    calls=(CALL,),
    findings=(Finding(check="policy", message="above the limit"),),
)
ORDER = WorkOrder(
    header=header(),
    task=Task(id=TaskId("1/facts"), worker="find_facts", depends_on=(TaskId("1/x"),)),
    attempt=1,
    permits=(Permit(call=CALL, by="policy"),),
    sequence=7,
)


@pytest.mark.parametrize(
    "value",
    [
        ORDER,
        Send("worker", ORDER),
        [step(1, "planning"), step(2, "executing")],
        {"1/a": TaskResult(task_id=TaskId("1/a"), worker="w", status="failure", error=ERROR)},
        {"1/a": Retry(attempt=2, not_before=Micros(NOON), error=ERROR, granted=3)},
        Schedule(ready=(TaskId("1/a"),), wake_at=Micros(NOON)),
        [Answered(question=QUESTION, answer=Answer(escalation_id="e", option="approve"), leads_to="reviewing")],
        card(),
        outcome(),
        Spend(tokens=5),
        [HumanMessage("hi", id="1"), AIMessage("hello", id="2")],
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_come_back_as_they_were(value: object) -> None:
    """What the state holds survives a checkpoint, types included."""
    strict = serializer()
    back = strict.loads_typed(strict.dumps_typed(value))
    assert back == value
    assert repr(back) == repr(value)


def test_a_stranger_comes_back_as_plain_data() -> None:
    """A stored name that is not on the list is never imported."""
    strict = serializer()
    assert strict.loads_typed(strict.dumps_typed(Stranger(name="x"))) == {"name": "x"}
