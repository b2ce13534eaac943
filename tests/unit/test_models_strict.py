"""Schemas in the form that OpenAI's strict mode takes."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, JsonValue

from graph.briefs import ReviewVerdict, Summary
from graph.contract import Plan
from surefoot.models.endpoints.strict import strict_form


class Inner(BaseModel):
    """One of many."""

    title: str = Field(default="", max_length=9)
    kind: Literal["a", "b"] = "a"


class Whole(BaseModel):
    """All that strict mode can say."""

    default: int | None = None
    inner: Inner = Field(description="the first", default_factory=Inner)
    more: tuple[Inner, ...] = ()


class Pair(BaseModel):
    """A tuple of fixed length."""

    both: tuple[int, str]


class Bag(BaseModel):
    """Any keys."""

    counts: dict[str, int]


class Anything(BaseModel):
    """Any value."""

    value: Any


class SomeJson(BaseModel):
    """Any JSON."""

    value: JsonValue


def objects(node: Any) -> list[dict[str, Any]]:
    """Every object in a schema."""
    if isinstance(node, list):
        return [found for each in node for found in objects(each)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == "object" else []
    return own + [found for each in node.values() for found in objects(each)]


@pytest.mark.parametrize("model", [Whole, ReviewVerdict, Summary])
def test_closed_schemas_have_a_strict_form(model: type[BaseModel]) -> None:
    """Every object is closed and requires all its fields; limits on lengths and defaults are left out."""
    strict = strict_form(model.model_json_schema())
    assert strict is not None
    for found in objects(strict):
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])
    assert "maxLength" not in str(strict)
    assert model is not Whole or list(strict["properties"]) == ["default", "inner", "more"]


def test_fields_may_be_called_like_keywords() -> None:
    """A field named `title` or `default` is a field."""
    strict = strict_form(Whole.model_json_schema())
    assert strict is not None
    assert list(strict["$defs"]["Inner"]["properties"]) == ["title", "kind"]
    assert strict["properties"]["inner"] == {"$ref": "#/$defs/Inner"}


@pytest.mark.parametrize("model", [Plan, Pair, Bag, Anything, SomeJson])
def test_open_schemas_have_none(model: type[BaseModel]) -> None:
    """What strict mode cannot say is not bent until it fits."""
    assert strict_form(model.model_json_schema()) is None
