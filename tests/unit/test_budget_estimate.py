"""Estimates of prompts: conservative before any report, corrected by reports, never below what is safe."""

from collections import deque
from pathlib import Path

import pytest

from askkit import an_ask
from graph.budget import estimate_tokens
from surefoot.models.estimate import CEILING, ENOUGH, FLOOR, MARGIN, REMEMBERED, Estimator, counted, factor


class Reports:
    """A ledger that knows what earlier processes were told."""

    def __init__(self, *ratios: float) -> None:
        self.ratios, self.asked = ratios, 0

    async def reported(self, endpoint: str, model: str, most: int) -> tuple[float, ...]:
        """Newest first."""
        self.asked += 1
        return self.ratios[:most]


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([], MARGIN),
        ([0.5], MARGIN),
        ([0.5] * (ENOUGH - 1), MARGIN),
        ([0.9] * ENOUGH, 0.9 * MARGIN),
        ([0.1] * ENOUGH, FLOOR),
        ([1.4], 1.4 * MARGIN),
        ([0.7] * 20 + [1.4], 1.4 * MARGIN),
        ([9.0], CEILING),
    ],
)
def test_the_factor(ratios: list[float], expected: float) -> None:
    """One report raises it, several lower it; the margin stays, and neither floor nor a token a byte is passed."""
    assert factor(deque(ratios)) == pytest.approx(expected)


async def test_reports_correct_the_estimate() -> None:
    """Of the same endpoint and model; others keep theirs, and old reports are forgotten."""
    estimator, ledger = Estimator(), Reports()
    assert await estimator.prompt(1_000, "a:1", "m", ledger) == 1_250  # type: ignore[arg-type]
    estimator.learn(1_000, "a:1", "m", 1_500)
    assert await estimator.prompt(1_000, "a:1", "m", ledger) == 1_875  # type: ignore[arg-type]
    assert await estimator.prompt(1_000, "b:1", "m", ledger) == 1_250  # type: ignore[arg-type]
    for _ in range(REMEMBERED):
        estimator.learn(1_000, "a:1", "m", 800)
    assert await estimator.prompt(1_000, "a:1", "m", ledger) == 1_000  # type: ignore[arg-type]
    assert ledger.asked == 2


async def test_an_earlier_process_is_heard() -> None:
    """The ledger's reports count from the first call on."""
    assert await Estimator().prompt(100, "a:1", "m", Reports(2.0, 1.0)) == 250  # type: ignore[arg-type]


def test_the_answers_schema_counts(tmp_path: Path) -> None:
    """Endpoints read it as a part of the prompt."""
    ask = an_ask(tmp_path)
    assert counted(ask) > estimate_tokens(text for _, text in ask.messages) + 20
