from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from checkpoints.store import Store
from fakes import NOON, FakeClock
from graph.errors import ThreadBusy, UnknownRun
from graph.jobs import Due, Job
from graph.ports import RunRef
from graph.rows import CardOpened, Moved, RunEnded, RunParked, RunStarted
from graph.values import Micros, RunId, ThreadId
from store_kit import BACKENDS, REF, RUN, THREAD, answer, card, header, job, outcome, step


@pytest.fixture
def clock() -> FakeClock:
    """Time that the test moves."""
    return FakeClock()


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    """A new store of each kind."""
    async with BACKENDS[request.param](tmp_path, clock) as opened:
        yield opened


def ref(number: int, thread: str | None = None) -> RunRef:
    """Another run, on a thread of its own unless told otherwise."""
    return RunRef(run_id=RunId(f"run-{number}"), thread_id=ThreadId(thread or f"thread-{number}"), tenant="acme")


async def status(store: Store, run_id: RunId = RUN) -> str:
    """What a caller is told."""
    view = await store.reads.run(run_id)
    assert view is not None
    return view.status


async def ended(store: Store, run: RunRef, how: str = "complete") -> None:
    """Record the end of a run."""
    await store.records.append(run, RunEnded(outcome=outcome(how), at=NOON))


async def test_an_accepted_job_is_queued(store: Store) -> None:
    """A job reads back as it was accepted, legal clock and parents included, and is queued."""
    accepted = job().model_copy(
        update={"due": Due(at=Micros(NOON + 1), basis="14 days"), "parent_id": RunId("p"), "batch_id": "b"}
    )
    await store.jobs.accept(accepted)
    view = await store.reads.run(RUN)
    assert view is not None
    assert (view.job, view.status, view.state, view.attempts) == (accepted, "queued", None, 0)


async def test_accepting_twice(store: Store) -> None:
    """The same run again is accepted once, even after it began."""
    await store.jobs.accept(job())
    await store.records.append(REF, RunStarted(header=header(), request={}))
    await store.jobs.accept(job())
    assert [view.status for view in await store.reads.runs()] == ["interrupted"]


@pytest.mark.parametrize("how", ["queued", "running", "waiting", "parked"])
async def test_a_thread_has_one_run_at_a_time(store: Store, how: str) -> None:
    """A second run on a thread is refused, with the first one's name, until that is over."""
    await store.jobs.accept(job())
    if how != "queued":
        await store.records.append(REF, RunStarted(header=header(), request={}))
    if how == "waiting":
        await store.records.append(REF, CardOpened(card=card(), at=NOON))
    if how == "parked":
        await store.records.append(REF, RunParked(wake_at=Micros(NOON + 1)))
    with pytest.raises(ThreadBusy, match=f"run-1 \\({how}\\)"):
        await store.jobs.accept(job(ref(2, THREAD)))
    await ended(store, REF, "failed")
    await store.jobs.accept(job(ref(2, THREAD)))
    last = await store.reads.last_run(THREAD)
    assert last is not None
    assert last.job.run_id == "run-2"


async def test_cancel_sets_the_flag(store: Store) -> None:
    """A cancelled run says so; an unknown one is told."""
    await store.jobs.accept(job())
    await store.jobs.cancel(RUN)
    view = await store.reads.run(RUN)
    assert view is not None
    assert view.cancel_requested
    with pytest.raises(UnknownRun, match="no run other"):
        await store.jobs.cancel(RunId("other"))
    with pytest.raises(UnknownRun, match="no run other"):
        await store.jobs.failed_attempt(RunId("other"), "boom", NOON)


async def test_attempts_count_until_a_resume(store: Store) -> None:
    """Each failed attempt counts; a resume by a person starts the count anew, a wake-up does not."""
    await store.jobs.accept(job())
    for error in ("first", "second"):
        await store.jobs.failed_attempt(RUN, error, Micros(NOON + 5))
    await store.records.append(REF, Moved(transition=step(1, "executing", "wake")))
    view = await store.reads.run(RUN)
    assert view is not None
    assert view.attempts == 2
    await store.records.append(REF, Moved(transition=step(2, "executing", "resume")))
    view = await store.reads.run(RUN)
    assert view is not None
    assert view.attempts == 0


