"""What can be asked of the ledger, over a real file with real runs in it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from graph.costs import CostsBy
from graph.values import Micros, RunId
from machine_kit import ADA, machine


def change(folder: Path, sql: str) -> None:
    """As another provider, or a dead process, would have left it."""
    with closing(sqlite3.connect(folder / "surefoot.db")) as db, db:
        db.execute(sql)


@pytest.mark.parametrize("by", get_args(CostsBy))
async def test_every_sum_adds_up_to_what_was_spent(tmp_path: Path, by: CostsBy) -> None:
    """By whatever it is taken, the lines hold every call and token of every run, and no refused one."""
    async with machine(tmp_path) as opened:
        views = [await opened.run(ADA), await opened.run(ADA, tenant="acme", budget={"calls": 2})]
        spent = [await opened.spent(view) for view in views]
        lines = await opened.store.reads.costs(by)
        assert sum(line.tokens for line in lines) == sum(spend.tokens for spend in spent)
        assert sum(line.calls for line in lines) == sum(spend.calls for spend in spent)
        assert len({line.key for line in lines}) == len(lines)
        assert all(line.key for line in lines if by != "model")


async def test_sums_can_be_narrowed(tmp_path: Path) -> None:
    """To a time from which on they count, and to one domain."""
    async with machine(tmp_path) as opened:
        await opened.run(ADA)
        opened.clock.advance(3_600)
        later = opened.clock.now()
        await opened.run(ADA)
        reads = opened.store.reads
        (whole,), (half,) = await reads.costs("domain"), await reads.costs("domain", since=later)
        assert (whole.runs, half.runs, half.calls * 2) == (2, 1, whole.calls)
        assert await reads.costs("domain", domain="another") == []
        assert await reads.costs("day", since=Micros(later + 1)) == []


async def test_a_runs_calls_are_told_one_by_one(tmp_path: Path) -> None:
    """Each with its state, role and tokens, in order; a broken answer and its repair are two."""
    async with machine(tmp_path, {"plan": ["nonsense", None]}) as opened:
        view = await opened.run(ADA)
        calls = await opened.store.reads.model_calls(view.job.run_id)
        assert [(call.state, call.role, call.outcome) for call in calls] == [
            ("planning", "plan", "invalid"), ("planning", "plan", "ok"), ("worker", "work", "ok"),
            ("reviewing", "review", "ok"),
        ]  # fmt: skip
        assert all(call.prompt_tokens + call.completion_tokens == call.tokens for call in calls)


async def test_what_is_not_priced_is_not_told_as_free(tmp_path: Path) -> None:
    """Calls without a known price are counted as such, in sums, in runs and one by one."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA)
        change(tmp_path, "UPDATE model_calls SET priced = 0 WHERE role = 'plan'")
        reads = opened.store.reads
        assert {line.key: line.unpriced for line in await reads.costs("role")}["plan"] == 1
        assert [call.priced for call in await reads.model_calls(view.job.run_id) if call.role == "plan"] == [False]
        (cost,) = await reads.run_costs("toy")
        assert (cost.run_id, cost.unpriced, cost.cause) == (view.job.run_id, 1, "done")


async def test_a_call_that_nobody_settled_is_charged_and_marked(tmp_path: Path) -> None:
    """As its process died it counts in full, as unknown and estimated."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA)
        change(tmp_path, "UPDATE reservations SET status = 'unknown', tokens = 5000 WHERE role = 'work'")
        lines = {line.key: line for line in await opened.store.reads.costs("role")}
        assert (lines["work"].tokens, lines["work"].unknown, lines["work"].estimated) == (5_000, 1, 1)
        outcomes = {call.role: call.outcome for call in await opened.store.reads.model_calls(view.job.run_id)}
        assert outcomes["work"] == "unknown"


async def test_only_finished_runs_tell_what_a_run_costs(tmp_path: Path) -> None:
    """A run that waits has not cost all it will."""
    async with machine(tmp_path) as opened:
        await opened.run(ADA)
        await opened.run(ADA, budget={"calls": 2})
        costs = await opened.store.reads.run_costs("toy")
        assert [cost.status for cost in costs] == ["complete"]
        assert await opened.store.reads.alerts(RunId("no such run")) == []
