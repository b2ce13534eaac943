from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from checkpoints.store import Store
from fakes import NOON, FakeClock
from graph.rows import (
    Alerted,
    CardAnswered,
    CardOpened,
    DeadLetter,
    Moved,
    Record,
    RunEnded,
    RunParked,
    RunStarted,
    ToolCalled,
)
from graph.toolcall import ToolResult
from graph.values import Micros, TaskId
from store_kit import BACKENDS, REF, REFUND, RUN, THREAD, answer, card, header, job, outcome, step, table_rows

STARTED = RunStarted(header=header(), request={"message": "hello"})
CALLED = ToolCalled(
    id="call-1",
    task_id=TaskId("1/refund"),
    attempt=1,
    call=REFUND,
    result=ToolResult(ok=True, value={"receipt": "r1"}),
    tries=2,
    seconds=0.5,
    at=NOON,
)
LETTER = DeadLetter(state="executing", cause="tool_unavailable", error="the shop is down", attempts=3, at=NOON)
EVERY_KIND: list[Record] = [
    STARTED,
    Moved(transition=step(1, "planning")),
    CALLED,
    CardOpened(card=card(), at=NOON),
    CardAnswered(answer=answer(), at=NOON),
    Alerted(kind="budget", message="80 % is spent", at=NOON),
    RunParked(wake_at=Micros(NOON + 1)),
    LETTER,
    RunEnded(outcome=outcome("failed"), resume_at="executing", at=NOON),
]


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A new store of each kind."""
    async with BACKENDS[request.param](tmp_path, FakeClock()) as opened:
        yield opened


async def status(store: Store) -> str:
    """What a caller is told of the run, while somebody drives it."""
    view = await store.reads.run(RUN)
    assert view is not None
    return view.status


async def started(store: Store) -> None:
    """A run that is driven by this process."""
    await store.jobs.accept(job())
    await store.leases.claim(THREAD, "me", 60)
    await store.records.append(REF, STARTED)


def counts(store: Store) -> dict[str, int]:
    """Rows by table."""
    tables = ("jobs", "transitions", "tool_calls", "escalations", "alerts", "dead_letters")
    return {table: len(table_rows(store.path, table)) for table in tables}


@pytest.mark.parametrize("row", EVERY_KIND, ids=lambda row: type(row).__name__)
async def test_double_delivery(store: Store, row: Record) -> None:
    """A row of any kind that is delivered twice counts once and leaves the run as it was."""
    await started(store)
    if isinstance(row, CardAnswered):
        await store.records.append(REF, CardOpened(card=card(), at=NOON))
    await store.records.append(REF, row)
    once = counts(store), await store.reads.run(RUN)
    await store.records.append(REF, row)
    assert (counts(store), await store.reads.run(RUN)) == once


async def test_the_whole_history_twice(store: Store) -> None:
    """A whole run's rows, delivered again one by one after it ended, change nothing."""
    await store.leases.claim(THREAD, "me", 60)
    await store.records.append(REF, *EVERY_KIND)
    once = counts(store), await store.reads.run(RUN)
    for row in EVERY_KIND:
        await store.records.append(REF, row)
    assert (counts(store), await store.reads.run(RUN)) == once


async def test_all_or_nothing(store: Store) -> None:
    """Rows of one append are one transaction."""
    bad = CALLED.model_copy(update={"call": REFUND.model_copy(update={"args": {"cents": float("nan")}})})
    with pytest.raises(ValueError, match="Out of range"):
        await store.records.append(REF, STARTED, bad)
    assert counts(store)["jobs"] == 0


async def test_a_start_keeps_what_was_accepted(store: Store) -> None:
    """INTAKE's record begins the accepted job; the caller's choices stay."""
    await started(store)
    view = await store.reads.run(RUN)
    assert view is not None
    assert (view.status, view.job) == ("running", job())


async def test_a_start_without_a_job_makes_one(store: Store) -> None:
    """A run of Studio, or of a plain invocation, appears with INTAKE's record."""
    await store.records.append(REF, STARTED)
    view = await store.reads.last_run(THREAD)
    assert view is not None
    assert (view.job.run_id, view.job.tenant, view.job.request) == (RUN, "acme", {"message": "hello"})


