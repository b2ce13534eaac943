"""Whole runs through the real provider: an endpoint on loopback answers by the domain's own rules."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from askkit import GOOD, configured
from endpointkit import DROPPED, FakeEndpoint, Reply, by_rules, fails, says, serving, used
from fakes import FakeClock
from graph.context import RunContext
from graph.jobs import RunView
from graph.values import Json, RunId
from machine_kit import ADA
from store_kit import rows
from surefoot.assembly import Assembly, assembled
from surefoot.domains.support import domain as support
from surefoot.progress import silent
from surefoot.settings import Settings
from surefoot.trial import attempt, cases_of
from toybackend import Backend
from toydomain import toy

TOY: Final = "toydomain:toy"
CALLS: Final = "SELECT role, model, outcome, prompt_tokens, completion_tokens FROM model_calls ORDER BY rowid"


@asynccontextmanager
async def opened(folder: Path, endpoint: FakeEndpoint, **chosen: Any) -> AsyncIterator[Assembly]:
    """The agent as a process has it, with a clock that does not wait."""
    async with assembled(configured(folder, endpoint.url, **chosen), clock=FakeClock()) as assembly:
        yield assembly


async def greeted(assembly: Assembly, request: Json = ADA) -> RunView:
    """A toy job, driven as far as it goes."""
    accepted = await assembly.runner.accept(RunContext(domain=TOY), request)
    return await assembly.runner.drive(accepted.job.run_id)


async def resumed(folder: Path, endpoint: FakeEndpoint, run_id: RunId, **chosen: Any) -> RunView:
    """The run after a restart of the process, perhaps with other settings."""
    async with opened(folder, endpoint, **chosen) as assembly:
        return await assembly.runner.resume(run_id)


def backend(settings: Settings) -> Backend:
    """What the toy's tools act on."""
    return Backend(settings.data_folder(TOY))


def good(folder: Path) -> Callable[[Json], Reply]:
    """The toy's rules behind the endpoint."""
    return by_rules(toy(folder / "rules"))


async def test_a_job_goes_through(tmp_path: Path) -> None:
    """Planned, drafted, reviewed and delivered by what the endpoint says; each call is on record by tier and model."""
    with serving(good(tmp_path)) as endpoint:
        async with opened(tmp_path, endpoint, model_small="s") as assembly:
            view = await greeted(assembly)
            assert len(backend(assembly.settings).effects()) == 1
    assert (view.status, view.outcome.data if view.outcome else None) == ("complete", {"greeted": "Ada"})
    calls = [("plan", "m", "ok", 100, 20), ("work", "m", "ok", 100, 20), ("review", "m", "ok", 100, 20)]
    assert rows(tmp_path / "surefoot.db", CALLS) == calls
    place = f"127.0.0.1:{endpoint.port}, unpriced"
    assert assembly.model == f"m at {place} (large), s at {place} (small)"


@pytest.mark.parametrize("number", [0, 1, 2, 3])
async def test_a_ticket_goes_through(tmp_path: Path, number: int) -> None:
    """A bundled ticket ends as it is expected to, model workers' tool loops and all."""
    with serving(by_rules(support(tmp_path / "rules"))) as endpoint:
        async with opened(tmp_path, endpoint) as assembly:
            trial = await attempt(cases_of("support").load_cases()[number], "support", assembly, silent)
    assert trial.unmet == []
    assert len(endpoint.requests) == trial.spend.calls > 0


@pytest.mark.parametrize("calls_before", [0, 1, 2])
async def test_the_endpoint_goes_down(tmp_path: Path, calls_before: int) -> None:
    """FAILED, not a stack trace; after a restart the run goes on where it was, and its effect happens once."""
    with serving(*[good(tmp_path)] * calls_before, Reply(b"", DROPPED)) as endpoint:
        async with opened(tmp_path, endpoint) as assembly:
            view = await greeted(assembly)
            assert backend(assembly.settings).effects() == []
    assert view.status == "failed"
    assert view.outcome is not None
    assert view.outcome.cause == ("tool_unavailable" if calls_before == 1 else "model_unavailable")
    assert "cannot be reached" in view.outcome.message
    with serving(good(tmp_path)) as mended:
        again = await resumed(tmp_path, mended, view.job.run_id)
    assert again.status == "complete"
    assert len(backend(configured(tmp_path, mended.url)).effects()) == 1
    assert len(mended.requests) == 3 - calls_before


@pytest.mark.parametrize(
    ("reply", "named"), [(fails(401), "OPENAI_API_KEY"), (fails(404, "no such model"), "SUREFOOT_MODEL_LARGE")]
)
async def test_a_wrong_setting(tmp_path: Path, reply: Reply, named: str) -> None:
    """FAILED with cause `model_refused` and the setting's name; once it is mended, the run resumes."""
    with serving(reply) as endpoint:
        async with opened(tmp_path, endpoint) as assembly:
            view = await greeted(assembly)
    assert (view.status, len(endpoint.requests)) == ("failed", 1)
    assert view.outcome is not None
    assert view.outcome.cause == "model_refused"
    assert named in view.outcome.message
    with serving(good(tmp_path)) as mended:
        again = await resumed(tmp_path, mended, view.job.run_id, model_large="other")
    assert again.status == "complete"
    assert {request["model"] for request in mended.requests} == {"other"}


async def test_a_wrong_setting_met_by_a_worker(tmp_path: Path) -> None:
    """The task is lost at once, not retried, and the run says which setting; it resumes like any other."""
    with serving(good(tmp_path), fails(401)) as endpoint:
        async with opened(tmp_path, endpoint) as assembly:
            view = await greeted(assembly)
    assert (view.status, len(endpoint.requests)) == ("failed", 2)
    assert view.outcome is not None
    assert "OPENAI_API_KEY" in view.outcome.message
    with serving(good(tmp_path)) as mended:
        assert (await resumed(tmp_path, mended, view.job.run_id)).status == "complete"


async def test_half_an_answer_is_repaired_once(tmp_path: Path) -> None:
    """A draft that was cut off is no draft, even where its JSON is whole; the model is told and asked once more."""
    cut = says(GOOD, finish="length", usage=used(100, 100))
    with serving(good(tmp_path), cut, says('{"text": "Hello, Ada!"}'), good(tmp_path)) as endpoint:
        async with opened(tmp_path, endpoint) as assembly:
            view = await greeted(assembly)
            (effect,) = backend(assembly.settings).effects()
    assert (view.status, effect["text"]) == ("complete", "Hello, Ada!")
    assert "it was cut off at 1500 tokens" in endpoint.requests[2]["messages"][-1]["content"]
    assert [row[2] for row in rows(tmp_path / "surefoot.db", CALLS)] == ["ok", "invalid", "ok", "ok"]


async def test_three_tries_are_one_reservation(tmp_path: Path) -> None:
    """A call that needed all its tries is reserved, settled and counted once."""
    with serving(fails(503), fails(503), good(tmp_path)) as endpoint:
        async with opened(tmp_path, endpoint) as assembly:
            await greeted(assembly)
    assert len(endpoint.requests) == 5
    assert rows(tmp_path / "surefoot.db", "SELECT status FROM reservations") == [("settled",)] * 3
    assert len(rows(tmp_path / "surefoot.db", CALLS)) == 3
