"""Chats with the whole machine: each message a run, each run an answer."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from graph.chat import mark_of, of_run
from graph.context import RunContext
from graph.domain import Domain
from graph.errors import BadRequest, ThreadBusy
from machine_kit import ADA, ONLY_FIND, Machine, cancels_at, machine
from toydomain import toy

CONFIG: Final[Any] = {"configurable": {"thread_id": "chat"}}


def greeted(text: str) -> dict[str, Any]:
    """`greet NAME [PRICE]`."""
    word, _, rest = text.partition(" ")
    if word != "greet" or not rest:
        raise BadRequest("name: missing; write `greet NAME`")
    name, _, price = rest.partition(" ")
    return {"name": name, "price": int(price or 1)}


def talking(folder: Path) -> Domain:
    """The toy domain, which takes prose and answers in it."""
    return replace(
        toy(folder / "toy"),
        from_message=greeted,
        to_message=lambda data: f"I greeted {data['greeted']}." if data["greeted"] else None,
    )


async def said(opened: Machine, message: Any) -> dict[str, Any]:
    """One input of a chat, and the state after it."""
    context = RunContext(domain="toy")
    return await opened.runner.graph.ainvoke({"messages": [message]}, CONFIG, context=context, durability="sync")


def chat(messages: list[AnyMessage]) -> list[tuple[str | None, str]]:
    """What is not the orchestrator's own history."""
    return [(mark_of(message), message.text) for message in messages if mark_of(message) != "history"]


@pytest.mark.parametrize(
    "message",
    ["greet Ada", ("user", "greet Ada"), {"role": "user", "content": "greet Ada"}, HumanMessage('{"name": "Ada"}')],
)
async def test_a_message_is_a_job(tmp_path: Path, message: Any) -> None:
    """In every form, as prose and as JSON, a message runs to its outcome, and the domain's words answer it."""
    async with machine(tmp_path, domain=talking(tmp_path)) as opened:
        state = await said(opened, message)
        assert state["outcome"].data == {"greeted": "Ada"}
        (asked, answered) = chat(state["messages"])
        assert asked[0] == "job"
        assert answered == ("outcome", "I greeted Ada.")
        (view,) = await opened.store.reads.runs()
        assert view.job.request["name"] == "Ada"


async def test_a_chat_goes_on(tmp_path: Path) -> None:
    """Each message on a finished thread is a run of its own; the chat stays readable, and no model is shown it."""
    async with machine(tmp_path, domain=talking(tmp_path)) as opened:
        first = await said(opened, "greet Ada")
        second = await said(opened, "greet Bob")
        assert first["header"].run_id != second["header"].run_id
        assert [text for _, text in chat(second["messages"])] == [
            "greet Ada", "I greeted Ada.", "greet Bob", "I greeted Bob.",
        ]  # fmt: skip
        assert "Ada" not in str(of_run(second["messages"]))
        assert "Ada" not in opened.model.asked("plan")[-1].brief.history  # type: ignore[attr-defined]
        assert (await opened.runner.graph.aget_state(CONFIG)).values["messages"] == second["messages"]


async def test_a_request_after_a_chat(tmp_path: Path) -> None:
    """A request on the thread of a chat is the job, and begins with a clean sheet."""
    async with machine(tmp_path, domain=talking(tmp_path)) as opened:
        await said(opened, "greet Ada")
        state = await opened.runner.graph.ainvoke(
            {"request": {"name": "Bob"}}, CONFIG, context=RunContext(domain="toy"), durability="sync"
        )
        assert state["outcome"].data == {"greeted": "Bob"}
        assert "Ada" not in str(state["messages"])


@pytest.mark.parametrize("message", ["good morning", '{"name": ""}', 7, AIMessage("greet Ada"), ""])
async def test_a_bad_message(tmp_path: Path, message: Any) -> None:
    """A message that is no job ends as REJECTED, and the chat is told why; the next one may be good."""
    async with machine(tmp_path, domain=talking(tmp_path)) as opened:
        state = await said(opened, message)
        assert (state["status"], state["outcome"].cause) == ("rejected", "bad_request")
        assert chat(state["messages"])[-1] == ("outcome", state["outcome"].message)
        assert (await said(opened, "greet Bob"))["outcome"].data == {"greeted": "Bob"}


async def test_a_message_to_a_run_that_waits(tmp_path: Path) -> None:
    """It is refused, and what waits stays."""
    async with machine(tmp_path, domain=talking(tmp_path)) as opened:
        await said(opened, "greet Ada 500")
        before = await opened.runner.graph.aget_state(CONFIG)
        assert before.interrupts
        with pytest.raises(ThreadBusy):
            await said(opened, "hurry up")
        assert await opened.runner.graph.aget_state(CONFIG) == before


async def test_a_chat_that_fails_and_is_resumed(tmp_path: Path) -> None:
    """FAILED tells the chat why; after a resume the answer takes its place, at the end."""
    async with machine(tmp_path, domain=talking(tmp_path)) as opened:
        opened.backend.break_down("down")
        failed = await said(opened, "greet Ada")
        assert failed["status"] == "failed"
        assert chat(failed["messages"])[-1] == ("outcome", failed["outcome"].message)
        opened.backend.mend()
        done = await opened.runner.resume(failed["header"].run_id)
        messages = (await opened.values(done))["messages"]
        assert [text for _, text in chat(messages)] == ["greet Ada", "I greeted Ada."]
        assert mark_of(messages[-1]) == "outcome"


async def test_a_cancelled_chat(tmp_path: Path) -> None:
    """A run that its caller gave up tells the chat so."""
    async with machine(tmp_path, domain=talking(tmp_path), adapt=cancels_at("planning")) as opened:
        state = await said(opened, "greet Ada")
        assert chat(state["messages"])[-1] == ("outcome", "cancelled by the caller")


async def test_an_outcome_without_words(tmp_path: Path) -> None:
    """Where the domain has no words for an outcome, the outcome's line is the answer."""
    async with machine(tmp_path, {"plan": [ONLY_FIND]}, domain=talking(tmp_path)) as opened:
        state = await said(opened, "greet Ada")
        assert chat(state["messages"])[-1] == ("outcome", "only find")


async def test_every_run_is_answered(tmp_path: Path) -> None:
    """A run that came as a request ends with an answer too, so that a chat can be opened on any thread."""
    async with machine(tmp_path) as opened:
        view = await opened.run(ADA)
        assert chat((await opened.values(view))["messages"])[-1] == ("outcome", "greet Ada")
