"""The short form of `make budget-proof`: fifty workers, a provider of another mind, and kills."""

from pathlib import Path

import pytest

from graph.values import Json
from proofkit import Proof, prove


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_cannot_outspend_its_budget(tmp_path: Path) -> None:
    """Whatever breaks, the provider counts no more than limit and margin, nothing leaks, and the reserve is kept."""
    proof = prove(range(10_001, 10_025), tmp_path, Proof())
    assert proof.breaches == []
    assert proof.schedules == 24
    assert min(proof.kills, proof.unknown, proof.refused) > 0
    assert proof.closest > 0.5


def test_a_breach_would_be_seen() -> None:
    """The judge refuses a schedule whose provider counted more, one that leaks, and one that spends the reserve."""
    budget: Json = {"tokens": 1_000, "usd": 0.001, "calls": 2, "alert_at": 0.8}
    spend: Json = {"tokens": 900, "usd_micros": 900, "calls": 2, "refused": 0}
    good: Json = {"seed": 1, "budget": budget, "spend": spend, "sums": [2, 900, 900, 0, 0, 0], "defects": [],
            "billed": {"tokens": 1_250, "micros": 1_250, "role:plan": 1_000, "role:answer": 250}}  # fmt: skip
    fine = Proof()
    fine.judge(good)
    assert fine.breaches == []
    wrong: list[Json] = [
        {"billed": {"tokens": 1_251}}, {"billed": {"micros": 1_251}}, {"billed": {"role:plan": 1_001}},
        {"spend": {**spend, "calls": 3}}, {"sums": [2, 900, 900, 1, 0, 0]}, {"sums": [2, 901, 900, 0, 0, 0]},
        {"defects": ["ValueError()"]},
    ]  # fmt: skip
    for change in wrong:
        proof = Proof()
        proof.judge({**good, **change})
        assert len(proof.breaches) == 1, change
