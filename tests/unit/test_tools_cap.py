from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_json

from graph.cut import NOTE, cut
from graph.errors import ToolFailed
from graph.toolcall import ToolError
from graph.values import Json
from toolbox import Bench, Said, tool
from tools.cap import check_size

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=20), inner, max_size=30),
    max_leaves=60,
)
OBJECTS = st.dictionaries(st.text(max_size=20), JSON, max_size=30)


class Loose(BaseModel):
    """An output that takes whatever comes."""

    model_config = {"extra": "allow"}


async def test_a_giant_field_ends_in_invalid_output() -> None:
    """It says how large it was, and fills neither the record nor the state."""
    bench = Bench()
    error = await bench.error(tool(lambda _: {"text": "fine", "extra": "x" * 2_000_000}, output=Loose))
    assert (error.code, error.retryable) == ("invalid_output", False)
    assert "2,000,0" in error.message
    (row,) = bench.records.tool_calls("run-1")
    assert len(row.model_dump_json()) < 2_000


async def test_an_answer_under_the_cap_is_whole_for_a_worker_and_in_the_record() -> None:
    """A function worker reads the output by its own model, so nothing is cut on its way there."""
    bench = Bench()
    result = await bench.call(tool(lambda _: Said(text="x" * 500_000)))
    (row,) = bench.records.tool_calls("run-1")
    assert result.value == row.result.value == {"text": "x" * 500_000}


async def test_a_page_for_a_message_is_clipped() -> None:
    """A backend's own words are passed on, but not a megabyte of them."""

    def refuses(_: object) -> Said:
        raise ToolFailed(ToolError(code="not_found", message="<html>" * 100_000))

    error = await Bench().error(tool(refuses))
    assert error.code == "not_found"
    assert len(error.message) < 1_100
    assert "600000 characters" in error.message


def test_the_cap_is_the_tools_own() -> None:
    """Measured as JSON, in bytes."""
    check_size(tool(most_bytes=14), {"text": "ä"})
    with pytest.raises(ToolFailed, match="15 bytes"):
        check_size(tool(most_bytes=14), {"text": "abcd"})


def test_what_fits_is_not_touched() -> None:
    """The very same object comes back."""
    value = {"text": "abc", "list": [1, 2, 3]}
    assert cut(value, 1_000) is value


@pytest.mark.parametrize(
    "value",
    [
        {"id": "A1", "page": "x" * 100_000, "total": 7},
        {"id": "A1", "total": 7, "page": [{"line": "y" * 50, "n": n} for n in range(3_000)]},
        {"id": "A1", "total": 7, "page": {f"order-{n}": {"status": "open"} for n in range(3_000)}},
    ],
)
def test_a_large_answer_is_cut_inside(value: Json) -> None:
    """Short fields stay as they are; the long one is shortened and says so; the whole says how large it was."""
    small = cut(value, 4_000)
    assert (small["id"], small["total"]) == ("A1", 7)
    assert len(to_json(small)) <= 4_000
    assert "more" in str(small["page"])
    assert f"{len(to_json(value)):,} bytes" in small[NOTE]


def test_what_cannot_be_cut_is_told() -> None:
    """An answer that is all structure leaves the note alone."""
    deep: Any = "leaf"
    for _ in range(200):
        deep = {"a" * 100: deep}
    assert list(cut(deep, 1_000)) == [NOTE]


@given(value=OBJECTS, most=st.integers(200, 3_000))
def test_nothing_larger_than_the_cap_comes_out(value: Json, most: int) -> None:
    """Whatever the JSON: at most the cap, the keys that are kept are the value's own, and the value is not changed."""
    before = to_json(value)
    small = cut(value, most)
    assert len(to_json(small)) <= max(most, 150)
    assert set(small) <= {*value, NOTE, "..."}
    assert to_json(value) == before
