"""References from one task's input to another's output."""

from typing import Any, Final

import pytest

from graph.refs import Unresolved, refs_in, renamed, resolved
from plan_kit import result

OUTPUTS: Final = {
    "1/a": result("1/a", output={"name": "Ada", "tags": ["x", {"y": 1}], "none": None}),
    "1/b": result("1/b", "failure"),
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"$ref": "1/a.name"}, "Ada"),
        ({"$ref": "1/a.tags.1.y"}, 1),
        ({"$ref": "1/a.none"}, None),
        ({"$ref": "1/a"}, OUTPUTS["1/a"].output),
        ({"in": [{"$ref": "1/a.name"}, 2]}, {"in": ["Ada", 2]}),
        ({"$ref": "1/a.name", "other": 1}, {"$ref": "1/a.name", "other": 1}),
        ({"$ref": 5}, {"$ref": 5}),
    ],
)
def test_a_reference_is_replaced(value: Any, expected: Any) -> None:
    """By what it points at, however deep it stands; what only looks like one stays."""
    assert resolved(value, OUTPUTS) == expected


@pytest.mark.parametrize("ref", ["1/a.else", "1/a.tags.7", "1/a.tags.x", "1/a.name.first", "1/b", "1/c", ""])
def test_a_reference_to_nothing_names_itself(ref: str) -> None:
    """An unknown task, a failed one, or a field that the output lacks."""
    with pytest.raises(Unresolved, match=ref.split(".", maxsplit=1)[0] or "no output"):
        resolved({"x": [{"$ref": ref}]}, OUTPUTS)


def test_renaming_keeps_paths() -> None:
    """Only the task in a reference is renamed."""
    value = {"a": {"$ref": "one.x.y"}, "b": [{"$ref": "two"}], "c": "one.x"}
    assert renamed(value, {"one": "1/one"}) == {"a": {"$ref": "1/one.x.y"}, "b": [{"$ref": "two"}], "c": "one.x"}
    assert list(refs_in(value)) == ["one.x.y", "two"]
