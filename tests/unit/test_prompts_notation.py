"""Schemas as a model reads them, and the schemas that its answers are held to."""

from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pydantic import BaseModel, Field

from graph.briefs import WorkerCard
from graph.schemas import schema_of
from graph.toolloop import LoopBrief, LoopStep, ToolCard
from graph.values import Frozen, Json
from surefoot.models.endpoints.strict import strict_form
from surefoot.models.prompts.contracts import Types, catalog, toolbox
from surefoot.models.prompts.shapes import shape_of


class Leaf(Frozen):
    """A type inside others."""

    id: str
    size: int | None = None


class Branch(Frozen):
    """A branch of branches."""

    leaves: tuple[Leaf, ...]
    below: "Branch | None" = None


class Find(Frozen):
    """A field of each kind."""

    email: str = Field(description="whose")
    kind: Literal["a", "b"] = "a"
    number: str = Field(default="", pattern="^N-1$")
    ratio: float = 0.5
    deep: bool = False
    either: int | str = 1
    more: Json = Field(default_factory=dict)
    inside: Leaf | None = None


def card(name: str, takes: type[BaseModel], gives: type[BaseModel], stage: Any = "work") -> WorkerCard:
    """A worker as the planner sees it."""
    schemas = {"input_schema": schema_of(takes), "output_schema": schema_of(gives)}
    return WorkerCard(name=name, purpose="Does it.", stage=stage, tools=(), **schemas)


def test_a_worker_is_one_line() -> None:
    """Names, what is optional, closed choices, forms and remarks; plain text needs no type."""
    lines = catalog([card("find", Find, Branch)]).splitlines()
    fields = "email (whose), kind?: a|b, number?: /^N-1$/, ratio?: number, deep?: bool, either?: int|text, more?: {...}"
    assert lines == [
        "Workers:",
        f"- find({fields}, inside?: Leaf) -> Branch. Does it.",
        "Types:",
        "- Branch {leaves: [Leaf], below?: Branch}",
        "- Leaf {id, size?: int}",
    ]


def test_a_stage_is_said_where_it_is_not_work() -> None:
    """The planner must give it."""
    assert "-> Leaf. Stage deliver. Does it." in catalog([card("send", Leaf, Leaf, "deliver")])


def test_two_types_of_one_name_are_told_apart() -> None:
    """Each keeps its own fields."""
    types = Types()
    one = {"title": "Same", "type": "object", "properties": {"a": {"type": "string"}}}
    other = {"title": "Same", "type": "object", "properties": {"b": {"type": "string"}}}
    assert [types.result(one), types.result(other), types.result(one)] == ["Same", "Same2", "Same"]
    assert types.written() == ["Types:", "- Same {a?}", "- Same2 {b?}"]


class Nothing(Frozen):
    """No fields."""


def test_a_worker_that_gives_nothing_says_so() -> None:
    """No type is invented for it."""
    assert "-> nothing. " in catalog([card("ask", Leaf, Nothing)])


def test_a_tools_line_and_the_end() -> None:
    """A model worker sees its tools, and `finish` with the fields of its output."""
    tool = ToolCard(name="get", purpose="Get it.", input_schema=schema_of(Leaf))
    assert toolbox([tool], schema_of(Branch)).splitlines()[:3] == [
        "Tools:",
        "- get(id, size?: int). Get it.",
        "- finish(leaves: [Leaf], below?: Branch). The output.",
    ]


def brief(*tools: type[BaseModel]) -> LoopBrief:
    """What a step is made from, over these inputs of tools."""
    cards = tuple(ToolCard(name=f"t{n}", purpose="", input_schema=schema_of(each)) for n, each in enumerate(tools))
    return LoopBrief(input={}, tools=cards, output_schema=schema_of(Branch), steps_left=3)


@pytest.mark.parametrize(
    ("args", "fits"),
    [
        ({"id": "x"}, True),
        ({"leaves": [{"id": "x", "size": 1}], "below": {"leaves": []}}, True),
        ({"id": "x", "colour": "red"}, False),
        ({}, False),
        ({"leaves": [{"size": 1}]}, False),
    ],
)
def test_a_steps_arguments_are_a_tools_or_the_output(args: Json, fits: bool) -> None:
    """What no tool takes cannot be said; definitions of several schemas stand side by side."""
    shape = shape_of(LoopStep, brief(Leaf))
    Draft202012Validator.check_schema(shape)
    checked = Draft202012Validator(shape).is_valid({"tool": "t0", "args": args})
    assert checked is fits


def test_a_shape_of_closed_tools_has_a_strict_form() -> None:
    """OpenAI's strict mode holds the model to it, which the open object of before ruled out."""
    strict = strict_form(shape_of(LoopStep, brief(Leaf, Branch)))
    assert strict is not None
    Draft202012Validator.check_schema(strict)
    with pytest.raises(ValidationError):
        Draft202012Validator(strict).validate({"tool": "t0", "args": {"colour": "red"}})


def test_the_answers_own_schema_is_left_as_it_was() -> None:
    """Shapes are copies: the shared schema of a type never changes."""
    before = str(schema_of(LoopStep))
    shape_of(LoopStep, brief(Leaf))
    assert str(schema_of(LoopStep)) == before
