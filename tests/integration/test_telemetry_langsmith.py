from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import langsmith
import pytest
from langsmith.utils import get_env_var, get_tracer_project

from graph.contract import Plan, Task
from graph.values import Json, TaskId
from surefoot import Surefoot
from surefoot.cli.common import opened
from surefoot.models.scripted import Scripted
from surefoot.telemetry.ports import TracedModels, TracedTools
from surefoot.telemetry.redact import Redactor
from surefoot.telemetry.tracing import UNBOUND, end, tracing
from toybackend import Backend
from traces_kit import Received, receiver

ADA: Json = {"name": "Ada"}
COSTLY: Json = {"name": "Ada", "price": 500}
PRIVATE: Json = {"name": "Ada ada@example.com sk-proj-abcdefghij0123456789"}
ASK = Plan(tasks=(Task(id=TaskId("ask"), worker="ask", input={"name": "Ada"}),), summary="ask")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment without any word on traces, and LangSmith's memory of it with it."""
    for name in ("TRACING", "TRACING_V2", "API_KEY", "ENDPOINT", "PROJECT"):
        monkeypatch.delenv(f"LANGSMITH_{name}", raising=False)
        monkeypatch.delenv(f"LANGCHAIN_{name}", raising=False)
    for name, value in UNBOUND.items():
        monkeypatch.setenv(name, value)
    forget()
    yield monkeypatch
    end()
    monkeypatch.undo()
    forget()


@pytest.fixture
def langsmith_server(environment: pytest.MonkeyPatch) -> Iterator[Received]:
    """A receiver that the environment names."""
    with receiver() as received:
        for name, value in received.environment.items():
            environment.setenv(name, value)
        forget()
        yield received


@pytest.fixture
async def agent(langsmith_server: Received, tmp_path: Path) -> AsyncIterator[Surefoot]:
    """An agent whose model answers with known token counts."""
    script = {"review": ["{", '{"verdict": "pass"}']}
    async with Surefoot.open(tmp_path / "surefoot.db", domain="toydomain:toy", provider=Scripted(script)) as here:
        yield here


def forget() -> None:
    """LangSmith reads each variable once a process."""
    for remembered in (get_env_var, get_tracer_project):
        cast("Any", remembered).cache_clear()


def metadata(run: Json) -> Json:
    """What the run can be filtered by."""
    return cast("Json", run["extra"]["metadata"])


def parents(runs: dict[str, Json], run: Json) -> list[str]:
    """The names above a run, the root's last."""
    above = runs.get(str(run.get("parent_run_id")))
    return [above["name"], *parents(runs, above)] if above else []


async def test_an_invocation_is_one_tree(agent: Surefoot, langsmith_server: Received) -> None:
    """States, tasks, tool calls, model calls, transitions and the end hang beneath one root, each where it belongs."""
    await agent.run(ADA)
    end()
    runs = langsmith_server.runs()
    root = "surefoot toydomain:toy"
    assert [run["name"] for run in runs.values() if not run.get("parent_run_id")] == [root]
    assert len({run["trace_id"] for run in runs.values()}) == 1
    assert {run["session_name"] for run in runs.values()} == {"surefoot-tests"}
    assert all(run["end_time"] and not run.get("error") for run in runs.values())

    def path(name: str) -> list[str]:
        return parents(runs, langsmith_server.named(name)[-1])

    assert path("task find") == ["worker", root]
    assert path("look_up") == ["task find", "worker", root]
    assert path("greet") == ["task greet", "worker", root]
    assert path("model plan") == ["planning", root]
    assert path("model work") == ["task draft", "worker", root]
    assert path("validating to planning") == ["planning", root]
    assert path("ended complete") == ["complete", root]
    assert metadata(*langsmith_server.named("validating to planning"))["reason"] == "request valid"
    assert not [run for run in runs.values() if run["name"].startswith("after_")]


async def test_a_model_call_tells_what_it_cost(agent: Surefoot, langsmith_server: Received) -> None:
    """A model call has role, tier, model, prompt version and the tokens of all its completions, repairs included."""
    run = await agent.run(ADA)
    end()
    calls = [call for call in langsmith_server.runs().values() if call["run_type"] == "llm"]
    used = [metadata(call)["usage_metadata"] for call in calls]
    assert sum(usage["total_tokens"] for usage in used) == run.spend.tokens
    (review,) = langsmith_server.named("model review")
    assert metadata(review)["usage_metadata"]["input_tokens"] == 200
    told = {"role": "review", "tier": "large", "ls_model_name": "a script", "completions": 2, "state": "reviewing"}
    assert told.items() <= metadata(review).items()
    assert metadata(review)["prompt_version"]
    assert review["outputs"]["verdict"] == "pass"


