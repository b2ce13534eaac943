import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from graph.domain import EffectIdentity
from graph.errors import DomainMistake
from graph.values import Json
from toolbox import Bench, Said, context, effect
from tools.adapt.schema import Document, model_of
from tools.validate import named_faults

REFUND: Json = {
    "type": "object",
    "properties": {
        "order": {"type": "string", "pattern": "^A"},
        "cents": {"type": "integer", "minimum": 1},
        "copy": {"type": ["boolean", "null"]},
        "rate": {"type": "number"},
        "lines": {"$ref": "#/$defs/Lines"},
        "either": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "who": {"oneOf": [{"$ref": "#/$defs/Person"}, {"type": "array", "items": {"$ref": "#/$defs/Person"}}]},
        "kind": {"enum": ["full", "part"]},
        "model_config": {"const": 1},
        "a-b": {},
    },
    "required": ["order", "cents"],
    "additionalProperties": False,
    "$defs": {
        "Lines": {"type": "array", "items": {"type": "integer"}},
        "Person": {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]},
    },
}
Refund = model_of(REFUND, "Refund")


def read(args: Any, model: type[Document] = Refund) -> Json:
    """The arguments as the pipeline has them after validation."""
    return model.model_validate_json(json.dumps(args)).model_dump(mode="json", by_alias=True, round_trip=True)


def refund(**more: Any) -> Json:
    """A valid input, but for what is added."""
    return {"order": "A1", "cents": 5, **more}


@pytest.mark.parametrize(
    ("field", "said", "meant"),
    [
        ("cents", "5", 5), ("cents", 5.0, 5), ("rate", "5.5", 5.5), ("rate", "-1e3", -1000), ("rate", "7", 7),
        ("copy", "true", True), ("copy", None, None), ("lines", "[1, 2]", [1, 2]), ("lines", ["1", 2], [1, 2]),
        ("lines", '["1"]', [1]), ("either", "7", 7), ("either", None, None), ("who", '{"age": "5"}', {"age": 5}),
        ("who", [{"age": "5"}], [{"age": 5}]), ("a-b", "5", "5"), ("a-b", {"x": "1"}, {"x": "1"}),
        ("model_config", 1, 1), ("order", "A5", "A5"),
    ],
)  # fmt: skip
def test_form_is_repaired_where_nothing_is_lost(field: str, said: Any, meant: Any) -> None:
    """What a model wrote in another form of the type that is asked is read; what is not asked stays a text."""
    (_, value), *_ = [(name, value) for name, value in read(refund(**{field: said})).items() if name == field]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("field", "said", "told"),
    [
        ("cents", 5.5, "cents: must be integer"), ("cents", "5.5", "cents: must be integer"),
        ("cents", "5 EUR", "cents: must be integer"), ("cents", "", "cents: must be integer"),
        ("cents", "0x5", "cents: must be integer"), ("cents", "05", "cents: must be integer"),
        ("cents", True, "cents: must be integer"), ("cents", None, "cents: must be integer"),
        ("cents", "0", "cents: must be at least 1"), ("cents", "9" * 5000, "cents: must be integer"),
        ("rate", "1e999", "rate: must be number"), ("rate", "NaN", "rate: must be number"),
        ("rate", "0.10000000000000000001", "rate: must be number"), ("copy", "yes", "copy: must be boolean or null"),
        ("copy", "null", "copy: must be boolean or null"), ("copy", 1, "copy: must be boolean or null"),
        ("lines", "1,2", "lines: must be array"), ("lines", {"0": 1}, "lines: must be array"),
        ("lines", [1, "x"], "lines.1: must be integer"), ("either", "x", "either: must be integer or null"),
        ("who", '{"age": 1, "age": 2}', "who: must be object or array"),
        ("who", {"age": "old"}, "who.age: must be integer"),
        ("who", {}, "who.age: this field is required"), ("kind", "secret", 'kind: must be one of ["full","part"]'),
        ("order", "B1", "order: must match ^A"), ("model_config", 2, "model_config: must be 1"),
        ("orders", "A1", "orders: there is no such field; the fields are order, cents, copy"),
    ],
)  # fmt: skip
def test_nothing_is_rounded_guessed_or_invented(field: str, said: Any, told: str) -> None:
    """What does not fit is told by its place and the rule, and never with the value."""
    with pytest.raises(ValidationError) as raised:
        read(refund(**{field: said}))
    assert told in named_faults(raised.value)


def test_every_missing_field_is_named_once() -> None:
    """So that one correction is enough."""
    with pytest.raises(ValidationError) as raised:
        read({})
    assert [fault["loc"] for fault in raised.value.errors()] == [("order",), ("cents",)]


def test_unknown_arguments_are_the_schemas_business() -> None:
    """They are kept unless it says no, a schema for them is held to, and names that Python uses are names."""
    open_model = model_of({"type": "object", "additionalProperties": {"type": "integer"}}, "Open")
    assert read({"__class__": "5", "model_fields": 2, "": 3, "self": 4}, open_model) == {
        "__class__": 5, "model_fields": 2, "": 3, "self": 4,
    }  # fmt: skip
    with pytest.raises(ValidationError):
        read({"x": "much"}, open_model)


