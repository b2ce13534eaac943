import asyncio
from typing import Final

import pytest

from benchmarks.growth import SHARE, Growth, measured
from benchmarks.ledgers import facts_of

TASKS: Final = 120
WINDOW: Final = 3_000


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Growth]:
    """The short form of the benchmark."""
    return asyncio.run(measured(tmp_path_factory.mktemp("growth"), TASKS, 4, WINDOW))


def test_storage_grows_with_the_steps(figures: dict[str, Growth]) -> None:
    """At most 5 kB a superstep on disk, late ones no dearer than early ones, and the stock saver's are."""
    ours, stock = figures["Surefoot"], figures["stock saver, add_messages"]
    early, late = (20, 50), (85, 115)
    assert ours.mean(1, len(ours.sizes)) <= 5_000
    assert ours.mean(*late) <= 1.3 * ours.mean(*early)
    assert stock.mean(*late) > 2 * stock.mean(*early)


def test_prompts_have_a_bound(figures: dict[str, Growth]) -> None:
    """No prompt of planner, reviewer or summary takes more than its room; without summaries they grow past it."""
    ours, whole = figures["Surefoot"], figures["without summaries"]
    assert max(ours.of("plan", "review", "summarize")) <= WINDOW * SHARE
    assert max(whole.of("plan")) > 3 * WINDOW * SHARE
    assert len(ours.of("summarize")) >= 2
    plans = ours.of("plan")
    third = len(plans) // 3
    assert sum(plans[-third:]) <= 1.2 * sum(plans[-2 * third : -third])
    assert sum(ours.of("plan", "review", "summarize")) < sum(whole.of("plan", "review")) / 2


def test_the_work_is_the_same(figures: dict[str, Growth]) -> None:
    """Every task is done and on record in both, and every fact is still in the summarized history."""
    ours, whole = figures["Surefoot"].state, figures["without summaries"].state
    assert len(ours["results"]) == len(whole["results"]) == TASKS
    assert ours["outcome"].data == whole["outcome"].data == {"read": TASKS}
    told = "\n".join(message.text for message in ours["messages"])
    assert all(fact in told for number in range(1, TASKS + 1) for fact in facts_of(number))
