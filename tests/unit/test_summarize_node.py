from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from contextkit import ROOM, Forgetful, deps_of, lived, plans, state_of, summarized, text_of
from graph import history
from graph.contract import Plan, Task, TaskResult
from graph.errors import BudgetRefused, ContextOverflow, InvalidAnswer, ModelUnavailable
from graph.escalation import Answer, Answered, Question
from graph.room import HISTORY, REGROWN, context_tokens, crowded, overfull
from graph.values import TaskId


@pytest.mark.parametrize("seed", range(100))
async def test_pinned_facts_survive_any_number_of_summaries(tmp_path: Path, seed: int) -> None:
    """On a hundred long histories every fact is still in context, word for word, and the context is bounded."""
    models = Forgetful()
    state, facts, times = await lived(seed, deps_of(models, tmp_path))
    assert times >= 2
    assert len(facts) > 20
    told = text_of(state)
    assert [fact for fact in facts if fact not in told] == []
    assert not overfull(state)
    assert context_tokens(state) < ROOM * (HISTORY + REGROWN) + 1_000


@pytest.mark.parametrize("seed", range(12))
async def test_a_plan_and_its_results_stay_together(tmp_path: Path, seed: int) -> None:
    """Whatever is kept in its own words has its plan with it, in words or as what is still to be done."""
    state = state_of([message for told in plans(seed, 40) for message in told.messages()])
    ids = [str(message.id) for message in (await summarized(state, deps_of(Forgetful(), tmp_path)))["messages"]]
    assert ids[:2] == ["request", "summary/7"]
    kept = {name.split("/")[1] for name in ids if name.startswith("result/")}
    assert kept
    assert kept <= {name.split("/")[1] for name in ids if name.startswith("plan/")}


async def test_an_open_plan_is_still_to_be_done(tmp_path: Path) -> None:
    """Where the plan at hand is too large to keep, the summary names its open tasks; results that come stay with it."""
    tasks = tuple(Task(id=TaskId(f"3/t{n}"), worker="find", input={"name": "x" * 30}) for n in range(60))
    plan = Plan(number=3, tasks=tasks, summary="all")
    done = {str(task.id): _done(task) for task in tasks[:50]}
    state = state_of([history.planned(plan), *map(history.settled, done.values())], plan=plan, results=done)
    after = await summarized(state, deps_of(Forgetful(), tmp_path))
    (_, summary, *rest) = after["messages"]
    assert rest == []
    assert "Still to be done: 3/t50 find(" in summary.text
    assert "3/t49 " not in summary.text
    late = {**done, "3/t50": _done(tasks[50])}
    grown = {**after, "messages": [*after["messages"], history.settled(late["3/t50"])], "results": late}
    again = await summarized(grown, deps_of(Forgetful(), tmp_path))  # type: ignore[arg-type]
    kept = [str(message.id) for message in again["messages"]]
    assert kept[:1] == ["request"]
    assert "result/3/t50/1" not in kept or "Still to be done: 3/t50" in text_of(again)


def _done(task: Task) -> TaskResult:
    return TaskResult(task_id=task.id, worker="find", status="success", output={"seen": "y " * 190})


async def test_results_in_a_summary_are_no_news(tmp_path: Path) -> None:
    """EXECUTING does not tell a summarized result of the plan at hand again, after a second summary neither."""
    told = next(plans(1, 1))
    state = state_of(told.messages(), plan=told.plan, results=told.results)
    for _ in range(2):
        state = await summarized(state, deps_of(Forgetful(), tmp_path))
        names = {f"result/{name}/1" for name in told.results}
        assert names <= history.known_ids(state["messages"])


@pytest.mark.parametrize(
    "error", [ModelUnavailable("down"), InvalidAnswer("nonsense"), BudgetRefused("dear"), ContextOverflow("too long")]
)
async def test_without_a_model_it_is_an_extract(tmp_path: Path, error: Exception) -> None:
    """Whatever keeps the model from summarizing: it is asked once, the facts stay, and the first words of the rest."""
    models = Forgetful(raises=error)
    deps = deps_of(models, tmp_path)
    state, facts, times = await lived(3, deps)
    assert len(models.briefs) == times
    assert all(fact in text_of(state) for fact in facts)
    assert not overfull(state)
    assert "Plan 1: look" in text_of(state)


async def test_a_wordy_summary_ends_as_an_extract(tmp_path: Path) -> None:
    """A summary that does not shrink takes all messages, then gives way to an extract: two calls, never a loop."""
    models = Forgetful(says="words " * 660)
    state = state_of([message for told in plans(2, 12) for message in told.messages()], room=2_400)
    after = await summarized(state, deps_of(models, tmp_path))
    assert [len(brief.messages) for brief in models.briefs] == [
        len(models.briefs[0].messages), len(state["messages"]) - 1,
    ]  # fmt: skip
    assert models.briefs[0].messages != models.briefs[1].messages
    assert context_tokens(after) < 2_400 * HISTORY
    assert "words words" not in text_of(after)


async def test_what_cannot_shrink_is_not_tried_each_step(tmp_path: Path) -> None:
    """A history of facts alone is summarized once, and again only when it has grown by a good part of the room."""
    facts = [AIMessage(f"ORD-{number:09d}-{number:09d}", id=f"review/{number}/work") for number in range(250)]
    state = state_of(facts)
    assert crowded(state)
    after = await summarized(state, deps_of(Forgetful(), tmp_path))
    assert context_tokens(after) > ROOM * HISTORY
    assert not crowded(after)
    more = [AIMessage("word " * 400, id=f"review/{number}/deliver") for number in range(1)]
    assert crowded({**after, "messages": [*after["messages"], *more]})


async def test_a_domain_pins_what_it_likes(tmp_path: Path) -> None:
    """A pattern of `Policy.pinned` keeps what no general pattern would."""
    state = state_of([AIMessage("The batch is blue-heron and so on.", id="review/1/work")])
    plain = await summarized(state, deps_of(Forgetful(), tmp_path))
    own = await summarized(state, deps_of(Forgetful(), tmp_path, pinned=(r"blue-\w+",)))
    assert "blue-heron" not in text_of(plain)
    assert "blue-heron" in text_of(own)


async def test_an_answered_question_is_open_no_more(tmp_path: Path) -> None:
    """What a person has answered need not be kept as a question; what nobody answered is."""
    said = [AIMessage(f"Is parcel {name} lost?", id=f"review/{name}/work") for name in ("a", "b")]
    question = Question(kind="task_needs_human", asked_by="executing", message="Is parcel a lost?")
    answered = Answered(question=question, answer=Answer(escalation_id="1", option="yes"), leads_to="planning")
    after = await summarized(state_of(said, answers=[answered]), deps_of(Forgetful(), tmp_path))
    assert "Is parcel a lost?" not in text_of(after)
    assert "Is parcel b lost?" in text_of(after)


async def test_nothing_but_the_job_is_left_alone(tmp_path: Path) -> None:
    """Where there is nothing to summarize, no model is asked and nothing changes."""
    models = Forgetful()
    state = state_of()
    assert (await summarized(state, deps_of(models, tmp_path)))["messages"] == state["messages"]
    assert models.briefs == []
