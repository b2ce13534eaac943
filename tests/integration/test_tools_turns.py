from pathlib import Path

import pytest

from checkpoints.store import Store
from fakes import FakeClock
from graph.limits import Rate
from graph.toolcall import ToolCall
from toolbox import context, domain, tool
from tools.pipeline import HardenedTools


@pytest.mark.parametrize(("shared", "waited"), [(True, [2.0]), (False, [])])
async def test_processes_on_one_file_share_a_rate_where_it_is_asked(
    tmp_path: Path, shared: bool, waited: list[float]
) -> None:
    """A shared rate waits for what another process called; one that is not shared does not."""
    clock = FakeClock()
    where = domain(tool(rate=Rate(calls=1, seconds=2.0, shared=shared)))
    async with Store.open(tmp_path / "a.db", clock=clock) as store:
        for process in ("one", "two"):
            tools = HardenedTools(store.effects, store.records, clock, process, store.rates)
            assert (await tools.call(where, ToolCall(tool="act", args={"order": process}), context())).ok
    assert clock.sleeps == waited
