"""Limits that cannot be, and days that are full, as the command line tells them."""

from pathlib import Path

import pytest

from acceptance.command import Command
from store_kit import rows


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SUREFOOT_BUDGET_TOKENS", "0", "SUREFOOT_BUDGET_TOKENS: Input should be greater than 0"),
        ("SUREFOOT_BUDGET_USD", "nan", "SUREFOOT_BUDGET_USD: Input should be a finite number"),
        ("SUREFOOT_BUDGET_ALERT_AT", "1.5", "SUREFOOT_BUDGET_ALERT_AT: Input should be less than or equal to 1"),
        ("SUREFOOT_DAY_TENANT_USD", "-1", "SUREFOOT_DAY_TENANT_USD: Input should be greater than 0"),
        ("SUREFOOT_TIERS", '{"plan": "huge"}', "SUREFOOT_TIERS: tier huge of role plan has no model"),
        ("SUREFOOT_PRICES", '{"m": {"input": 1}}', "SUREFOOT_PRICES: m.output: is missing"),
    ],
)
def test_a_setting_that_cannot_be(tmp_path: Path, name: str, value: str, told: str) -> None:
    """One line that begins with the setting's name; nothing is run and no database is made."""
    surefoot = Command(tmp_path, {name: value})
    said = surefoot("run", "support", surefoot.request("where_is_my_order"))
    assert said.code == 2
    assert told in said.complaint
    assert not (surefoot.folder / "surefoot.db").exists()


def test_a_full_day(tmp_path: Path) -> None:
    """The run ends without a model, and the alert names the ceiling and when it is free again."""
    surefoot = Command(tmp_path, {"SUREFOOT_DAY_TENANT_TOKENS": "3000"})
    said = surefoot("run", "support", surefoot.request("where_is_my_order"), "--json")
    assert "Traceback" not in said.err
    assert said.data["outcome"]["cause"] == "simplified"
    ((reason,),) = rows(tmp_path / "surefoot.db", "SELECT reason FROM reservations")
    assert "the day's ceiling of tenant default: 3,000 of 3,000 tokens are left; it is free again at" in str(reason)
