"""Two pieces used without the rest: the gateway and the checkpointer."""

import asyncio
from collections.abc import Iterator
from operator import add
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel
from typing_extensions import TypedDict

from endpointkit import FakeEndpoint, fails, says, serving, used
from graph.errors import InvalidAnswer, ModelRefused, StorageError
from store_kit import rows
from surefoot import Budget, BudgetedModel, BudgetRefused, checkpointer

SORT = "Sort the message."


class Topic(BaseModel):
    """What a message is about."""

    topic: Literal["delivery", "refund"]


class Message(BaseModel):
    """A message in a shape of the user's own."""

    subject: str


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """An endpoint, and the settings that name it."""
    with serving(says('{"topic": "refund"}', usage=used(50, 7))) as served:
        monkeypatch.setenv("OPENAI_BASE_URL", served.url)
        monkeypatch.setenv("SUREFOOT_MODEL_LARGE", "big")
        monkeypatch.setenv("SUREFOOT_MODEL_SMALL", "little")
        yield served


@pytest.mark.parametrize(
    ("given", "told"), [("Money!", '"Money!"'), ({"a": 1}, '{"a":1}'), (Message(subject="Hi"), '{"subject":"Hi"}')]
)
async def test_ask(tmp_path: Path, endpoint: FakeEndpoint, given: Any, told: str) -> None:
    """Text, a dict or a model goes in under instructions; an answer of the type asked for comes out and is paid for."""
    async with BudgetedModel.open(tmp_path / "calls.db", "triage", budget=Budget(), tenant="acme") as model:
        assert await model.ask(SORT, given, Topic) == Topic(topic="refund")
        assert await model.ask(SORT, given, Topic, tier="small") == Topic(topic="refund")
        spent = await model.spent()
    assert (spent.calls, spent.tokens) == (2, 114)
    assert [request["model"] for request in endpoint.requests] == ["big", "little"]
    system, user = endpoint.requests[0]["messages"]
    assert (system["content"], user["content"]) == (SORT, told)
    told_of = "SELECT run_id, tenant, tier, prompt_tokens, completion_tokens, outcome FROM model_calls ORDER BY at"
    assert rows(tmp_path / "calls.db", told_of) == [
        ("model:triage", "acme", tier, 50, 7, "ok") for tier in ("large", "small")
    ]


