"""`surefoot doctor --model` against an endpoint that misbehaves in each way it should find."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from askkit import configured
from endpointkit import Line, Reply, fails, page, says, serving, used
from fakes import FakeClock
from graph.values import Json
from surefoot.cli import app
from surefoot.doctor.model_asking import ask_models
from surefoot.doctor.model_checks import Check
from surefoot.doctor.model_questions import CUT

TOY: Final = "toydomain:toy"
GOOD: Final = '{"tasks": [{"id": "look", "worker": "find_order"}]}'
ALL: Final = ["endpoint", "key", "model", "plan", "form", "repair", "truncation", "usage", "price", "window", "speed"]
LONG: Final = 400
"""Characters beyond which a prompt is the planning one."""


def size_of(request: Json) -> int:
    """Characters of all messages."""
    return sum(len(message["content"]) for message in request["messages"])


def well(request: Json) -> Reply:
    """As a good endpoint answers."""
    prompt = size_of(request) // 3
    if CUT in {request.get("max_tokens"), request.get("max_completion_tokens")}:
        return says('{"tasks"', finish="length", usage=used(prompt, CUT))
    return says(GOOD, usage=used(prompt, 20))


def unless(broken: Callable[[Json], bool], reply: Reply) -> Callable[[Json], Reply]:
    """A good endpoint but for some requests."""
    return lambda request: reply if broken(request) else well(request)


def takes_schema(request: Json) -> bool:
    """Whether the request asks for a schema to be held to."""
    return bool(request.get("response_format", {}).get("type") == "json_schema")


async def checked(folder: Path, *lines: Line, **chosen: Any) -> dict[str, Check]:
    """The checks by name; the key must be in none of them."""
    with serving(*lines) as endpoint:
        settings = configured(folder, endpoint.url, **chosen)
        found = [check async for check in ask_models(settings, TOY, FakeClock())]
    assert "sk-secret" not in str(found)
    return {check.name: check for check in found}


def bad(found: dict[str, Check]) -> dict[str, str]:
    """What is not ok, but for the price, which nobody knows here; each has its remedy."""
    wrong = {name: check for name, check in found.items() if check.verdict != "ok" and name != "price"}
    assert all(check.remedy for check in wrong.values())
    return {name: check.verdict for name, check in wrong.items()}


async def test_a_good_endpoint(tmp_path: Path) -> None:
    """Everything is looked at, once for both tiers, and all is well but the price, which nobody knows."""
    found = await checked(tmp_path, well)
    assert list(found) == ALL
    assert bad(found) == {}
    assert (found["price"].verdict, {check.tier for check in found.values()}) == ("degraded", {"both"})


async def test_two_models(tmp_path: Path) -> None:
    """Each tier's model is asked where they differ."""
    with serving(well) as endpoint:
        settings = configured(tmp_path, endpoint.url, model_small="s")
        found = [check async for check in ask_models(settings, TOY, FakeClock())]
    assert [check.tier for check in found] == ["large"] * len(ALL) + ["small"] * len(ALL)
    assert {request["model"] for request in endpoint.requests} == {"m", "s"}


@pytest.mark.parametrize(
    ("reply", "name", "remedy"),
    [
        (fails(401), "key", "OPENAI_API_KEY"),
        (fails(403), "key", "OPENAI_API_KEY"),
        (fails(404, "no such model"), "model", "SUREFOOT_MODEL_LARGE"),
        (page(), "endpoint", "OPENAI_BASE_URL"),
        (page(404), "endpoint", "OPENAI_BASE_URL"),
        (fails(503), "endpoint", "see whether it is up"),
        (fails(400, "unknown field"), "request", "SUREFOOT_MODEL_LARGE"),
    ],
)
async def test_no_answer_at_all(tmp_path: Path, reply: Reply, name: str, remedy: str) -> None:
    """The one thing at fault is named with what to mend, and nothing more is asked."""
    found = await checked(tmp_path, reply)
    assert bad(found) == {name: "fails"}
    assert list(found)[-1] == name
    assert remedy in found[name].remedy


