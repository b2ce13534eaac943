import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from contextkit import plans, state_of
from graph import history
from graph.contract import TaskResult
from graph.digest import EARLIER, digest
from graph.domain import Domain
from graph.pinned import largest, pinned
from graph.room import context_tokens, room_for, too_large
from graph.state import fold_messages, fold_results, fold_transitions
from graph.values import TaskId
from store_kit import step
from surefoot.mistakes.policy import policy_mistakes
from toydomain import toy

# -- pinned facts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("about ORD-20260 now", "ORD-20260"),
        ("about order_42 now", "order_42"),
        ("ticket #17, please", "#17"),
        ("tracked as 00340434161094042557.", "00340434161094042557"),
        ("run 123e4567-e89b-12d3-a456-426614174000 ended", "123e4567-e89b-12d3-a456-426614174000"),
        ("it cost $1,249.50, paid", "$1,249.50"),
        ("it cost 300 EUR in all", "300 EUR"),
        ("a fee of 2.5% of it", "2.5%"),
        ("cents: 500, to: Ada", "cents: 500"),
        ("by 2026-03-01T10:00:00Z at the latest", "2026-03-01T10:00:00Z"),
        ("on 3 March 2026 or later", "3 March 2026"),
        ("on March 3rd, 2026 or later", "March 3rd, 2026"),
        ("on 03/04/2026 or later", "03/04/2026"),
        ("write to ann.b@example.org.", "ann.b@example.org"),
        ("see https://example.org/a?b=1 for it", "https://example.org/a?b=1"),
        ("she lives at 12 Mill Lane, Leeds", "12 Mill Lane, Leeds"),
        ("address: 12 High Road, Leeds, name: Ada", "address: 12 High Road, Leeds"),
        ("Fine. We will refund it by Friday. Bye.", "We will refund it by Friday."),
        ("He promised a call. Bye.", "He promised a call."),
        ("Fine. Is it $45.50 or more? Bye.", "Is it $45.50 or more?"),
        ('He asked "where is it?".', 'He asked "where is it?'),
    ],
)
def test_each_kind_of_fact_is_pinned(text: str, fact: str) -> None:
    """Ids, amounts, dates, addresses, promises and questions are found as they stand."""
    assert any(fact in found for found in pinned([text]))


def test_what_is_no_fact_is_not_pinned() -> None:
    """Task ids and plain words would only fill the context."""
    assert pinned(["Plan 3: look [3/t10 find(name=Ada)]", "Task 3/t10 success: name: Ada, title: Dr"]) == ()


@given(st.lists(st.text("ab ", min_size=1, max_size=4)))
def test_a_fact_inside_another_is_told_once(facts: list[str]) -> None:
    """Nothing is lost, and nothing stands twice."""
    kept = largest(facts)
    assert all(any(fact in whole for whole in kept) for fact in facts)
    assert len(set(kept)) == len(kept)


@given(st.text("abc- 123", max_size=80), st.integers(1, 60))
def test_a_shortened_text_has_no_half_words(text: str, most: int) -> None:
    """Half an id would be another id."""
    words = set(text.split(" "))
    short = history.shortened(text, most)
    assert len(short) <= max(most + 4, len("(80 characters)"))
    assert short == text or short.startswith("(") or set(short.removesuffix(" ...").split(" ")) <= words


# -- reducers ----------------------------------------------------------------------------------------

_ids = st.sampled_from([f"m{n}" for n in range(6)])
_messages: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda name, text: AIMessage(text, id=name), _ids, st.sampled_from("xyz")),
    st.sampled_from("xyz").map(HumanMessage),
    _ids.map(lambda name: RemoveMessage(id=name)),
    st.just(RemoveMessage(REMOVE_ALL_MESSAGES)),
    st.sampled_from(["plain text", {"role": "user", "content": "hi"}, 7]),
)
_result_writes = st.dictionaries(
    st.sampled_from(["1/a", "1/b"]),
    st.builds(
        lambda attempt, worker: TaskResult(task_id=TaskId("t"), worker=worker, attempt=attempt, status="success"),
        st.integers(1, 3),
        st.sampled_from(["find", "draft"]),
    ),
)
_steps = st.builds(step, st.integers(1, 5), st.sampled_from(["planning", "executing"]), st.just("next"))
REDUCERS: dict[str, tuple[Any, Any, Any]] = {
    "messages": (fold_messages, list[AnyMessage](), st.lists(_messages, max_size=4) | _messages),
    "results": (fold_results, dict[str, TaskResult](), _result_writes),
    "transitions": (fold_transitions, [], st.lists(_steps, max_size=4)),
}


