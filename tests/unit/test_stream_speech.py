"""The letters of a draft: however an answer's JSON is written and cut, they add up to exactly the accepted text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from graph.prose import Piece, Prose
from graph.values import Json
from streamkit import joined
from surefoot.models.speech import Speech, growing

TEXT = Prose(path=("text",))
FINISH = Prose(path=("args", "text"), when=("tool", "finish"))
WORDS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/\n\t\b\u2028\x00é😀{}[]'))


class Letter(BaseModel):
    """An answer with prose in it, among fields of other kinds."""

    text: str
    score: float = 0.5
    sources: list[str] = Field(default_factory=list)


class Step(BaseModel):
    """A model worker's decision."""

    tool: str
    args: Json = Field(default_factory=dict)


def told(raw: str, answer: BaseModel, prose: Prose, cuts: list[int] | None = None) -> list[Piece]:
    """What is said of an answer that arrives cut at these places, and is accepted."""
    pieces: list[Piece] = []
    speech = Speech(prose, pieces.append)
    assert speech.hear is not None
    for cut in [*(range(len(raw)) if cuts is None else cuts), len(raw)]:
        speech.hear(raw[:cut] or "{")
    speech.settle(answer)
    return pieces


@given(text=WORDS, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]), first=st.booleans())
def test_cut_at_every_place(text: str, ascii_only: bool, indent: int | None, first: bool) -> None:
    """Escapes, surrogate pairs, any order of fields, cut at every character: one text, never taken back."""
    fields: dict[str, Any] = {"score": 1.5, "sources": ["a", text]}
    ordered = {"text": text, **fields} if first else {**fields, "text": text}
    raw = json.dumps(ordered, ensure_ascii=ascii_only, indent=indent)
    assert joined(told(raw, Letter.model_validate_json(raw), TEXT)) == [text]


@given(text=WORDS, data=st.data())
def test_cut_anywhere(text: str, data: st.DataObject) -> None:
    """The same for pieces of any size."""
    raw = json.dumps({"tool": "finish", "args": {"text": text, "note": None}})
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    assert joined(told(raw, Step.model_validate_json(raw), FINISH, cuts)) == [text]


@given(text=WORDS, cut=st.floats(0, 1), again=WORDS)
def test_an_answer_that_begins_anew(text: str, cut: float, again: str) -> None:
    """After a broken try the last text since the `again` is the accepted one, and nothing of the first is in it."""
    pieces: list[Piece] = []
    speech = Speech(TEXT, pieces.append)
    assert speech.hear is not None
    first, second = json.dumps({"text": text}), json.dumps({"text": again})
    for raw in (first[: round(cut * len(first))], "", *(second[:at] for at in range(1, len(second)))):
        speech.hear(raw)
    speech.settle(Letter(text=again))
    assert joined(pieces)[-1] == again


@given(text=WORDS.filter(bool), tool=st.sampled_from(["finish_order", "search", "fin"]), last=st.booleans())
def test_a_tool_call_is_not_for_people(text: str, tool: str, last: bool) -> None:
    """A worker's call of a tool has arguments of the same name, even before its tool; none of them is said."""
    args = {"args": {"text": text}}
    raw = json.dumps({**args, "tool": tool} if last else {"tool": tool, **args})
    assert told(raw, Step.model_validate_json(raw), FINISH) == []


def test_a_finish_that_is_known_late() -> None:
    """Arguments before the tool's name are held back until it is known, and then said."""
    raw = '{"args": {"text": "Dear Ada"}, "tool": "finish"}'
    assert told(raw, Step.model_validate_json(raw), FINISH) == [Piece("Dear Ada")]


def test_a_field_that_is_given_twice() -> None:
    """The last one counts, so the first is taken back."""
    raw = '{"text": "Hallo", "text": "Hello"}'
    assert joined(told(raw, Letter.model_validate_json(raw), TEXT))[-1] == "Hello"


@pytest.mark.parametrize("raw", ["Here you are:\n```json\n{}\n```", "{}"])
def test_a_remark_around_the_object(raw: str) -> None:
    """Endpoints without schemas put fences and remarks around an answer; they are not part of the text."""
    answer = Letter(text='a "b" }')
    raw = raw.replace("{}", answer.model_dump_json())
    assert joined(told(raw, answer, TEXT)) == ['a "b" }']


@pytest.mark.parametrize(
    "raw", ["", "no", "[1", "{", '{"text', '{"text": 5', '{"text": {"a": "b', '{"text": "\\ud83d" x', '{"text": "a\nb']
)
def test_what_has_no_prose(raw: str) -> None:
    """An answer that is broken, of another shape, or not so far yet, says nothing."""
    assert growing(raw, TEXT) is None


def test_what_is_void() -> None:
    """A draft that comes to nothing is taken back; one that said nothing needs no taking back."""
    pieces: list[Piece] = []
    speech = Speech(TEXT, pieces.append)
    speech.void()
    assert pieces == []
    assert speech.hear is not None
    speech.hear('{"text": "Hel')
    speech.void()
    speech.void()
    assert pieces == [Piece("Hel"), Piece("", again=True)]


@pytest.mark.parametrize(("prose", "says"), [(None, print), (TEXT, None), (None, None)])
def test_nobody_to_say_it_to(prose: Prose | None, says: Any) -> None:
    """Without prose, or without anybody who listens, a provider is not asked to stream."""
    speech = Speech(prose, says)
    assert speech.hear is None
    speech.settle(Letter(text="Hello"))
    speech.void()
