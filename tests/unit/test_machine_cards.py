"""Cards for people, and the answers that UIs give to them."""

from pathlib import Path
from typing import Any, Final, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import NOON
from graph.answers import markdown, payload, read
from graph.cards import CHOICES, card_for
from graph.contract import Finding, Plan, PlanFault, Spend, Task, TaskResult
from graph.escalation import Escalation, Question, QuestionKind
from graph.state import RunState
from graph.states import ROWS
from graph.toolcall import ToolCall, ToolError
from graph.values import TaskId
from store_kit import header
from toydomain import toy

KINDS: Final = get_args(QuestionKind)
LONG: Final = "word {braces} " * 300
GREET: Final = ToolCall(tool="greet", args={"name": "Ada", "price": 500})


def state(**changes: Any) -> RunState:
    """What a card is made from."""
    error = ToolError(code="unavailable", message="the backend is down")
    result = TaskResult(task_id=TaskId("1/find"), worker="find", status="failure", error=error)
    fields = {
        "header": header(), "answers": [], "asked": 0, "results": {"1/find": result}, "plan_number": 1,
        "plan": Plan(number=1, tasks=(Task(id=TaskId("1/find"), worker="find"),), summary="greet Ada"),
        "spend": Spend(tokens=1_200, calls=3), "revisions": 0, **changes,
    }  # fmt: skip
    return cast("RunState", fields)


def card(kind: QuestionKind, folder: Path, message: str = "The greeting is dear.", **more: Any) -> Escalation:
    """A card of a kind."""
    question = Question(kind=kind, asked_by="executing", message=message, task=TaskId("1/find"), **more)
    return card_for(question, state(), toy(folder), NOON)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_for_a_person_with_a_minute(kind: QuestionKind, tmp_path: Path) -> None:
    """At least two options, each with an impact; the recommended and the default are on it; no JSON; facts sourced."""
    made = card(kind, tmp_path, calls=(GREET,))
    ids = [option.id for option in made.options]
    assert len(set(ids)) == len(ids) >= 2
    assert all(len(option.expected_impact.split()) >= 3 for option in made.options)
    assert {made.recommended, made.default_option} <= set(ids)
    assert made.facts
    assert all(fact.source for fact in made.facts)
    assert "{" not in markdown(made)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_stays_short_whatever_went_wrong(kind: QuestionKind, tmp_path: Path) -> None:
    """Under 150 words and without braces, however much models, backends and plans have to say."""
    made = card(
        kind, tmp_path, LONG,
        calls=tuple(ToolCall(tool="greet", args={"name": {"first": LONG}}) for _ in range(3)),
        findings=(Finding(check="model", message=LONG),) * 5,
        faults=(PlanFault(code="cycle", message=LONG),) * 4,
    )  # fmt: skip
    text = markdown(made)
    assert len(text.split()) < 150
    assert not set(text) & set("{}")
    assert "…" in made.decision_needed


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_leads_over_an_edge(kind: QuestionKind, tmp_path: Path) -> None:
    """Whatever is chosen, ESCALATED may go there; the default never delivers, approves or pays."""
    made = card(kind, tmp_path)
    assert {option.leads_to for option in made.options} <= set(ROWS["escalated"].may_go_to)
    assert made.default_option in {"stop", "decline"}
    assert made.recommended == CHOICES[kind][0].id


def test_a_cards_id_counts_answers(tmp_path: Path) -> None:
    """The same question again is the same card; after an answer it is the next one."""
    question = Question(kind="budget", asked_by="planning", message="More?")
    ids = [card_for(question, state(answers=answers), toy(tmp_path), NOON).id for answers in ([], [], [object()])]
    assert ids == ["run-1-1", "run-1-1", "run-1-2"]


def test_the_domain_has_the_word(tmp_path: Path) -> None:
    """An approval says what happens in words about the call; other impacts can be the domain's own."""
    made = card("effect_approval", tmp_path, calls=(GREET,))
    assert "Ada" in made.attempted
    assert [option.expected_impact for option in made.options] == [
        "greet is done.", CHOICES["effect_approval"][1].impact, "greet is not done.",
    ]  # fmt: skip


# -- answers -----------------------------------------------------------------------------------------

ANSWERS: Final[list[tuple[Any, str]]] = [
    ({"option": "approve", "note": "VIP", "actor": "ann"}, "approve"),
    ({"option": "cancelled"}, "cancelled"),
    ({"decisions": [{"type": "approve"}]}, "approve"),
    ({"decisions": [{"type": "reject", "message": "no"}]}, "decline"),
    ({"decisions": [{"type": "edit", "edited_action": {"name": "decide", "args": {"option": "stop"}}}]}, "stop"),
    ([{"type": "accept", "args": None}], "approve"),
    ([{"type": "ignore", "args": None}], "decline"),
    ([{"type": "response", "args": "stop"}], "stop"),
    ([{"type": "edit", "args": {"action": "decide", "args": {"option": "stop", "note": "hm"}}}], "stop"),
]


@pytest.mark.parametrize(("raw", "option"), ANSWERS)
def test_every_ui_is_understood(raw: Any, option: str, tmp_path: Path) -> None:
    """Plain answers, agent-chat-ui's decisions and Agent Inbox's list of one."""
    made = card("effect_approval", tmp_path)
    answer = read(raw, made)
    assert answer is not None
    assert (answer.option, answer.escalation_id) == (option, made.id)


def test_who_and_why_are_kept(tmp_path: Path) -> None:
    """The actor and the note of an answer, where a UI tells them."""
    made = card("effect_approval", tmp_path)
    told = read({"option": "stop", "note": "fraud", "actor": "ann"}, made)
    rejected = read({"decisions": [{"type": "reject", "message": "too dear"}]}, made)
    assert told is not None
    assert rejected is not None
    assert (told.actor, told.note, rejected.actor, rejected.note) == ("ann", "fraud", "unknown", "too dear")


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["approve", "edit", "option", "nonsense"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["option", "decisions", "type", "args", "edited_action", "message"]), inner)
    ),
    max_leaves=8,
)


@given(raw=JSON)
def test_nonsense_is_never_an_answer(raw: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever a UI sends, it is an answer on the card or none; it never raises."""
    made = card("effect_approval", tmp_path_factory.getbasetemp())
    answer = read(raw, made)
    assert answer is None or made.option(answer.option) is not None


def test_the_payload_shows_in_each_ui(tmp_path: Path) -> None:
    """LangChain's form with `args` and `arguments`, the card in Markdown, and the card itself as data."""
    made = card("effect_approval", tmp_path)
    sent = payload(made)
    (request,), (review,) = sent["action_requests"], sent["review_configs"]
    assert request["args"] == request["arguments"] == {"option": "approve", "note": ""}
    assert (request["name"], request["description"]) == (review["action_name"], markdown(made))
    assert set(review["allowed_decisions"]) == {"approve", "edit", "reject"}
    assert Escalation.model_validate(sent["escalation"]) == made
