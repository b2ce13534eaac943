"""What the doctor makes of a model's answers."""

from typing import Final

import pytest

from graph.errors import ModelRefused, ModelUnavailable
from surefoot.doctor import model_checks as checks
from surefoot.doctor.model_checks import Heard, fault_of
from surefoot.doctor.model_questions import SmallPlan
from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.models.provider import Completion

GOOD: Final = '{"tasks": [{"id": "look", "worker": "find_order"}]}'


def heard(prompt: int = 100, completion: int = 20, text: str = GOOD, *, estimated: bool = False) -> Completion:
    """An answer."""
    return Completion(text, prompt, completion, estimated=estimated)


@pytest.mark.parametrize(
    ("model", "url", "verdict"),
    [("gpt-4o", "https://api.openai.com/v1", "ok"), ("gpt-4o", "http://127.0.0.1:1/v1", "degraded")],
)
def test_a_price_hangs_on_the_endpoint(model: str, url: str, verdict: str) -> None:
    """A model of a known name that somebody serves at home has no price."""
    check = checks.price("large", Endpoint("large", model, url))
    assert (check.verdict, "$" in check.found) == (verdict, verdict == "ok")


@pytest.mark.parametrize(
    ("counted", "limit", "estimated", "verdict"),
    [(3_000, 8_000, False, "ok"), (1_500, 8_000, False, "fails"), (1_500, 8_000, True, "ok"),
     (3_000, 2_000, False, "degraded")],
)  # fmt: skip
def test_the_window(counted: int, limit: int, estimated: bool, verdict: str) -> None:
    """Fewer tokens than the prompt can have mean that it was cut; more than our setting mean that it is wrong."""
    found = checks.window("both", heard(counted, estimated=estimated), size=6_000, room=700, limit=limit)
    assert found.verdict == verdict


@pytest.mark.parametrize(("seconds", "verdict"), [(1.0, "ok"), (10.0, "degraded")])
def test_the_speed(seconds: float, verdict: str) -> None:
    """An answer that may not come in time is told with the settings to change."""
    check = checks.speed("both", [Heard(heard(completion=20), seconds)], room=1_500, most_seconds=110)
    assert (check.verdict, "SUREFOOT_MODEL_CALL_SECONDS" in check.remedy) == (verdict, verdict == "degraded")


@pytest.mark.parametrize(
    ("error", "found", "remedy"),
    [
        (ModelRefused("h:1 does not take the key: mend OPENAI_API_KEY"), "h:1 does not take the key", "mend OPENAI"),
        (ModelUnavailable("h:1 cannot be reached (no); is OPENAI_BASE_URL right?"), "h:1 cannot be reached", "is OPEN"),
        (ModelUnavailable("h:1 was silent; before, h:1 was down"), "h:1 was silent; before, h:1 was down", "wait"),
    ],
)
def test_a_providers_line_is_split(error: ModelUnavailable | ModelRefused, found: str, remedy: str) -> None:
    """What is wrong, and what to do; a line that says nothing of the latter gets the check's own advice."""
    check = checks.troubled("both", "endpoint", error, "wait")
    assert check.found.startswith(found)
    assert check.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (heard(), ""),
        (heard(text='{"tasks": []}'), "tasks: "),
        (heard(text="a plan"), "answer: "),
        (Completion(GOOD, 1, 1, fault="it was cut off"), "it was cut off"),
    ],
)
def test_the_fault_of_an_answer(answer: Completion, fault: str) -> None:
    """A whole answer of the type has none; one that was cut off has, whatever its text looks like."""
    assert fault_of(answer, SmallPlan)[: len(fault) or None] == fault
