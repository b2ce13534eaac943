"""What a UI sees of a run while it goes on, and afterwards."""

import json
from typing import Any, cast

import pytest

from acceptance.command import CASES
from acceptance.studiokit import APPROVE, Studio
from surefoot.domains.support.cases import redraw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def streamed(studio: Studio, thread_id: str, modes: list[str], **given: Any) -> list[tuple[str, Any]]:
    """Every event of a run."""
    chosen = cast("Any", modes)
    stream = studio.client.runs.stream(thread_id, "surefoot", stream_mode=chosen, **given)
    return [(part.event, part.data) async for part in stream]


def states(events: list[tuple[str, Any]]) -> list[str]:
    """The states that sent an update: no workers, of which many may run at once, and none of their own steps."""
    named = [next(iter(data)) for event, data in events if event == "updates"]
    return [name for name in named if name != "worker" and (name == "__interrupt__" or not name.startswith("_"))]


async def test_updates_state_by_state(studio: Studio) -> None:
    """`updates` gives one update a state, in the order of the run's transitions, and the interrupt where it waits."""
    thread_id, case = await studio.thread(), redraw(CASES["large_refund"], 41)
    events = await streamed(studio, thread_id, ["updates"], input={"request": case.request})
    visited = states(events)
    waiting = await studio.client.threads.get_state(thread_id)
    values = cast("dict[str, Any]", waiting["values"])
    path = [step["target"] for step in values["transitions"]]
    assert visited == [*(node for node in path if node != "worker"), "__interrupt__"]

    events = await streamed(studio, thread_id, ["updates"], command={"resume": APPROVE})
    visited = states(events)
    assert (visited[0], visited[-1]) == ("escalated", "complete")


async def test_tasks_as_they_begin_and_end(studio: Studio) -> None:
    """`tasks` tells of each task when it begins and when it ends, and none ends with an error."""
    thread_id, case = await studio.thread(), redraw(CASES["where_is_my_order"], 42)
    events = await streamed(studio, thread_id, ["tasks"], input={"request": case.request})
    tasks = [data for event, data in events if event == "tasks"]
    began = [task["id"] for task in tasks if "input" in task]
    ended = [task["id"] for task in tasks if "result" in task]
    assert sorted(began) == sorted(ended)
    assert {"intake", "planning", "worker", "reviewing", "complete"} <= {task["name"] for task in tasks}
    assert not any(task.get("error") for task in tasks)
    assert "error" not in [event for event, _ in events]


@pytest.mark.parametrize(("mode", "seed"), [("values", 51), ("messages", 52), ("custom", 53), ("debug", 54)])
async def test_every_mode_that_a_ui_may_ask_for(studio: Studio, mode: str, seed: int) -> None:
    """Whatever is streamed can be written as JSON, so that looking on never ends a run; none of our ports is in it."""
    thread_id, case = await studio.thread(), redraw(CASES["where_is_my_order"], seed)
    events = await streamed(studio, thread_id, [mode], input={"request": case.request})
    assert "error" not in [event for event, _ in events]
    assert '"deps"' not in json.dumps(events)
    assert (await studio.settled(thread_id))["status"] == "complete"


async def test_the_history_of_a_thread(studio: Studio) -> None:
    """The state's history goes back from the outcome to the input, one superstep after the other, none lost."""
    thread_id = await studio.thread()
    await studio.ticket(thread_id, "where_is_my_order", seed=43)
    history = await studio.client.threads.get_history(thread_id, limit=100)
    steps = [cast("dict[str, Any]", state["metadata"])["step"] for state in history]
    assert steps == list(range(steps[0], -2, -1))
    newest, oldest = (cast("dict[str, Any]", state["values"]) for state in (history[0], history[-1]))
    assert newest["outcome"]["status"] == "complete"
    assert "outcome" not in oldest
    lengths = [len(cast("dict[str, Any]", state["values"]).get("transitions", [])) for state in history]
    assert lengths == sorted(lengths, reverse=True)
