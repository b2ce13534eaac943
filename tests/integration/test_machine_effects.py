"""Effects whose reply was lost: done once, and never guessed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.briefs import ReviewVerdict
from machine_kit import ADA, breaking, machine
from toybackend import Backend
from toydomain import toy


def losing(folder: Path, mode: str) -> Callable[[Any], Any]:
    """A reviewer during whose work the line to the backend breaks."""
    return breaking(Backend(folder / "toy"), mode, ReviewVerdict(verdict="pass"))


async def test_a_lost_reply_is_asked_for_again_with_the_same_key(tmp_path: Path) -> None:
    """A backend that honours keys is called again, and gives the first receipt: one effect, nobody is asked."""
    async with machine(tmp_path, {"review": [losing(tmp_path, "breaks_after")]}) as opened:
        view = await opened.run(ADA)
        assert view.status == "complete"
        assert len(opened.backend.effects()) == 1
        assert view.outcome is not None
        assert [effect.result for effect in view.outcome.effects] == [{"name": "Ada", "number": 1}]


@pytest.mark.parametrize(("mode", "answer"), [("breaks_after", "it_happened"), ("down", "did_not")])
async def test_nobody_guesses_where_keys_mean_nothing(tmp_path: Path, mode: str, answer: str) -> None:
    """Elsewhere a person is asked what happened, and is believed: one effect either way, on record with its run."""
    domain = toy(tmp_path / "toy", honours_keys=False)
    async with machine(tmp_path, {"review": [losing(tmp_path, mode)]}, domain=domain) as opened:
        view = await opened.run(ADA)
        card = await opened.card(view)
        assert (card.kind, card.default_option) == ("unknown_outcome", "stop")
        opened.backend.mend()
        view = await opened.runner.decide(card.id, answer, actor="ann")
        assert (view.status, view.outcome and view.outcome.cause) == ("complete", "done")
        assert len(opened.backend.effects()) == 1
        assert view.outcome is not None
        assert [effect.args["name"] for effect in view.outcome.effects] == ["Ada"]