async def test_an_endpoint_that_hangs(tmp_path: Path) -> None:
    """It is given up after the time that a call may take."""
    found = await checked(tmp_path, Reply(b"", delay=0.6), model_idle_seconds=0.1, model_call_seconds=0.5)
    assert bad(found) == {"endpoint": "fails"}
    assert "SUREFOOT_MODEL_IDLE_SECONDS" in found["endpoint"].remedy


async def test_a_schema_that_is_refused(tmp_path: Path) -> None:
    """The agent works by asking for JSON in the prompt, and the doctor says that it could be better."""
    found = await checked(tmp_path, unless(takes_schema, fails(400, "response_format json_schema is not supported")))
    assert bad(found) == {"form": "degraded"}
    assert "json" in found["form"].found


async def test_usage_that_is_missing(tmp_path: Path) -> None:
    """Tokens are estimated, and the doctor says so."""
    found = await checked(tmp_path, lambda request: says(GOOD) if size_of(request) < LONG else well(request))
    assert bad(found) == {"usage": "degraded", "truncation": "degraded"}


async def test_a_context_of_two_thousand_tokens(tmp_path: Path) -> None:
    """A window that the planning prompt does not fit in keeps the agent from working."""
    refusal = fails(400, "request (3031 tokens) exceeds the available context size (2048 tokens)")
    found = await checked(tmp_path, unless(lambda request: size_of(request) > LONG, refusal))
    assert bad(found) == {"window": "fails"}
    assert "SUREFOOT_MODEL_LARGE" in found["window"].remedy


async def test_a_prompt_that_is_cut_without_a_word(tmp_path: Path) -> None:
    """An endpoint that drops what does not fit is told by the tokens it reports."""
    cut = says("{", finish="length", usage=used(200, CUT))
    found = await checked(tmp_path, unless(lambda request: size_of(request) > LONG, cut))
    assert bad(found) == {"window": "fails"}
    assert "cut to 200 tokens" in found["window"].found


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [([says("{}", usage=used(9, 1)), well], "degraded"), ([says("{}", usage=used(9, 1))], "fails")],
)
async def test_a_plan_that_is_not_valid(tmp_path: Path, lines: list[Line], verdict: str) -> None:
    """Mended at the second answer it costs more; never valid, the agent cannot work."""
    assert (await checked(tmp_path, *lines))["plan"].verdict == verdict


async def test_a_repair_that_mends_nothing(tmp_path: Path) -> None:
    """A model that repeats its mistake works, worse."""
    repairs = unless(lambda request: len(request["messages"]) > 2, says("{}", usage=used(9, 1)))
    assert bad(await checked(tmp_path, repairs))["repair"] == "degraded"


async def test_a_question_that_fails_later(tmp_path: Path) -> None:
    """Each check stands for itself: the others are made all the same."""
    found = await checked(tmp_path, well, fails(401), well)
    assert list(found) == ALL
    assert bad(found)["repair"] == "fails"


# -- the command -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "code"), [(well, 0), (fails(401), 1)])
def test_the_command_with_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: Line, code: int) -> None:
    """Exit 0 where the agent can work, 1 where it cannot; one JSON document, without the key."""
    with serving(line) as endpoint:
        result = asked(monkeypatch, tmp_path, endpoint.url, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["works"]) == (code, code == 0)
    assert "sk-secret" not in result.output


def test_the_command_with_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One table, a check a line, and whether the agent can work."""
    with serving(well) as endpoint:
        result = asked(monkeypatch, tmp_path, endpoint.url)
    assert all(f" {name} " in result.stdout for name in ALL)
    assert result.stdout.splitlines()[-1] == "the agent can work with this"
    assert "sk-secret" not in result.output


def asked(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str, *more: str) -> Any:
    """The command's result, in an environment that names the endpoint."""
    for name, value in {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-secret", "SUREFOOT_MODEL_LARGE": "m"}.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(app, ["doctor", "--model", "--domain", TOY, "--db", str(folder / "surefoot.db"), *more])


def test_the_offline_rules() -> None:
    """One line, and nothing is asked."""
    result = CliRunner().invoke(app, ["doctor", "--model"])
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    assert "offline rules" in result.stdout