def test_defaults_are_not_filled_in() -> None:
    """A default in a schema says what the server does; the call stays what was asked."""
    model = model_of({"type": "object", "properties": {"limit": {"type": "integer", "default": 5}}}, "Limited")
    assert read({}, model) == {}


def test_the_schema_comes_back_as_it_was() -> None:
    """Models and people are shown the server's own words; nobody can change them through a copy."""
    shown = Refund.model_json_schema()
    assert shown == REFUND
    shown["properties"].clear()
    assert Refund.model_json_schema() == REFUND
    assert list(Refund.model_fields) == list(REFUND["properties"])
    assert [name for name, field in Refund.model_fields.items() if field.is_required()] == ["order", "cents"]


def test_equal_arguments_are_equal_values() -> None:
    """A permit compares models; what was repaired is what was meant."""
    assert Refund.model_validate(refund(cents="5")) == Refund.model_validate(refund(cents=5.0))
    assert Refund.model_validate(refund(cents=6)) != Refund.model_validate(refund())
    instance = Refund.model_validate(refund())
    assert Refund.model_validate(instance) is instance
    assert Refund.model_validate(instance.model_dump(round_trip=True), by_alias=False, by_name=True) == instance


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "array"}, "T: the schema is not an object's; give one with type object"),
        (True, "T: the schema is not an object's"),
        ({"properties": {"a": {"type": "text"}}}, "T: no JSON Schema, see properties.a.type; mend the schema"),
        ({"required": "a"}, "T: no JSON Schema, see required; mend the schema"),
        ({"properties": {"a": {"$ref": "#/$defs/No"}}}, "T: the schema refers to #/$defs/No, which it does not hold"),
        ({"properties": {"a": {"$ref": "http://127.0.0.1:9/s"}}}, "T: the schema refers to http://127.0.0.1:9/s"),
    ],
)
def test_a_schema_that_is_none_is_told_at_once(schema: Any, told: str) -> None:
    """At start, by its place, and nothing is fetched."""
    with pytest.raises(DomainMistake) as raised:
        model_of(schema, "T")
    assert str(raised.value).startswith(told)


async def test_a_repaired_identity_is_the_same_effect() -> None:
    """`5`, `5.0` and `"5"` name one effect: it is made once, through the same pipeline as any other."""
    model = model_of(
        {"type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]}, "Numbered"
    )
    seen: list[Json] = []

    def pay(args: Document, key: str) -> Said:
        seen.append(args.model_dump())
        return Said(text=key)

    bench, used = Bench(), effect(pay, input=model, identity=EffectIdentity(("order",)))
    results = [await bench.call(used, {"order": order}, by=context(f"1/{number}"))
               for number, order in enumerate((5, 5.0, "5"))]  # fmt: skip
    assert [result.ok for result in results] == [True] * 3
    assert seen == [{"order": 5}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
LEAVES = st.sampled_from(
    [{"type": kind} for kind in ("integer", "number", "boolean", "string", "null", "array", "object")]
    + [{"type": ["integer", "null"]}, {"enum": [1, "a"]}, {"type": "integer", "minimum": 0}, {}]
)
SCHEMAS = st.dictionaries(
    st.sampled_from("abcd"),
    LEAVES | st.lists(LEAVES, min_size=1, max_size=3).map(lambda each: {"anyOf": each})
    | LEAVES.map(lambda each: {"type": "array", "items": each}),
    min_size=1, max_size=4,
).map(lambda properties: {"type": "object", "properties": properties, "additionalProperties": False})  # fmt: skip
NAMED = st.dictionaries(st.sampled_from("abcde"), JSON | st.sampled_from(["5", "5.5", "true", "[1]", "{}", "null"]))


@settings(deadline=None)
@given(SCHEMAS, NAMED)
def test_what_is_accepted_fits_and_what_fits_is_accepted(schema: Json, args: Json) -> None:
    """The model agrees with the schema: a repair makes what fits, and what fitted stays what it was."""
    model, judge = model_of(schema, "Any"), Draft202012Validator(schema)
    try:
        value = read(args, model)
    except ValidationError:
        assert not judge.is_valid(args)
        return
    assert judge.is_valid(value)
    if judge.is_valid(args):
        assert value == args


@settings(deadline=None)
@given(SCHEMAS, NAMED)
def test_a_repair_says_what_was_said(schema: Json, args: Json) -> None:
    """Names stay; a value is the one that was given, or the one that its text writes down."""
    try:
        value = read(args, model_of(schema, "Any"))
    except ValidationError:
        return
    assert value.keys() == args.keys()
    assert all(same(args[name], value[name]) for name in args)


def same(said: Any, meant: Any) -> bool:
    """Whether a value says the same in another form."""
    if isinstance(said, str) and not isinstance(meant, str):
        return same(json.loads(said), meant)
    if isinstance(said, dict):
        return (
            isinstance(meant, dict) and said.keys() == meant.keys() and all(same(said[key], meant[key]) for key in said)
        )
    if isinstance(said, list):
        return isinstance(meant, list) and len(said) == len(meant) and all(map(same, said, meant))
    return bool(said == meant)


@settings(deadline=None)
@given(st.integers())
def test_an_integer_survives_as_text(number: int) -> None:
    """Of any size, digit by digit."""
    assert read({"order": "A1", "cents": str(abs(number) + 1)})["cents"] == abs(number) + 1
