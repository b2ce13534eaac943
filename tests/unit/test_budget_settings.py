"""Limits in the settings: what they become, and how those that cannot be are refused."""

import pytest
from pydantic import ValidationError

from graph.budget import tightest
from graph.contract import Budget, Ceiling
from graph.values import Json
from surefoot.models.tiers import PARTS
from surefoot.settings import Settings, first_fault


def test_a_process_may_lower_every_budget() -> None:
    """What it does not set it does not limit; the tightest of all wins."""
    house = Settings.model_validate({"budget_tokens": 1_000, "budget_alert_at": 0.5}).budget
    assert (house.tokens, house.usd, house.seconds, house.calls) == (1_000, None, None, None)
    kept = tightest(Budget(tokens=9_000, on_alert="decline"), house)
    assert (kept.tokens, kept.calls, kept.alert_at, kept.on_alert) == (1_000, 60, 0.5, "decline")
    assert tightest(Budget(), Settings().budget) == Budget()


def test_ceilings_of_a_day() -> None:
    """Of domains, of tenants, and of a tenant by its name."""
    chosen = {"day_domain_usd": 5, "day_tenant_tokens": 10, "day_tenants": '{"acme": {"usd": 2}}'}
    ceilings = Settings.model_validate(chosen).ceilings
    assert (ceilings.domain, ceilings.tenant) == (Ceiling(usd=5), Ceiling(tokens=10))
    assert ceilings.tenants == {"acme": Ceiling(usd=2)}


@pytest.mark.parametrize("field", ["tokens", "usd", "seconds", "calls"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), 1e300])
def test_a_limit_that_limits_nothing_or_everything(field: str, value: float) -> None:
    """Zero, negative, not a number, endless or absurd: refused by its name, in a budget and in the settings."""
    with pytest.raises(ValidationError) as raised:
        Budget.model_validate({field: value})
    assert raised.value.errors()[0]["loc"] == (field,)
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate({f"budget_{field}": value})
    assert first_fault(raised.value).startswith(f"SUREFOOT_BUDGET_{field.upper()}: ")


@pytest.mark.parametrize("value", [0, -0.1, 1.01, float("nan"), "most"])
def test_a_threshold_is_a_share(value: object) -> None:
    """Above 0, at most 1."""
    with pytest.raises(ValidationError) as raised:
        Budget.model_validate({"alert_at": value})
    assert raised.value.errors()[0]["loc"] == ("alert_at",)
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate({"budget_alert_at": value})
    assert first_fault(raised.value).startswith("SUREFOOT_BUDGET_ALERT_AT: Input should be")


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ({"day_tenant_usd": 0}, "SUREFOOT_DAY_TENANT_USD: Input should be greater than 0"),
        ({"day_tenants": '{"acme": {"usd": -1}}'}, "SUREFOOT_DAY_TENANTS.acme.usd: Input should be greater than 0"),
        ({"day_tenants": "acme"}, 'SUREFOOT_DAY_TENANTS: give a JSON object such as {"acme": {"usd": 20}}'),
        (
            {"tiers": {"plan": "huge"}},
            "SUREFOOT_TIERS: tier huge of role plan has no model: name one for it in SUREFOOT_MODELS",
        ),
        (
            {"tiers": {"plans": "small"}},
            f"SUREFOOT_TIERS: plans is no role; there are {', '.join(PARTS)}",
        ),
        (
            {"prices": '{"m": {"input": 1}}'},
            "SUREFOOT_PRICES: m.output: is missing; give it in US dollars a million tokens, 0 where it is free",
        ),
        ({"endpoints": '{"other": {"api_key": "k"}}'}, "SUREFOOT_ENDPOINTS.other.base_url: Field required"),
        ({"OPENAI_BASE_URL": "host:1"}, "OPENAI_BASE_URL: give a URL such as https://api.openai.com/v1"),
    ],
)
def test_one_line_names_the_setting(chosen: Json, line: str) -> None:
    """As it is called in the environment, and what to write."""
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate(chosen)
    assert first_fault(raised.value) == line


def test_a_further_tier_has_a_model() -> None:
    """Then roles may be given to it."""
    chosen = {"models": '{"huge": "gpt-5.5-pro"}', "tiers": '{"plan": "huge"}'}
    assert Settings.model_validate(chosen).tiers == {"plan": "huge"}
