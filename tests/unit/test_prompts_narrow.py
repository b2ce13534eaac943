"""The narrowest schemas: what a grammar lets a model say is a plan that names what is there, or a step of one tool."""

from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from askkit import an_ask
from graph.briefs import PlanningBrief, ReviewBrief
from graph.contract import Plan, Task, TaskResult
from graph.domain import Domain
from graph.toolloop import LoopBrief, ToolCard
from graph.values import Frozen, Json, TaskId
from graph.workercards import catalog_of
from surefoot.domains import support
from surefoot.models.endpoints.endpoint import OPENAI, Endpoint
from surefoot.models.endpoints.forms import LADDER, Forms, response_format
from surefoot.models.endpoints.openai_chat import _narrow
from surefoot.models.prompts.narrow import narrowest

FACTS: Final = {"id": "find_facts", "worker": "find_facts", "input": {"customer_email": "a@b.example"}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    """The support domain."""
    return support.domain(tmp_path_factory.mktemp("shop"))


def grammar(shop: Domain, **known: TaskResult) -> Draft202012Validator:
    """The plan's schema, checked to be one."""
    results = {str(result.task_id): result for result in known.values()}
    brief = PlanningBrief(request={}, plan_number=1, workers=catalog_of(shop), results=results)
    schema = narrowest(brief, "Plan")
    assert schema is not None
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def delivery(worker: str, **given: Any) -> Json:
    """A plan of the facts and one delivery."""
    task = {"id": worker, "stage": "deliver", "worker": worker, "input": given}
    return {"tasks": [FACTS, task], "summary": ""}


@pytest.mark.parametrize(
    ("plan", "fits"),
    [
        ({"tasks": [FACTS], "summary": "look"}, True),
        (delivery("erase_customer", customer_id={"$ref": "find_facts.customer.id"}), True),
        (delivery("cancel_order", order_id={"$ref": "find_facts.order.id"}), True),
        (delivery("cancel_order", order_id="SF-10001"), True),
        (delivery("cancel_order", order_id="my order"), False),
        (delivery("cancel_order", order_id={"$ref": "send_reply.to"}), False),
        (delivery("cancel_order", order_id={"$ref": "find_facts.customer.name"}), False),
        (delivery("cancel_order"), False),
        (delivery("cancel_order", order_id="SF-10001", why="because"), False),
        ({"tasks": [], "summary": ""}, False),
        ({"tasks": [{**FACTS, "worker": "find_everything"}], "summary": ""}, False),
        ({"tasks": [{**FACTS, "id": "draft_reply"}], "summary": ""}, False),
        ({"tasks": [{**FACTS, "stage": "deliver"}], "summary": ""}, False),
        ({"tasks": [{**FACTS, "depends_on": ["quote"]}], "summary": ""}, False),
    ],
)
def test_a_task_is_one_workers(shop: Domain, plan: Json, fits: bool) -> None:
    """Its id, its stage and its input's fields are the worker's; references name what somebody gives."""
    assert grammar(shop).is_valid(plan) is fits


def test_what_workers_give_is_not_made_up(shop: Domain) -> None:
    """The letter's facts can only be referred to: a model that tells them itself has no way to say so."""
    draft = {"id": "draft_reply", "worker": "draft_reply", "input": {"message": "Hi", "parts": [{"purpose": "status"}]}}
    told = {"customer": {"id": "C-1", "name": "Kim", "email": "a@b.example"}, "orders": []}
    fits = []
    for facts in ({"$ref": "find_facts"}, told):
        part = {"purpose": "status", "facts": facts}
        task = {**draft, "input": {"message": "Hi", "parts": [part]}}
        fits.append(grammar(shop).is_valid({"tasks": [FACTS, task], "summary": ""}))
    assert fits == [True, False]


def test_results_of_earlier_plans_can_be_referred_to(shop: Domain) -> None:
    """Whatever their ids are."""
    known = TaskResult(task_id=TaskId("1/who-writes"), worker="find_facts", status="success", output={"x": 1})
    plan = delivery("cancel_order", order_id={"$ref": "1/who-writes.order.id"})
    assert grammar(shop, known=known).is_valid(plan)
    assert not grammar(shop).is_valid(plan)


def test_every_plan_of_the_rules_has_a_narrow_form(shop: Domain) -> None:
    """The narrow grammar takes nothing from a planner that thinks: the example says all that it needs in it."""
    (example,) = shop.prompts["plan"].examples
    plan = example.answer
    assert isinstance(plan, Plan)
    assert grammar(shop).is_valid({"tasks": [_bare(task) for task in plan.tasks], "summary": plan.summary})


def _bare(task: Task) -> Json:
    return task.model_dump(mode="json", exclude_defaults=True)


class Look(Frozen):
    """Input of a tool."""

    key: str


class Words(Frozen):
    """A worker's output."""

    text: str


@pytest.mark.parametrize(
    ("step", "fits"),
    [
        ({"tool": "look", "args": {"key": "a"}}, True),
        ({"tool": "finish", "args": {"text": "a"}}, True),
        ({"tool": "finish", "args": {"key": "a"}}, False),
        ({"tool": "look", "args": {"text": "a"}}, False),
        ({"tool": "delete", "args": {}}, False),
    ],
)
def test_a_step_binds_a_tool_to_its_arguments(step: Json, fits: bool) -> None:
    """No tool is called with another one's arguments."""
    card = ToolCard(name="look", purpose="", input_schema=Look.model_json_schema())
    brief = LoopBrief(input={}, tools=(card,), output_schema=Words.model_json_schema(), steps_left=2)
    schema = narrowest(brief, "Decision")
    assert schema is not None
    assert Draft202012Validator(schema).is_valid(step) is fits


def test_patterns_are_spelt_for_simple_grammars(shop: Domain) -> None:
    """llama.cpp knows no short form for digits and would take any text."""
    text = str(grammar(shop).schema)
    assert "[0-9]{5}" in text
    assert "\\d" not in text


def test_other_answers_have_none() -> None:
    """A verdict's own schema is as narrow as it gets."""
    brief = ReviewBrief(request={}, stage="work", plan=Plan(tasks=()), results={})
    assert narrowest(brief, "ReviewVerdict") is None


def test_a_refused_narrow_form_is_not_tried_again() -> None:
    """An endpoint whose grammars cannot take it gets the next form of the ladder, and keeps the answer's name."""
    forms, schema = Forms(), {"title": "Plan", "type": "object", "properties": {"a": {"type": "string"}}}
    found = []
    for _ in LADDER:
        form = forms.best("there", "m", schema, schema)
        found.append(form)
        forms.refused("there", "m", form)
    assert found == list(LADDER)
    asked = response_format("narrow", schema, {"type": "object"})["response_format"]["json_schema"]
    assert asked == {"name": "Plan", "schema": {"type": "object"}, "strict": False}


def test_openai_is_never_asked_in_it(tmp_path: Path) -> None:
    """Where a schema counts as prompt, the short one is sent."""
    card = ToolCard(name="look", purpose="", input_schema=Look.model_json_schema())
    brief = LoopBrief(input={}, tools=(card,), output_schema=Words.model_json_schema(), steps_left=2)
    ask = an_ask(tmp_path, brief=brief)
    assert _narrow(ask, Endpoint("large", "gpt-5", OPENAI)) is None
    assert _narrow(ask, Endpoint("large", "qwen", "http://127.0.0.1:8000/v1")) is not None