async def test_a_tool_call_tells_its_attempts_and_code(agent: Surefoot, langsmith_server: Received) -> None:
    """A tool call without a value is an error, named by its code; each says how often the backend was tried."""
    backend = Backend(agent.assembly.settings.data_folder("toydomain:toy"))
    backend.break_down("shaky_find")
    await agent.run(ADA)
    end()
    calls = langsmith_server.named("look_up")
    assert {(call["run_type"], metadata(call)["attempts"]) for call in calls} == {("tool", 1)}
    codes = [(metadata(call)["ok"], metadata(call)["code"], call.get("error") is None) for call in calls]
    assert codes == [(True, None, True), (False, "unavailable", False), (True, None, True)]
    assert calls[1]["error"].startswith("unavailable: ")


async def test_a_resume_is_another_trace_of_the_same_session(agent: Surefoot, langsmith_server: Received) -> None:
    """A run that waits and is decided makes two traces; all runs of both carry session, thread, run and tenant."""
    waiting = await agent.run(COSTLY, thread_id="thread-7", tenant="acme")
    assert waiting.status == "waiting"
    assert (await agent.decide(waiting.id, "approve")).status == "complete"
    end()
    runs = langsmith_server.runs().values()
    assert len({run["trace_id"] for run in runs}) == 2
    shared = {"session_id": "thread-7", "thread_id": "thread-7", "run_id": waiting.id, "tenant": "acme"}
    assert [run["name"] for run in runs if not shared.items() <= metadata(run).items()] == []


async def test_an_interrupt_is_no_error(agent: Surefoot, langsmith_server: Received) -> None:
    """A state that waits for a person ends as interrupted, and nothing of the trace counts as failed."""
    await agent.run(COSTLY)
    end()
    assert [run["name"] for run in langsmith_server.runs().values() if run.get("error")] == []
    (escalated,) = langsmith_server.named("escalated")
    assert metadata(escalated)["interrupted"] is True
    assert metadata(*langsmith_server.named("asked"))["reason"] == "effect_approval"


async def test_a_workers_question_is_no_error(langsmith_server: Received, tmp_path: Path) -> None:
    """A task that needs a person has not failed."""
    provider = Scripted({"plan": [ASK]})
    async with Surefoot.open(tmp_path / "surefoot.db", domain="toydomain:toy", provider=provider) as agent:
        await agent.run(ADA)
    end()
    (task,) = langsmith_server.named("task ask")
    assert task.get("error") is None
    assert {"task_id": "1/ask", "worker": "ask", "stage": "work"}.items() <= metadata(task).items()


async def test_nothing_personal_leaves(agent: Surefoot, langsmith_server: Received) -> None:
    """Of an address and a key in the request no byte leaves, in whatever input, output or error it ended up."""
    run = await agent.run(PRIVATE)
    assert run.status == "complete"
    end()
    assert b"Hello, " in langsmith_server.bytes
    assert b"ada@example.com" not in langsmith_server.bytes
    assert b"abcdefghij0123456789" not in langsmith_server.bytes


async def test_a_trace_that_cannot_be_redacted_stops_no_run(
    agent: Surefoot, langsmith_server: Received, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be redacted is left out of the trace and said to be; the run ends as it would have."""

    def broken(_redactor: Redactor, _value: object) -> object:
        raise ValueError("Ada is secret")

    monkeypatch.setattr(Redactor, "__call__", broken)
    run = await agent.run(ADA)
    end()
    assert run.status == "complete"
    assert b"Ada" not in langsmith_server.bytes
    assert "a trace lacks planning (ValueError)" in caplog.messages
    assert "secret" not in caplog.text


async def test_payloads_can_be_left_out(
    langsmith_server: Received, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With SUREFOOT_TRACE_PAYLOADS=false a trace has its shape, reasons and costs, but no inputs or outputs."""
    environment.setenv("SUREFOOT_TRACE_PAYLOADS", "false")
    async with Surefoot.open(tmp_path / "surefoot.db", domain="toydomain:toy") as agent:
        await agent.run({"name": "Zebedee"})
    end()
    assert b"Zebedee" not in langsmith_server.bytes
    assert metadata(*langsmith_server.named("model plan"))["usage_metadata"]["total_tokens"] > 0


async def test_a_command_says_where_its_traces_go(
    langsmith_server: Received, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs jobs is told that data leaves the house, and to where."""
    async with opened(tmp_path / "surefoot.db"):
        told = f"traces: http://127.0.0.1:{langsmith_server.port}, project surefoot-tests"
        assert told in capsys.readouterr().err.splitlines()


async def test_nothing_happens_unasked(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without LANGSMITH_TRACING there is no client, no wrapper and no request, whatever else is set."""
    with receiver() as received:
        for name, value in received.environment.items():
            environment.setenv(name, value)
        environment.delenv("LANGSMITH_TRACING")
        forget()
        async with Surefoot.open(tmp_path / "surefoot.db", domain="toydomain:toy") as agent:
            await agent.run(ADA)
            assert not isinstance(agent.assembly.deps.models, TracedModels)
            assert not isinstance(agent.assembly.deps.tools, TracedTools)
        assert not tracing()
        assert received.requests == []
        assert langsmith.get_tracing_context()["client"] is None
