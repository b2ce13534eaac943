"""Runs and threads: a thread serves many runs, one after the other, and none inherits from the last."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from langgraph.types import Command

from graph.context import RunContext
from graph.errors import StorageError, ThreadBusy
from graph.jobs import RunView
from graph.ports import Records, RunRef
from graph.rows import Record, RunStarted
from graph.trail import Made
from machine_kit import ADA, COSTLY, Machine, cancels_at, config_of, machine
from toydomain import toy

THREAD: Final = "thread-1"
BOB: Final = {"name": "Bob"}
CONFIG: Final[Any] = {"configurable": {"thread_id": THREAD}}


async def test_a_finished_thread_serves_a_new_run(tmp_path: Path) -> None:
    """The second run has an outcome, results, messages and transitions of its own; the first keeps its record."""
    async with machine(tmp_path) as opened:
        first = await opened.run(ADA, THREAD)
        second = await opened.run(BOB, THREAD)
        assert first.job.run_id != second.job.run_id
        assert [view.outcome and view.outcome.data for view in (first, second)] == [
            {"greeted": "Ada"}, {"greeted": "Bob"},
        ]  # fmt: skip
        values = await opened.values(second)
        assert "Ada" not in str(values)
        assert [step.sequence for step in values["transitions"]] == list(range(1, len(values["transitions"]) + 1))
        assert await opened.runner.view(first.job.run_id) == first


@pytest.mark.parametrize(
    ("request_", "status"), [({}, "rejected"), ({"name": "Stranger"}, "rejected"), (COSTLY, "waiting")]
)
async def test_a_second_run_has_its_own_end(tmp_path: Path, request_: Any, status: str) -> None:
    """After a complete run, a bad, an invalid and a doubtful job end as they would on a thread of their own."""
    async with machine(tmp_path) as opened:
        await opened.run({"name": "Bob"}, THREAD)
        view = await opened.run(request_, THREAD)
        assert view.status == status
        assert view.outcome is None or view.outcome.effects == ()


async def waiting(opened: Machine) -> RunView:
    """A run that waits for a person."""
    return await opened.run(COSTLY, THREAD)


async def interrupted(opened: Machine) -> RunView:
    """A run whose planner's rule has a defect."""
    opened.model.script["plan"] = [ZeroDivisionError("a defect"), None]
    return await opened.run(ADA, THREAD)


async def parked(opened: Machine) -> RunView:
    """A run that waits for a retry."""
    opened.backend.break_down("shaky_find")
    return await opened.run(ADA, THREAD)


async def queued(opened: Machine) -> RunView:
    """A run that nobody drives yet."""
    return await opened.accept(ADA, THREAD)


UNFINISHED: Final = {"waiting": waiting, "interrupted": interrupted, "parked": parked, "queued": queued}


@pytest.mark.parametrize("status", UNFINISHED)
async def test_an_unfinished_thread_refuses_an_input(tmp_path: Path, status: str) -> None:
    """Neither the runner nor a plain `ainvoke` begins a second run; the first is untouched and ends as it would."""
    async with machine(tmp_path, domain=toy(tmp_path / "toy", retry_base_seconds=100.0)) as opened:
        view = await UNFINISHED[status](opened)
        assert view.status == status
        before = await opened.snapshot(view)
        with pytest.raises(ThreadBusy, match=view.job.run_id):
            await opened.accept(BOB, THREAD)
        with pytest.raises(ThreadBusy, match=view.job.run_id):
            await opened.runner.graph.ainvoke({"request": BOB}, CONFIG, context=RunContext(domain="toy"))
        assert await opened.snapshot(view) == before
        assert len(await opened.store.reads.runs()) == 1
        assert await opened.runner.view(view.job.run_id) == view
        if status == "waiting":
            ended = await opened.runner.decide(view.job.run_id, "approve")
        else:
            ended = await opened.runner.resume(view.job.run_id)
        assert ended.outcome is not None
        assert ended.outcome.data == {"greeted": "Ada"}


async def test_a_plain_ainvoke_is_a_run(tmp_path: Path) -> None:
    """Without a runner the graph asks, is answered and ends; the run is on record with an id of its own."""
    async with machine(tmp_path) as opened:
        graph, context = opened.runner.graph, RunContext(domain="toy")
        asked = await graph.ainvoke({"request": COSTLY}, CONFIG, context=context, durability="sync")
        (pending,) = asked["__interrupt__"]
        assert pending.value["escalation"]["kind"] == "effect_approval"
        done = await graph.ainvoke(Command(resume={"option": "approve"}), CONFIG, durability="sync")
        assert done["outcome"].data == {"greeted": "Ada"}
        (view,) = await opened.store.reads.runs()
        assert (view.job.run_id, view.status) == (done["header"].run_id, "complete")
        assert view.job.run_id.startswith(f"{THREAD}.")