@pytest.mark.parametrize("name", REDUCERS)
@given(st.data())
def test_reducers_do_not_care_how_writes_are_batched(name: str, data: st.DataObject) -> None:
    """However a replay cuts the writes into batches, and whether it goes over them twice, the value is the same."""
    fold, empty, writes = REDUCERS[name]
    given_writes = data.draw(st.lists(writes, max_size=8))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(given_writes)), max_size=4)))
    value, before = empty, 0
    for cut in (*cuts, len(given_writes)):
        value, before = fold(value, given_writes[before:cut]), cut
    together = fold(empty, given_writes)
    assert told(value) == told(together)
    assert told(fold(empty, given_writes)) == told(together)
    assert empty == type(empty)()


def told(value: Any) -> Any:
    """A value that can be compared, and its order."""
    return list(value.items()) if isinstance(value, dict) else [each.model_dump() for each in value]


# -- the digest of results ---------------------------------------------------------------------------


def outputs(count: int, size: int) -> dict[str, Any]:
    """Results as JSON."""
    return {
        f"{n // 8}/t{n}": {"worker": "find", "status": "success", "output": {"number": n, "text": "word " * size}}
        for n in range(count)
    }


@given(st.integers(1, 300), st.integers(0, 400), st.integers(100, 5_000), st.integers(0, 8))
def test_a_digest_has_a_bound(count: int, size: int, room: int, needed: int) -> None:
    """However many results there are and however large, they take the room given, and each is told or counted."""
    results = outputs(count, size)
    names = list(results)[-needed:] if needed else []
    found = digest(results, names, room)
    taken = len(str(found).encode()) / 3
    assert taken <= room + needed * 40 + 60
    omitted = sum(int(part.split(" of ")[0]) for part in str(found.pop(EARLIER, "0 of none")).split(", "))
    assert omitted + len(found) == count


def test_a_digest_tells_what_is_needed_whole() -> None:
    """What the plan at hand needs is whole while there is room, the newest of the rest is a line with its fields."""
    results = outputs(40, 10)
    found = digest(results, ["0/t1", "4/t39"], 1_000)
    assert found["0/t1"] == results["0/t1"]
    assert found["4/t39"] == results["4/t39"]
    assert re.fullmatch(r"find success: number: 38, text: word [word .]+", found["4/t38"])
    assert "0/t0" not in found
    assert found[EARLIER].endswith(" of find")


# -- sizes and settings ------------------------------------------------------------------------------


def test_the_room_is_a_share_or_less() -> None:
    """An endpoint's refusal counts where it is below the share of the window."""
    assert (room_for(10_000, 0.7, None), room_for(10_000, 0.7, 2_000), room_for(1_000, 0.7, 2_000)) == (
        7_000,
        2_000,
        700,
    )


def test_too_large_says_sizes_and_remedies() -> None:
    """The end of a run whose context does not fit is one line with both sizes and what to set."""
    state = state_of([message for each in plans(1, 30) for message in each.messages()], room=1_234)
    failure = too_large(state)
    assert failure.cause == "context_too_large"
    assert f"{context_tokens(state):,} tokens" in failure.message
    assert "1,234" in failure.message
    assert "SUREFOOT_MODEL_WINDOW" in failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf")])
def test_a_threshold_is_a_share(tmp_path: Any, share: float) -> None:
    """A threshold outside 0 to 1 is a mistake of the domain, told with its field and what to give."""
    domain: Domain = toy(tmp_path, summarize_at=share)
    (line,) = policy_mistakes(domain)
    assert line == f"policy.summarize_at: {share} is no share; give one above 0 and at most 1"


def test_a_broken_pattern_is_a_mistake(tmp_path: Any) -> None:
    """A pattern that cannot be read is a mistake of the domain, told with its fault; a text for a tuple is one, too."""
    (line,) = policy_mistakes(toy(tmp_path, pinned=("blue-(",)))
    assert line.startswith("policy.pinned: 'blue-(' is no regular expression")
    (line,) = policy_mistakes(toy(tmp_path, pinned="blue"))
    assert line == "policy.pinned: is a str; give a tuple of regular expressions"


def test_a_replay_makes_the_same_summary() -> None:
    """Nothing but its inputs is in a summary: no time, no id of its own."""
    one, two = (history.summarized("t", ["f"], "", 3, covers=[]) for _ in range(2))
    assert one == two