async def test_the_budget_is_the_names(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    """What is over is refused before it is asked; opened again, a name has what was left, and another one its own."""
    for calls in (1, 2):
        async with BudgetedModel.open(tmp_path / "calls.db", "triage", budget=Budget(calls=2)) as model:
            await model.ask(SORT, "Hi", Topic)
            assert (await model.spent()).calls == calls
    async with BudgetedModel.open(tmp_path / "calls.db", "triage", budget=Budget(calls=2)) as model:
        with pytest.raises(BudgetRefused, match="would pass the run's budget"):
            await model.ask(SORT, "Hi", Topic)
    async with BudgetedModel.open(tmp_path / "calls.db", "other", budget=Budget(calls=2)) as model:
        await model.ask(SORT, "Hi", Topic)
    assert len(endpoint.requests) == 3


async def test_in_parallel(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    """However many ask at once, the budget holds to the full."""
    async with BudgetedModel.open(tmp_path / "calls.db", "triage", budget=Budget(calls=5)) as model:
        asked = [model.ask(SORT, str(number), Topic) for number in range(12)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert (await model.spent()).calls == 5
    assert sum(isinstance(answer, Topic) for answer in answers) == len(endpoint.requests) == 5
    assert sum(isinstance(answer, BudgetRefused) for answer in answers) == 7


async def test_what_goes_wrong(tmp_path: Path, endpoint: FakeEndpoint) -> None:
    """A broken answer is repaired once and both are paid; a wrong key is told by the name of its setting."""
    endpoint.lines = [says("{}"), says('{"topic": "delivery"}'), says("{}"), says("{}"), fails(401)]
    async with BudgetedModel.open(tmp_path / "calls.db", "triage", budget=Budget()) as model:
        assert await model.ask(SORT, "Hi", Topic) == Topic(topic="delivery")
        with pytest.raises(InvalidAnswer, match="gave no valid Topic"):
            await model.ask(SORT, "Hi", Topic)
        with pytest.raises(ModelRefused, match="OPENAI_API_KEY"):
            await model.ask(SORT, "Hi", Topic)
        assert (await model.spent()).calls == 5


async def test_opening_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint nothing is opened, and no file is made; a file that cannot be used is told in one line."""
    with pytest.raises(ModelRefused, match="set SUREFOOT_MODEL_LARGE, and OPENAI_API_KEY or OPENAI_BASE_URL"):
        async with BudgetedModel.open(tmp_path / "calls.db", "triage", budget=Budget()):
            pass
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StorageError, match="is a directory"):
        async with checkpointer(tmp_path):
            pass


class Basket(BaseModel):
    """A class of the user's own."""

    items: list[str]


class Order(TypedDict, total=False):
    """A state of the user's own."""

    basket: Basket
    steps: Annotated[list[str], add]


async def fill(state: Order) -> Order:
    """The first step."""
    return {"basket": Basket(items=["lamp"]), "steps": ["fill"]}


async def pay(state: Order) -> Order:
    """Asks a person."""
    return {"steps": [f"pay: {interrupt('pay?')}"]}


CONFIG: RunnableConfig = {"configurable": {"thread_id": "order-1"}}


def ordering(saver: Any) -> CompiledStateGraph[Order, None, Order, Order]:
    """A graph that knows nothing of Surefoot."""
    return StateGraph(Order).add_sequence([fill, pay]).set_entry_point("fill").compile(checkpointer=saver)


async def test_any_graph(tmp_path: Path) -> None:
    """Another graph's interrupt outlives its process; classes that are named come back as themselves."""
    async with checkpointer(tmp_path / "orders.db", Basket) as saver:
        await ordering(saver).ainvoke({}, CONFIG, durability="sync")
    async with checkpointer(tmp_path / "orders.db", Basket) as saver:
        paid: Command[str] = Command(resume="yes")
        done = await ordering(saver).ainvoke(paid, CONFIG, durability="sync")
    assert done["steps"] == ["fill", "pay: yes"]
    assert done["basket"] == Basket(items=["lamp"])


async def test_classes_that_are_not_named(tmp_path: Path) -> None:
    """A checkpoint is rebuilt into nothing that is not listed: it comes back as plain data."""
    async with checkpointer(tmp_path / "orders.db") as saver:
        await ordering(saver).ainvoke({}, CONFIG, durability="sync")
        assert (await ordering(saver).aget_state(CONFIG)).values["basket"] == {"items": ["lamp"]}


async def test_two_graphs_on_one_file(tmp_path: Path) -> None:
    """Graphs that share the file keep apart by their threads."""
    other: RunnableConfig = {"configurable": {"thread_id": "order-2"}}
    async with (
        checkpointer(tmp_path / "orders.db", Basket) as one,
        checkpointer(tmp_path / "orders.db", Basket) as two,
    ):
        await asyncio.gather(
            ordering(one).ainvoke({}, CONFIG, durability="sync"), ordering(two).ainvoke({}, other, durability="sync")
        )
        for saver in (one, two):
            for config in (CONFIG, other):
                assert (await ordering(saver).aget_state(config)).values["steps"] == ["fill"]


async def test_a_router_that_raises(tmp_path: Path) -> None:
    """A node whose router failed is not taken for finished: the graph goes on with it, not past its end."""
    faults = [ConnectionError("the first time only")]

    def route(state: Order) -> str:
        if faults:
            raise faults.pop()
        return "pay"

    builder = StateGraph(Order).add_node(fill).add_node(pay).set_entry_point("fill")
    builder.add_conditional_edges("fill", route, ["pay"])
    async with checkpointer(tmp_path / "orders.db", Basket) as saver:
        graph = builder.compile(checkpointer=saver)
        with pytest.raises(ConnectionError):
            await graph.ainvoke({}, CONFIG, durability="sync")
        await graph.ainvoke(None, CONFIG, durability="sync")
        found = await graph.aget_state(CONFIG)
    assert (found.next, found.values["steps"]) == (("pay",), ["fill"])


async def test_a_failed_task_keeps_its_failure_only(tmp_path: Path) -> None:
    """A task that is cancelled on its way out has no writes in the file, only that it failed: it runs again."""
    async with checkpointer(tmp_path / "orders.db") as saver:
        place: RunnableConfig = {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "c"}}
        failed = [("steps", ["fill"]), ("__resume__", ["yes"]), ("__error__", asyncio.CancelledError())]
        await saver.aput_writes(place, failed, "task")
        await saver.aput_writes(place, [("steps", ["pay"])], "another")
    written = rows(tmp_path / "orders.db", "SELECT task_id, channel FROM writes ORDER BY task_id, idx")
    assert written == [("another", "steps"), ("task", "__resume__"), ("task", "__error__")]
