"""Messages as callers give them, and the reducer that folds them."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from graph.chat import EXCHANGES, about, earlier, incoming, mark_of, marked, of_run
from graph.state import fold_messages

NAMED: Final = st.sampled_from(["a", "b", "message/1", "message/2", "message/3"])
TEXT: Final = st.text(max_size=5)
ONE: Final = (
    st.builds(lambda text, name: HumanMessage(text, id=name), TEXT, st.none() | NAMED)
    | st.builds(lambda text: {"role": "user", "content": text}, TEXT)
    | st.tuples(st.sampled_from(["user", "ai"]), TEXT)
    | (NAMED | st.just(REMOVE_ALL_MESSAGES)).map(RemoveMessage)
    | st.sampled_from([None, 7, {}, {"role": "nobody", "content": "x"}, ("a", "b", "c")])
    | TEXT
)
WRITES: Final = st.lists(ONE | st.lists(ONE, max_size=3), max_size=5)


def told(messages: list[AnyMessage]) -> list[tuple[str, str, str | None]]:
    """What can be compared."""
    return [(str(message.id), message.text, mark_of(message)) for message in messages]


@given(first=WRITES, second=WRITES)
def test_the_reducer_is_batching_invariant(first: list[Any], second: list[Any]) -> None:
    """Whatever is written, two batches give what one gives, every message has an id, and no two have the same."""
    apart, together = fold_messages(fold_messages([], first), second), fold_messages([], [*first, *second])
    assert told(apart) == told(together)
    ids = [message.id for message in together]
    assert all(ids)
    assert len(set(ids)) == len(ids)


@given(writes=WRITES)
def test_the_reducer_names_alike(writes: list[Any]) -> None:
    """A replay gives the same ids; none is random."""
    assert told(fold_messages([], writes)) == told(fold_messages([], writes))


@pytest.mark.parametrize(
    "said",
    [
        {"role": "user", "content": "hi"},
        {"type": "human", "content": "hi", "id": None},
        ("user", "hi"),
        ["human", "hi"],
        "hi",
        HumanMessage("hi"),
        HumanMessage([{"type": "text", "text": "hi"}]),
    ],
)
def test_every_form_of_a_message(said: object) -> None:
    """Dicts, pairs, strings, block content and LangChain's own messages all read as the same words of a person."""
    (message,) = fold_messages([], [[said]])
    assert (message.type, message.text, message.id, mark_of(message)) == ("human", "hi", "message/1", None)


@pytest.mark.parametrize("said", [7, None, {}, {"role": "user"}, ("a", "b", "c"), {"role": "nobody", "content": "x"}])
def test_what_is_no_message(said: object) -> None:
    """The reducer never raises: what it cannot read is kept as such, for INTAKE to refuse."""
    (message,) = fold_messages([], [[said]])
    assert mark_of(message) == "unreadable"


def test_the_writers_message_stays_as_it_is() -> None:
    """A message that is named in the state is a copy; the caller's own keeps having no id."""
    mine = HumanMessage("hi")
    fold_messages([], [[mine]])
    assert mine.id is None


def test_a_message_that_comes_again_with_other_words() -> None:
    """Under an id that a run has taken already, new words are a new job."""
    asked = {"message": "hi"}
    taken = [about(HumanMessage("hi", id="x"), "job", asked), about(AIMessage("Hello", id="y"), "outcome", asked)]
    messages = fold_messages([*taken], [[HumanMessage("ho", id="x")]])
    assert incoming(asked, messages) is messages[0]


OURS: Final = [
    marked(HumanMessage("first", id="1"), "earlier"),
    marked(AIMessage("one", id="2"), "earlier"),
    about(HumanMessage("second", id="3"), "job", {"message": "second"}),
    marked(AIMessage("plan", id="4"), "history"),
    marked(AIMessage("two", id="5"), "outcome"),
]


def test_what_a_next_run_keeps() -> None:
    """Jobs and outcomes stay for the reader of the chat, the orchestrator's history goes; models see none of it."""
    kept = earlier(OURS)
    assert [message.text for message in kept] == ["first", "one", "second", "two"]
    assert of_run(kept) == []
    assert [message.text for message in of_run(OURS)] == ["second", "plan", "two"]


def test_a_long_chat_is_cut() -> None:
    """A thread keeps the newest exchanges, not all there ever were."""
    many = [marked(HumanMessage(str(number), id=str(number)), "job") for number in range(3 * EXCHANGES)]
    assert [message.text for message in earlier(many)][-1] == str(3 * EXCHANGES - 1)
    assert len(earlier(many)) == 2 * EXCHANGES


NEW: Final = HumanMessage("third", id="6")


@pytest.mark.parametrize(
    ("request_", "messages", "text"),
    [
        (None, [NEW], "third"),
        ({"message": "new"}, [], None),
        ({"message": "new"}, [NEW], None),
        ({"message": "second"}, [*OURS, NEW], "third"),
        ({"message": "new"}, [*OURS, NEW], None),
        ({"message": "new"}, OURS, None),
        ({"message": "second"}, OURS, None),
        (None, [HumanMessage("old", id="7"), NEW, AIMessage("so", id="8")], "third"),
        ({}, [NEW], "third"),
        ({}, [AIMessage("so", id="8")], "so"),
        (None, [], None),
    ],
)
def test_what_is_the_job(request_: Any, messages: list[AnyMessage], text: str | None) -> None:
    """A request that is new is the job, else the newest message of a person that no run has taken."""
    said = incoming(request_, messages)
    assert (said.text if said else None) == text
