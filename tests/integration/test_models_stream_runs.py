"""Drafts as the callers of a run see them grow: a listener, LangGraph's modes `custom` and `messages`, the ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from langchain_core.messages import AIMessageChunk
from langsmith import tracing_context

from askkit import provider
from endpointkit import Line, serving, used
from fakes import NOON, FakeClock
from graph.context import RunContext
from graph.contract import Budget, Header, Plan, Task
from graph.domain import Domain, WorkContext
from graph.errors import DomainMistake, InvalidAnswer, ModelUnavailable
from graph.ports import ModelCall, by_run
from graph.prose import Piece, Prose
from graph.toolloop import LoopBrief, LoopStep, model_worker
from graph.values import RunId, TaskId, ThreadId
from machine_kit import ADA, Machine, machine
from store_kit import rows
from streamkit import drafts, event, joined, streams, told
from surefoot.models.gateway import Gateway
from surefoot.models.scripted import Line as Said
from surefoot.progress import Event
from surefoot.telemetry.ports import TracedModels
from toybackend import LookUp, Person
from toydomain import Draft, DraftInput, toy

LETTER: Final = 'Hello, Dr Ada! "Your" book, ünal\'s \\ 😀, is here,\nand waits for you at the desk until Friday.'
GOOD: Final = Draft(text=LETTER)
BRIEF: Final = DraftInput(person=Person(name="Ada", title="Dr"))
SURVEY: Final = Plan(tasks=(Task(id=TaskId("survey"), worker="survey", input={"name": "Ada"}),), summary="ask around")


def outspoken(folder: Path) -> Domain:
    """The toy domain, whose drafts may be read while they are written."""
    domain = toy(folder)

    async def draft(given: DraftInput, context: WorkContext) -> Draft:
        return await context.model("work", given, Draft, streams="text")

    workers = tuple(replace(each, run=draft) if each.name == "draft" else each for each in domain.workers)
    return replace(domain, workers=workers)


def with_loop(folder: Path) -> Domain:
    """The toy domain with a model worker that looks somebody up, and whose finish is prose."""
    domain = toy(folder)
    look_up = domain.tool("look_up")
    assert look_up is not None
    worker = model_worker("survey", "Asks around.", LookUp, Draft, (look_up,), max_steps=4, streams="text")
    rules = {**domain.rules, "plan": lambda _: SURVEY, "work:survey": look_then_write}
    return replace(domain, workers=(*domain.workers, worker), rules=rules)


def look_then_write(brief: LoopBrief) -> LoopStep:
    """One tool, one finish that breaks the schema, then the letter."""
    if not brief.seen:
        return LoopStep.calling("look_up", name="Ada")
    if len(brief.seen) == 1:
        return LoopStep(tool="finish", args={"words": "too soon"})
    return LoopStep.finishing(GOOD)


async def listened(opened: Machine) -> list[Event]:
    """Everything that a listener is told of one run."""
    events: list[Event] = []
    accepted = await opened.accept()
    view = await opened.runner.drive(accepted.job.run_id, events.append)
    assert view.status == "complete"
    return events


async def test_a_listener_is_told_the_letters(tmp_path: Path) -> None:
    """The pieces of a draft come between its worker's beginning and end, and add up to what was delivered."""
    async with machine(tmp_path, {"work:draft": [GOOD]}, domain=outspoken(tmp_path / "toy")) as opened:
        events = await listened(opened)
        (effect,) = opened.backend.effects()
    assert list(drafts(events).values()) == [[effect["text"]]] == [[LETTER]]
    phases = [each.phase for each in events if each.about_a_draft or each.detail == "draft"]
    assert phases == ["enter", *["says"] * (len(phases) - 1)]
    assert len(phases) > 4


async def test_a_repaired_draft_starts_anew(tmp_path: Path) -> None:
    """What the first answer said is taken back; the second is the accepted one."""
    lines: list[Said] = ['{"text": "Hello, my dear and most esteem', GOOD]
    async with machine(tmp_path, {"work:draft": lines}, domain=outspoken(tmp_path / "toy")) as opened:
        (draft,) = drafts(await listened(opened)).values()
    first, second = draft
    assert (first, second) == ("Hello, my dear and most esteem", LETTER)


async def test_a_model_workers_finish_is_said(tmp_path: Path) -> None:
    """Within a model worker's steps, only the finish is; its tool calls are not, nor an output without the field."""
    async with machine(tmp_path, domain=with_loop(tmp_path / "toy")) as opened:
        events = await listened(opened)
    assert list(drafts(events).values()) == [[LETTER]]


@pytest.mark.parametrize("build", [outspoken, with_loop])
async def test_langgraphs_own_modes(tmp_path: Path, build: Any) -> None:
    """`custom` carries the pieces as data, `messages` as chunks of one message; both from within a worker's `@task`."""
    async with machine(tmp_path, {"work:draft": [GOOD]}, domain=build(tmp_path / "toy")) as opened:
        seen: dict[str, list[Any]] = {"custom": [], "messages": []}
        async for mode, chunk in opened.runner.graph.astream(
            {"request": ADA}, {"configurable": {"thread_id": "t"}}, context=RunContext(domain="toy"),
            stream_mode=["custom", "messages"],
        ):  # fmt: skip
            seen[str(mode)].append(chunk)
    says = seen["custom"]
    assert "".join(each["text"] for each in says) == LETTER
    assert {(each["type"], each["again"]) for each in says} == {("says", False)}
    assert {each["worker"] for each in says} == {"draft" if build is outspoken else "survey"}
    chunks = [message for message, _ in seen["messages"] if isinstance(message, AIMessageChunk)]
    assert "".join(str(chunk.content) for chunk in chunks) == LETTER
    assert {(chunk.id, chunk.name) for chunk in chunks} == {(f"{says[0]['draft']}-1", "draft")}


