"""The three that `model_turn.py` compares, each over the same endpoint, with the same tool and a SQLite file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
    ToolCallLimitMiddleware,
    ToolRetryMiddleware,
)
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from pydantic import SecretStr

from graph.contract import Plan
from graph.domain import Domain, Policy, Tool
from graph.toolloop import model_worker
from graph.values import Frozen
from surefoot import Settings, Surefoot
from surefoot.clock import SystemClock
from surefoot.models.choice import answering

Run = Callable[[int], Awaitable[int]]
"""Makes one run; returns how many model calls it made."""


@tool
async def look_up(key: str) -> str:
    """Look a key up."""
    return f'{{"key": "{key}", "value": 1}}'


def _model(url: str) -> ChatOpenAI:
    return ChatOpenAI(model="m", base_url=url, api_key=SecretStr("none"), max_retries=0)


@asynccontextmanager
async def bare_langgraph(url: str, folder: Path) -> AsyncIterator[Run]:
    """Two nodes and a saver: what LangGraph itself costs."""
    model = _model(url).bind_tools([look_up])

    async def think(state: MessagesState) -> dict[str, list[Any]]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    def after(state: MessagesState) -> str:
        last = state["messages"][-1]
        return "act" if isinstance(last, AIMessage) and last.tool_calls else END

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("act", ToolNode([look_up]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", after, ["act", END])
    graph.add_edge("act", "think")
    async with AsyncSqliteSaver.from_conn_string(str(folder / "bare.db")) as saver:
        yield _runs(graph.compile(checkpointer=saver))


@asynccontextmanager
async def create_agent_with_six(url: str, folder: Path) -> AsyncIterator[Run]:
    """LangChain's agent with the six middlewares that come closest to what Surefoot does by itself."""
    model = _model(url)
    middleware: list[Any] = [
        SummarizationMiddleware(model=model, trigger=("tokens", 20_000)),
        HumanInTheLoopMiddleware(interrupt_on={"pay": True}),
        ModelCallLimitMiddleware(run_limit=50),
        ToolCallLimitMiddleware(run_limit=50),
        ModelRetryMiddleware(),
        ToolRetryMiddleware(),
    ]
    async with AsyncSqliteSaver.from_conn_string(str(folder / "agent.db")) as saver:
        yield _runs(create_agent(model, [look_up], middleware=middleware, checkpointer=saver))


def _runs(graph: Any) -> Run:
    async def run(number: int) -> int:
        config = {"configurable": {"thread_id": f"t{number}"}, "recursion_limit": 100}
        state = await graph.ainvoke({"messages": [("user", "What is there?")]}, config, durability="sync")
        turns = [message for message in state["messages"] if isinstance(message, AIMessage)]
        assert len(turns) == 6, state
        return len(turns)

    return run


class Key(Frozen):
    """Input of `look_up`."""

    key: str


class Found(Frozen):
    """Output of `look_up`."""

    key: str
    value: int


class Question(Frozen):
    """The job, and the worker's input."""

    question: str


class Words(Frozen):
    """What the worker gives."""

    text: str


async def _found(given: Key) -> Found:
    return Found(key=given.key, value=1)


def domain(_folder: Path) -> Domain:
    """One model worker with one tool, and nothing to deliver."""
    look = Tool("look_up", "Look a key up.", Key, Found, _found)
    return Domain(
        name="turns",
        purpose="Looks five keys up.",
        request=Question,
        outcome=Frozen,
        tools=(look,),
        workers=(model_worker("look_around", "Look around.", Question, Words, (look,)),),
        policy=Policy(gates={("read", "none"): "free"}),
        prompts={},
        rules={"plan": _never, "work:look_around": _never, "review": _never, "summarize": _never},
    )


def _never(_brief: Any) -> Plan:
    raise AssertionError("the endpoint answers here")


@asynccontextmanager
async def surefoot_agent(url: str, folder: Path) -> AsyncIterator[Run]:
    """The whole of it: states, records, ledger, hardened tools, review."""
    given = {"db": folder / "surefoot.db", "model_large": "m", "openai_base_url": url}
    async with (
        answering(Settings.model_validate(given), SystemClock()) as provider,
        Surefoot.open(folder / "surefoot.db", domain="benchmarks.contenders:domain", provider=provider) as agent,
    ):

        async def run(_number: int) -> int:
            ended = await agent.run({"question": "What is there?"})
            assert ended.status == "complete", ended
            return ended.spend.calls

        yield run