async def test_a_run_without_a_driver_is_interrupted(store: Store, clock: FakeClock) -> None:
    """A running run reads as interrupted once its lease is over; queued, waiting and parked ones never do."""
    await store.jobs.accept(job())
    assert await status(store) == "queued"
    await store.leases.claim(THREAD, "me", 10)
    await store.records.append(REF, RunStarted(header=header(), request={}))
    assert await status(store) == "running"
    clock.advance(10)
    assert await status(store) == "interrupted"
    await store.records.append(REF, CardOpened(card=card(), at=NOON))
    assert await status(store) == "waiting"


async def test_runs_are_listed_newest_first(store: Store) -> None:
    """Runs are filtered by what a caller is told and by domain, newest first, up to a limit."""
    others: list[Job] = [job(ref(number)) for number in range(1, 5)]
    others[2] = others[2].model_copy(update={"domain": "claims"})
    for one in others:
        await store.jobs.accept(one)
    await store.records.append(ref(2), RunStarted(header=header(ref(2)), request={}))
    await ended(store, ref(4))

    async def listed(**given: object) -> list[str]:
        return [view.job.run_id for view in await store.reads.runs(**given)]  # type: ignore[arg-type]

    assert await listed() == ["run-4", "run-3", "run-2", "run-1"]
    assert await listed(limit=2) == ["run-4", "run-3"]
    assert await listed(domain="claims") == ["run-3"]
    assert await listed(status="queued") == ["run-3", "run-1"]
    assert await listed(status="interrupted") == ["run-2"]
    assert await listed(status="running") == []
    assert await listed(status="complete", domain="support") == ["run-4"]


async def test_parked_runs_come_due(store: Store) -> None:
    """A parked run is due at its time, the longest due first, and not once it woke."""
    for number, wake_at in ((1, 30), (2, 20), (3, 40)):
        await store.jobs.accept(job(ref(number)))
        await store.records.append(ref(number), RunParked(wake_at=Micros(NOON + wake_at)))
    assert [view.job.run_id for view in await store.reads.due(Micros(NOON + 30))] == ["run-2", "run-1"]
    await store.records.append(ref(2), Moved(transition=step(5, "executing", "wake")))
    assert [view.job.run_id for view in await store.reads.due(Micros(NOON + 30))] == ["run-1"]


async def test_the_first_answer_counts(store: Store) -> None:
    """An open card takes one answer; later ones, and those to unknown cards, are too late."""
    await store.jobs.accept(job())
    await store.records.append(REF, CardOpened(card=card(), at=NOON))
    assert await store.decisions.decide(answer(option="decline"), NOON)
    assert not await store.decisions.decide(answer(option="approve"), NOON)
    assert not await store.decisions.decide(answer(number=9), NOON)
    found = await store.reads.card(card().id)
    assert found is not None
    assert (found.status, found.answer, found.card) == ("decided", answer(option="decline"), card())
    assert await store.reads.card("other") is None


async def test_anybody_may_decide(store: Store) -> None:
    """An answer needs no lease, even while another process drives the run."""
    lease = await store.leases.claim(THREAD, "me", 60)
    assert lease is not None
    await store.records.append(REF, CardOpened(card=card(), at=NOON))
    del store.writer.held[THREAD]
    assert await store.decisions.decide(answer(), NOON)


async def test_cards_by_deadline(store: Store) -> None:
    """Cards are listed by deadline; overdue ones are those that are open past it."""
    late, soon = (
        card(number, REF).model_copy(update={"deadline": Micros(NOON + at)}) for number, at in ((1, 90), (2, 50))
    )
    other = card(1, ref(2)).model_copy(update={"deadline": Micros(NOON + 10)})
    await store.records.append(REF, CardOpened(card=late, at=NOON), CardOpened(card=soon, at=NOON))
    await store.records.append(ref(2), CardOpened(card=other, at=NOON))
    assert [view.card for view in await store.reads.cards()] == [other, soon, late]
    assert [view.card for view in await store.reads.cards(run_id=RUN)] == [soon, late]
    assert [view.card for view in await store.reads.overdue(Micros(NOON + 50))] == [other, soon]
    await store.decisions.decide(answer(2), NOON)
    assert [view.card for view in await store.reads.cards(run_id=RUN)] == [late]
    assert len(await store.reads.cards(run_id=RUN, only_open=False)) == 2
    assert [view.card for view in await store.reads.overdue(Micros(NOON + 50))] == [other]


async def test_unknown_runs(store: Store) -> None:
    """Nothing is known of a run that was never accepted."""
    assert await store.reads.run(RUN) is None
    assert await store.reads.last_run(THREAD) is None
    assert await store.reads.timeline(RUN) == []
