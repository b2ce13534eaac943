import json
from typing import Any

import pytest

from surefoot.settings import Settings
from surefoot.telemetry.redact import MASK, Redactor

redact = Redactor(["loyalty number"])


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "customer_email",
        "customerEmail",
        "Customer-Email",
        "api_key",
        "SHOP_API_KEY",
        "access_token",
        "loyalty_number",
    ],
)
def test_a_field_is_known_by_its_name(name: str) -> None:
    """A personal or secret field is masked whatever its value, however its name is written."""
    assert redact({name: "x"}) == {name: MASK}
    assert redact({"deep": [{name: {"parts": ["x"]}}]}) == {"deep": [{name: MASK}]}


@pytest.mark.parametrize(
    "name", ["prompt_tokens", "total_tokens", "tokens", "effect_key", "session_id", "emailed_on", "name", "addressed"]
)
def test_other_fields_stay(name: str) -> None:
    """What only resembles a personal field is what a trace is read for."""
    assert redact({name: 12, "also": "plain"}) == {name: 12, "also": "plain"}


def test_a_missing_value_stays_missing() -> None:
    """That a field is empty is no secret."""
    assert redact({"email": None}) == {"email": None}


def test_a_name_beside_an_address_is_a_persons() -> None:
    """A tool's name stays; a customer's does not."""
    assert redact({"name": "Ada Byron", "email": "a@b.example"}) == {"name": MASK, "email": MASK}
    assert redact({"name": "find_customer"}) == {"name": "find_customer"}


@pytest.mark.parametrize(
    "secret",
    [
        "ada.byron+shop@mail.example.com",
        "4111 1111 1111 1111",
        "4111111111111111",
        "5500-0000-0000-0004",
        "sk-proj-abcdefghij0123456789",
        "ghp_0123456789abcdefghij0123456789abcdef",
        "Bearer abcdefghij.0123456789",
        "lsv2_pt_0123456789abcdef0123456789abcdef_0123456789",
    ],
)
def test_a_value_is_known_by_its_look(secret: str) -> None:
    """Addresses, card numbers and keys are masked wherever they stand in a text, and as a key of an object."""
    shown = redact({"text": f"Write to {secret}, please.", "list": [secret], secret: 1})
    assert secret.removeprefix("Bearer ") not in json.dumps(shown)
    assert shown["text"].startswith("Write to ")
    assert shown["text"].endswith(", please.")


@pytest.mark.parametrize(
    "text", ["SF-10041", "order 1234567890123", "4111111111111112", "2025-12-01T12:00:00Z", "a @ b"]
)
def test_plain_values_stay(text: str) -> None:
    """Order numbers, times, and digits without a card's check digit are left alone."""
    assert redact(text) == text


@pytest.mark.parametrize("dumped", [json.dumps, repr, lambda value: json.dumps(json.dumps(value))])
def test_fields_written_in_a_text_are_masked(dumped: Any) -> None:
    """A prompt or an error often quotes an object: its named fields are masked there too, and no others."""
    shown = redact(dumped({"customer_name": 'Ada "Countess" Byron', "order": "SF-1"}))
    assert "Byron" not in shown
    assert "SF-1" in shown


def test_what_was_given_is_left_as_it_is() -> None:
    """Redaction makes a copy: the run goes on with its own values."""
    given = {"email": "a@b.example", "list": ["a@b.example"]}
    redact(given)
    assert given == {"email": "a@b.example", "list": ["a@b.example"]}


def test_further_names_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """SUREFOOT_REDACT names more fields, with commas; those that are always meant stay so."""
    monkeypatch.setenv("SUREFOOT_REDACT", "tracking_number, iban2")
    redactor = Redactor(Settings().redact)
    assert redactor({"tracking_number": "x", "iban2": "y", "email": "z"}) == {
        "tracking_number": MASK, "iban2": MASK, "email": MASK,
    }  # fmt: skip