async def test_where_nobody_streams(tmp_path: Path) -> None:
    """A plain `ainvoke` says nothing to anybody, and ends the same; the state holds no draft's message."""
    async with machine(tmp_path, {"work:draft": [GOOD]}, domain=outspoken(tmp_path / "toy")) as opened:
        config: Any = {"configurable": {"thread_id": "t"}}
        values = await opened.runner.graph.ainvoke({"request": ADA}, config, context=RunContext(domain="toy"))
    assert values["status"] == "complete"
    assert not [message for message in values["messages"] if isinstance(message, AIMessageChunk)]


def test_a_field_that_the_output_lacks(tmp_path: Path) -> None:
    """A worker that streams a field which does not exist is a domain's mistake, found when it is built."""
    with pytest.raises(DomainMistake, match="worker survey streams 'words', which Draft lacks"):
        model_worker("survey", "Asks.", LookUp, Draft, (), streams="words")


# -- the gateway over a real endpoint ---------------------------------------------------------------


def call() -> ModelCall:
    """A drafting worker's call."""
    header = Header(
        run_id=RunId("run-1"), thread_id=ThreadId("thread-1"), tenant="acme", domain="toy", domain_version="1",
        budget=Budget(tokens=100_000), models={}, started_at=NOON,
    )  # fmt: skip
    return ModelCall(header=header, role="work", state="worker", worker="draft", streams=Prose(path=("text",)))


@asynccontextmanager
async def gateway(folder: Path, *lines: Line, **chosen: Any) -> AsyncIterator[tuple[Gateway, Machine]]:
    """The gateway over an endpoint that says these lines, and the machine whose ledger it charges."""
    with serving(*lines) as endpoint:
        async with machine(folder) as opened, provider(folder, endpoint.url, **chosen) as answers:
            yield Gateway(answers, opened.store.ledger, opened.deps.domains, FakeClock()), opened


async def test_a_broken_stream_starts_anew(tmp_path: Path) -> None:
    """The letters of a broken try are taken back; those of the next add up to the accepted text; both are charged."""
    pieces: list[Piece] = []
    lines = [streams(event('{"text": "Hello the')), told(GOOD.model_dump_json(), usage=used(50, 7))]
    async with gateway(tmp_path, *lines) as (models, opened):
        assert await models.structured(call(), BRIEF, Draft, pieces.append) == GOOD
        spent = await opened.store.ledger.spent(by_run(call().header))
    assert joined(pieces) == ["Hello the", LETTER]
    assert spent.tokens > 57 + len('{"text": "Hello the') // 4
    assert spent.calls == 2


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (streams(event('{"text": "Hello the')), ModelUnavailable),
        (told('{"text": "Hel', finish="length"), InvalidAnswer),
    ],
)
async def test_a_draft_that_comes_to_nothing(tmp_path: Path, line: Line, error: type[Exception]) -> None:
    """Where the call fails, the last thing said takes all letters back."""
    pieces: list[Piece] = []
    async with gateway(tmp_path, line) as (models, _):
        with pytest.raises(error):
            await models.structured(call(), BRIEF, Draft, pieces.append)
    assert pieces[0].text
    assert pieces[-1] == Piece("", again=True)


async def test_a_whole_text_is_no_accepted_answer(tmp_path: Path) -> None:
    """A stream that ended for length is repaired once, whatever its JSON looks like."""
    pieces: list[Piece] = []
    short = Draft(text="Hello.")
    lines = [told(GOOD.model_dump_json(), finish="length"), told(short.model_dump_json())]
    async with gateway(tmp_path, *lines) as (models, opened):
        assert await models.structured(call(), BRIEF, Draft, pieces.append) == short
    assert joined(pieces) == [LETTER, "Hello."]
    outcomes = rows(opened.store.path, "SELECT outcome FROM model_calls ORDER BY rowid")
    assert outcomes == [("invalid",), ("ok",)]


async def test_a_stream_cut_by_its_caller_is_charged_in_full(tmp_path: Path) -> None:
    """Nobody knows what half a stream costs, so all that was reserved is charged; its letters are taken back."""
    pieces: list[Piece] = []
    begun = asyncio.Event()

    def says(piece: Piece) -> None:
        pieces.append(piece)
        begun.set()

    async with gateway(tmp_path, streams(event('{"text": "Hello the'), 0.3)) as (models, opened):
        asking = asyncio.create_task(models.structured(call(), BRIEF, Draft, says))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        spent = await opened.store.ledger.spent(by_run(call().header))
    assert spent.tokens > 1_500
    assert joined(pieces) == ["Hello the", ""]


async def test_traced_calls_stream_too(tmp_path: Path) -> None:
    """The port that writes traces hands the letters on."""
    pieces: list[Piece] = []
    async with gateway(tmp_path, told(GOOD.model_dump_json())) as (models, _):
        with tracing_context(enabled=False):
            assert await TracedModels(models).structured(call(), BRIEF, Draft, pieces.append) == GOOD
    assert joined(pieces) == [LETTER]
