from pathlib import Path

import pytest

from acceptance.command import CASES
from benchmarks.crash import Campaign
from benchmarks.evidence import repeated_effects, run_again
from benchmarks.slow_support import Execution
from surefoot.domains.support.draw import about
from surefoot.domains.support.shop import Shop, open_shop

ORDER = about(str(CASES["damaged_refund"].order_id)).order


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_eight_kills(tmp_path: Path) -> None:
    """`kill -9` at eight random points loses no run, repeats no effect and runs no finished task again."""
    report = Campaign(tmp_path, kills=8, seed=3).go()
    assert report.breaches == [], "\n".join(report.lines())
    assert report.kills >= 8
    assert report.effects > 0
    assert len(report.states) >= 2


def executed(task: str, attempt: int) -> Execution:
    """An execution of a task."""
    return Execution(pid=1, kind="task", task_id=task, attempt=attempt, name="worker")


def test_a_finished_task_that_runs_again_is_told() -> None:
    """The measure has teeth: executing a committed attempt is a breach, a further attempt is none."""
    committed = frozenset({("p1/a", 1), ("p1/b", 2)})
    later = [executed("p1/a", 2), executed("p1/b", 2), executed("p1/c", 1)]
    assert run_again(committed, later) == ["task p1/b, attempt 2, was finished and ran again (worker)"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The shop as it is delivered."""
    return open_shop(tmp_path / "shop.db")


def refund(shop: Shop, key: str) -> None:
    """Pay ten dollars of an order back."""
    shop.issue_refund(ORDER["id"], ORDER["payment"]["id"], 1_000, "damaged", key)


def test_an_effect_that_happens_twice_is_told(shop: Shop) -> None:
    """The shop's count has teeth too: a second refund or letter under another key is a breach."""
    refund(shop, "one")
    shop.send_reply("kim@mail.example", "Hello", "two")
    assert repeated_effects(shop.path) == []
    refund(shop, "three")
    shop.send_reply("kim@mail.example", "Hello again", "four")
    assert repeated_effects(shop.path) == [
        f"issue_refund on {ORDER['id']} happened 2 times",
        "send_reply on kim@mail.example happened 2 times",
        "kim@mail.example was sent 2 letters",
        f"{ORDER['id']} was paid back 2000 cents, not 1000",
    ]


def test_a_repeated_call_under_its_key_is_no_repetition(shop: Shop) -> None:
    """What is tried again under its key happens once."""
    refund(shop, "one")
    refund(shop, "one")
    assert repeated_effects(shop.path) == []
