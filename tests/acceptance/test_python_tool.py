import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableConfig

from acceptance.command import CASES, customer
from stuckmodel import StuckModel
from surefoot import Surefoot
from surefoot.domains.support.schemas import SupportRequest
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.rehearsal import effects, letters

WHERE = CASES["where_is_my_order"].request
LARGE = CASES["large_refund"].request
HELLO: Any = {"messages": [("user", "Here are some tickets.")]}
CONFIG: RunnableConfig = {"configurable": {"thread_id": "chat-1"}}


class ScriptedChat(GenericFakeChatModel):
    """A chat model that says its lines, whatever tools it is given."""

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, AIMessage]:
        """Itself."""
        return self


def calling(*requests: dict[str, Any]) -> ScriptedChat:
    """Calls the tool with each request, all at once, then answers."""
    calls = [{"name": "support", "args": request, "id": f"call-{number}"} for number, request in enumerate(requests)]
    return ScriptedChat(messages=iter([AIMessage("", tool_calls=calls), AIMessage("Done.")]))


def told(state: dict[str, Any]) -> list[Any]:
    """What the tool answered."""
    return [json.loads(str(message.content)) for message in state["messages"] if isinstance(message, ToolMessage)]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The shop beside the database."""
    return open_shop(tmp_path / "surefoot-data" / "support" / "shop.db")


@pytest.fixture
async def agent(tmp_path: Path, shop: Shop) -> AsyncIterator[Surefoot]:
    """An open agent."""
    async with Surefoot.open(tmp_path / "surefoot.db") as opened:
        yield opened


def test_its_schema(tmp_path: Path) -> None:
    """The tool has the domain's name, purpose and request schema; name and description can be one's own."""
    with Surefoot.sync(tmp_path / "surefoot.db") as agent:
        tool = agent.as_tool()
        assert (tool.name, tool.args_schema) == ("support", SupportRequest)
        assert tool.description == agent._background.held.assembly.catalog.get("support").purpose
        renamed = agent.as_tool("ticket", "Handle a ticket.")
        assert (renamed.name, renamed.description) == ("ticket", "Handle a ticket.")


async def test_called_by_hand(agent: Surefoot) -> None:
    """Without any graph around it, each call is a run whose outcome comes back as JSON."""
    answers = [json.loads(await agent.as_tool().ainvoke(WHERE)) for _ in range(2)]
    runs = await agent.runs()
    assert [answer["run_id"] for answer in answers] == [run.id for run in reversed(runs)]
    assert {answer["status"] for answer in answers} == {"complete"}
    assert runs[0].outcome is not None
    assert answers[1]["outcome"] == runs[0].outcome.data
    assert answers[1]["card"] is None


async def test_in_create_agent(agent: Surefoot, shop: Shop) -> None:
    """A LangChain agent calls it, twice at once: what is done comes back done, what waits with its card and run id."""
    chat = create_agent(calling(WHERE, LARGE), [agent.as_tool()], checkpointer=agent.saver)
    state = await chat.ainvoke(HELLO, CONFIG, durability="sync")
    done, waiting = told(state)
    assert (done["status"], waiting["status"]) == ("complete", "waiting")
    assert "**approve**" in waiting["card"]
    assert waiting["outcome"] is None
    assert len(letters(shop, customer("where_is_my_order"))) == 1
    assert (await agent.decide(waiting["run_id"], "approve", actor="kim")).status == "complete"


def test_in_a_synchronous_agent(tmp_path: Path, shop: Shop) -> None:
    """The tool of an agent without `await` serves graphs that are invoked without."""
    with Surefoot.sync(tmp_path / "surefoot.db") as agent:
        chat = create_agent(calling(WHERE), [agent.as_tool()])
        (done,) = told(chat.invoke(HELLO))
        assert agent.get(done["run_id"]).status == done["status"] == "complete"


async def test_a_replayed_call_is_the_same_run(tmp_path: Path, shop: Shop) -> None:
    """The process dies while the tool runs; the chat goes on, and the call finds its run again."""
    model = StuckModel()
    async with Surefoot.open(tmp_path / "surefoot.db", provider=model) as agent:
        chat = create_agent(calling(WHERE), [agent.as_tool()], checkpointer=agent.saver)
        invoked = asyncio.create_task(chat.ainvoke(HELLO, CONFIG, durability="sync"))
        assert await asyncio.to_thread(model.asked.wait, 20)
        invoked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await invoked
        (before,) = await agent.runs()
    async with Surefoot.open(tmp_path / "surefoot.db") as agent:
        rest = ScriptedChat(messages=iter([AIMessage("Done.")]))
        chat = create_agent(rest, [agent.as_tool()], checkpointer=agent.saver)
        (done,) = told(await chat.ainvoke(None, CONFIG, durability="sync"))
        (after,) = await agent.runs()
    assert before.id == after.id == done["run_id"]
    assert (before.status, after.status) == ("interrupted", "complete")
    assert [effect["operation"] for effect in effects(shop)] == ["send_reply"]


async def test_a_bad_call_is_told_to_the_model(agent: Surefoot) -> None:
    """Arguments that break the schema come back to the model as a tool error; no run comes of them."""
    chat = create_agent(calling({"message": 7}), [agent.as_tool()])
    state = await chat.ainvoke(HELLO)
    (answer,) = [message for message in state["messages"] if isinstance(message, ToolMessage)]
    assert answer.status == "error"
    assert "customer_email" in str(answer.content)
    assert await agent.runs() == []


async def test_a_run_that_is_driven_already(agent: Surefoot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process drives the very run, the model is told so in one line."""
    elsewhere = agent.assembly.store.leases
    monkeypatch.setattr("surefoot.api.tool.digest", lambda *_: "r")
    assert await elsewhere.claim("r", "another process", 30)  # type: ignore[arg-type]
    chat = create_agent(calling(WHERE), [agent.as_tool()], checkpointer=agent.saver)
    state = await chat.ainvoke(HELLO, CONFIG)
    (answer,) = [message for message in state["messages"] if isinstance(message, ToolMessage)]
    assert (answer.status, "is driven by another process" in str(answer.content)) == ("error", True)


class Heard(AsyncCallbackHandler):
    """The names of all that the caller's callbacks are told of."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    async def on_chain_start(
        self, serialized: dict[str, Any], inputs: dict[str, Any], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """A graph or a node began."""
        self.names.add(str(kwargs.get("name")))


async def test_what_happens_inside_stays_inside(agent: Surefoot) -> None:
    """Whoever streams or traces the calling agent hears of the tool, never of the run's own steps or drafts."""
    heard = Heard()
    chat = create_agent(calling(WHERE), [agent.as_tool()], checkpointer=agent.saver)
    config: RunnableConfig = {**CONFIG, "callbacks": [heard]}
    streamed = [chunk async for chunk in chat.astream(HELLO, config, stream_mode="custom")]
    assert streamed == []
    assert "tools" in heard.names
    assert heard.names.isdisjoint({"intake", "planning", "executing", "worker", "reviewing", "complete"})