async def test_moves_say_where_a_run_is(store: Store) -> None:
    """Transitions are told in order, and the last one's target is the run's state."""
    await started(store)
    steps = [step(1, "planning"), step(2, "executing")]
    await store.records.append(REF, *(Moved(transition=one) for one in steps))
    view = await store.reads.run(RUN)
    assert view is not None
    assert view.state == "executing"
    assert await store.reads.timeline(RUN) == steps


async def test_a_card_makes_a_run_wait_until_it_is_answered(store: Store) -> None:
    """An open card makes the run wait; its answer closes it and the run goes on."""
    await started(store)
    await store.records.append(REF, CardOpened(card=card(), at=NOON))
    assert await status(store) == "waiting"
    await store.records.append(REF, CardAnswered(answer=answer(), at=NOON))
    assert await status(store) == "running"
    found = await store.reads.card(card().id)
    assert found is not None
    assert (found.status, found.answer) == ("closed", answer())


async def test_asking_again_after_an_answer(store: Store) -> None:
    """The node that asks runs again from its top: an answered card does not make the run wait again."""
    await started(store)
    await store.records.append(REF, CardOpened(card=card(), at=NOON))
    await store.records.append(REF, CardAnswered(answer=answer(), at=NOON))
    await store.records.append(REF, CardOpened(card=card(), at=NOON))
    assert await status(store) == "running"


@pytest.mark.parametrize("reason", ["wake", "resume"])
async def test_re_entry_clears_what_made_it_stop(store: Store, reason: str) -> None:
    """A resume or a wake-up sets the run running, clears its outcome and times, and resolves its dead letters."""
    await started(store)
    await store.records.append(
        REF,
        RunParked(wake_at=Micros(NOON + 5)),
        LETTER,
        RunEnded(outcome=outcome("failed"), resume_at="executing", at=NOON),
    )
    await store.records.append(REF, Moved(transition=step(9, "executing", reason)))
    view = await store.reads.run(RUN)
    assert view is not None
    assert (view.status, view.outcome, view.wake_at, view.resume_at) == ("running", None, None, None)
    assert [letter.resolved for letter in await store.reads.dead_letters()] == [True]


async def test_a_second_failure_of_one_cause(store: Store) -> None:
    """A run that was resumed and fails again for the same cause has an unresolved dead letter again."""
    await started(store)
    await store.records.append(REF, LETTER)
    await store.records.append(REF, Moved(transition=step(9, "executing", "resume")))
    again = LETTER.model_copy(update={"error": "still down", "at": Micros(NOON + 9)})
    await store.records.append(REF, again)
    (found,) = await store.reads.dead_letters()
    assert (found.letter, found.resolved, found.tenant) == (again, False, "acme")


async def test_the_end_closes_cards(store: Store) -> None:
    """When a run ends, nobody is asked about it any more."""
    await started(store)
    await store.records.append(REF, CardOpened(card=card(), at=NOON), RunEnded(outcome=outcome(), at=NOON))
    assert await status(store) == "complete"
    assert await store.reads.cards() == []


async def test_progress_clears_the_last_error(store: Store) -> None:
    """A node's error is shown until the run has got further; the attempts stay counted."""
    await started(store)
    await store.jobs.failed_attempt(RUN, "ValueError: no", NOON)
    view = await store.reads.run(RUN)
    assert view is not None
    assert (view.error, view.attempts) == ("ValueError: no", 1)
    await store.records.append(REF, Moved(transition=step(1, "planning")))
    view = await store.reads.run(RUN)
    assert view is not None
    assert (view.error, view.attempts) == (None, 1)


async def test_tool_calls_come_back_whole(store: Store) -> None:
    """A recorded call reads back as it was written."""
    await store.records.append(REF, CALLED)
    assert await store.reads.tool_calls(RUN) == [CALLED]


async def test_every_append_tells_of_a_cancel(store: Store) -> None:
    """An append says whether the run was cancelled."""
    await started(store)
    assert await store.records.append(REF, Moved(transition=step(1, "planning"))) is False
    await store.jobs.cancel(RUN)
    assert await store.records.append(REF, Moved(transition=step(2, "executing"))) is True
