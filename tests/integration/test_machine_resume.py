"""A run goes on at the state that raised, failed or waited; what is finished is kept."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, cast

import pytest

import graph.build
from graph.briefs import ReviewVerdict
from graph.contract import Plan
from graph.ports import Deps
from graph.state import RunState, Update
from graph.states import ACTIVE, NodeName
from machine_kit import ADA, COSTLY, machine
from nodes.worker import worker_node
from surefoot.resume import Found, Step, next_step

REVISE: Final = ReviewVerdict(verdict="revise", reason="warmer, please")


@pytest.mark.parametrize(
    ("begun", "following", "interrupt_id", "status", "step"),
    [
        (False, (), None, None, "begin"),
        (False, ("__start__",), None, None, "go_on"),
        (False, ("intake",), None, None, "go_on"),
        (False, ("complete",), None, None, "begin"),
        (False, ("planning",), "i1", None, "begin"),
        (True, ("escalated",), "i1", "running", "wait"),
        (True, ("planning",), None, "running", "go_on"),
        (True, ("executing",), None, "parked", "go_on"),
        (True, ("failed",), None, "running", "go_on"),
        (True, (), None, "parked", "reenter"),
        (True, (), None, "failed", "reenter"),
        (True, (), None, "complete", "over"),
        (True, (), None, "rejected", "over"),
        (True, (), None, "running", "go_on"),
    ],
)
def test_the_recipe(
    begun: bool, following: tuple[str, ...], interrupt_id: str | None, status: str | None, step: Step
) -> None:
    """Never begun, then interrupts, then pending work, then a stop to re-enter from: in this order, nothing else."""
    assert next_step(Found(begun, following, interrupt_id, status)) == step


# -- a node that raises ------------------------------------------------------------------------------


class Once:
    """A defect that shows once: the body raises the first time it is run."""

    def __init__(self, body: Callable[..., Awaitable[Any]], *, after: bool) -> None:
        self.body = body
        self.after = after
        self.raised = False

    async def __call__(self, *given: Any) -> Any:
        """Raise before or after the body's own work."""
        if self.raised:
            return await self.body(*given)
        self.raised = True
        if self.after:
            await self.body(*given)
        raise ZeroDivisionError("a defect")


def raising(monkeypatch: pytest.MonkeyPatch, node: NodeName, *, after: bool) -> Once:
    """The graph is built with a body that raises once."""
    if node in {"intake", "worker"}:
        made: Callable[[Deps], Any] = getattr(graph.build, f"{node}_node")
        once = Once(cast("Any", None), after=after)

        def build(deps: Deps) -> Any:
            once.body = made(deps)
            call = once.__call__

            async def body(state: Any) -> Any:
                return await call(state)

            if node == "worker":
                body.__annotations__ = made(deps).__annotations__
            return body

        monkeypatch.setattr(graph.build, f"{node}_node", build)
        return once
    once = Once(graph.build.GUARDED[node], after=after)

    async def guarded(state: RunState, deps: Deps) -> Update:
        return cast("Update", await once(state, deps))

    monkeypatch.setitem(graph.build.GUARDED, node, guarded)
    return once


@pytest.mark.parametrize("after", [False, True], ids=["before its work", "after its work"])
@pytest.mark.parametrize("node", [*ACTIVE, "worker", "complete"])
async def test_a_state_that_raises_is_resumed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node: NodeName, after: bool
) -> None:
    """An exception leaves the run interrupted in that state, with its line; a resume goes on there and ends well."""
    once = raising(monkeypatch, node, after=after and node != "escalated")  # ESCALATED interrupts in its work
    async with machine(tmp_path, {"review": [REVISE, None]}) as opened:
        view = await opened.run(COSTLY, run_id="run-1")
        if node not in {*ACTIVE, "worker"}:
            view = await opened.runner.decide("run-1", "approve")
        assert once.raised
        assert view.status == "interrupted" or (node, after, view.status) == ("complete", True, "complete")
        if view.status == "interrupted":
            assert view.error == "ZeroDivisionError: a defect"
            assert (await opened.snapshot(view)).next[0] == node
            done = {
                (str(task), result.attempt) for task, result in (await opened.values(view)).get("results", {}).items()
            }
            before = len(opened.backend.runs())
            view = await opened.runner.resume("run-1")
            assert not done & set(opened.backend.runs()[before:])
        if view.status == "waiting":
            view = await opened.runner.decide("run-1", "approve")
        assert (view.status, view.outcome and view.outcome.cause) == ("complete", "done")
        assert len(opened.backend.effects()) == 1


async def test_a_finished_sibling_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of two parallel workers' writes is lost, only that one runs again."""
    monkeypatch.setattr(graph.build, "worker_node", failing_for(worker_node, "1/two"))
    two = parallel()
    async with machine(tmp_path, {"plan": [two]}) as opened:
        view = await opened.run(ADA, run_id="run-1")
        assert view.status == "interrupted"
        view = await opened.runner.resume("run-1")
        assert view.status == "complete"
        assert Counter(opened.backend.runs())["1/one", 1] == 1


def parallel() -> Plan:
    """Two lookups that depend on nothing."""
    tasks = [{"id": name, "worker": "find", "input": ADA} for name in ("one", "two")]
    return Plan.model_validate({"tasks": tasks})


def failing_for(made: Callable[[Deps], Any], task: str) -> Callable[[Deps], Any]:
    """Worker nodes that raise once for one task, after its sibling is done."""

    def build(deps: Deps) -> Any:
        worker = made(deps)
        raised: list[str] = []

        async def body(order: Any) -> Any:
            if order.task.id == task and not raised:
                raised.append(task)
                await asyncio.sleep(0.2)  # let the sibling and its writes go on
                raise ZeroDivisionError("a defect")
            return await worker(order)

        body.__annotations__ = worker.__annotations__
        return body

    return build