@dataclass
class FailsOnce:
    """Records that lose the first run they are told of, after writing it down."""

    records: Records
    fails: bool = True

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """Keep the rows, then raise once."""
        cancelled = await self.records.append(run, *rows)
        if self.fails and isinstance(rows[0], RunStarted):
            self.fails = False
            raise StorageError("the disk is full")
        return cancelled

    def queue(self, run: RunRef, *rows: Record) -> None:
        """As the inner port does."""
        self.records.queue(run, *rows)

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """As the inner port says."""
        return await self.records.calls(run)


async def test_a_derived_run_id_is_stable(tmp_path: Path) -> None:
    """INTAKE names a run after thread and input checkpoint, so that a replay of INTAKE makes no second run."""
    async with machine(tmp_path, adapt=lambda deps, _: replace(deps, records=FailsOnce(deps.records))) as opened:
        graph, context = opened.runner.graph, RunContext(domain="toy")
        with pytest.raises(StorageError):
            await graph.ainvoke({"request": ADA}, CONFIG, context=context, durability="sync")
        done = await graph.ainvoke(None, CONFIG, context=context, durability="sync")
        (view,) = await opened.store.reads.runs()
        assert view.job.run_id == done["header"].run_id
        assert view.status == "complete"


async def test_two_plain_runs_of_a_thread_have_two_ids(tmp_path: Path) -> None:
    """A second input on a finished thread is another run."""
    async with machine(tmp_path) as opened:
        graph, context = opened.runner.graph, RunContext(domain="toy")
        ids = [
            (await graph.ainvoke({"request": each}, CONFIG, context=context, durability="sync"))["header"].run_id
            for each in (ADA, BOB)
        ]
        assert len(set(ids)) == 2
        assert {view.job.run_id for view in await opened.store.reads.runs()} == set(ids)


async def test_choices_are_frozen_at_intake(tmp_path: Path) -> None:
    """What the caller chose survives an interrupt and a restart, where LangGraph's context is gone."""
    chosen: dict[str, Any] = {"tenant": "acme", "models": {"large": "big-1"}, "budget": {"tokens": 50_000}}
    async with machine(tmp_path) as opened:
        view = await opened.run(COSTLY, THREAD, **chosen)
        header = (await opened.values(view))["header"]
    async with machine(tmp_path) as opened:
        done = await opened.runner.graph.ainvoke(Command(resume={"option": "decline"}), config_of(view))
        assert done["header"] == header
        assert (header.tenant, header.models, header.budget.tokens) == ("acme", {"large": "big-1"}, 50_000)
        assert header.domain_version == opened.deps.domains.version("toy")
        assert {ask.model for ask in opened.model.asked("plan")} == {"big-1"}


async def test_a_callers_budget_only_tightens(tmp_path: Path) -> None:
    """A limit above the domain's is the domain's; a mistake in the caller's is a bad request that names it."""
    async with machine(tmp_path) as opened:
        wide = await opened.run(ADA, budget={"tokens": 9_000_000})
        assert (await opened.values(wide))["header"].budget.tokens == 100_000
        wrong = await opened.run(ADA, budget={"tokens": -1})
        assert wrong.outcome is not None
        assert (wrong.status, wrong.outcome.cause) == ("rejected", "bad_request")
        assert "budget.tokens" in wrong.outcome.message


async def test_a_thread_of_a_cancelled_run_is_free(tmp_path: Path) -> None:
    """A run that failed is over too: its thread takes the next one."""
    async with machine(tmp_path, adapt=cancels_at("planning")) as opened:
        assert (await opened.run(ADA, THREAD)).status == "failed"
    async with machine(tmp_path) as opened:
        assert (await opened.run(BOB, THREAD)).status == "complete"


async def test_an_input_that_is_no_object_is_a_bad_request(tmp_path: Path) -> None:
    """From Studio anything may come: what is not a JSON object ends as REJECTED, not as an exception."""
    async with machine(tmp_path) as world:
        config = {"configurable": {"thread_id": "from-studio"}}
        state = await world.runner.graph.ainvoke({"request": ["Ada"]}, config, durability="sync")  # type: ignore[call-overload]
    assert state["outcome"].cause == "bad_request"
    assert "give one JSON object" in state["outcome"].message
