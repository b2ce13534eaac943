import asyncio
import dataclasses
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agentkit import calls, chat, thread, told, tool_graph, wish
from fakes import FakeClock
from graph.declare import Declared
from graph.domain import Tool
from graph.errors import DomainMistake
from graph.limits import BreakerRule
from graph.toolcall import ToolError
from mcpkit import DECLARED, NOTE, READ, Shop, free_port, served, stdio
from toolbox import Bench, context, domain
from tools.adapt.mcp import mcp_tools
from tools.harden import harden

IMPATIENT = dataclasses.replace(READ, timeout_seconds=0.6, attempts=1)


class Counter:
    """The pipeline over the tools of one server."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self.tools = tools
        self.bench = Bench()
        self.domain = domain(*tools)

    async def value(self, name: str, task: str = "1/t", **args: Any) -> Any:
        """The value of a call that must succeed."""
        result = await self.bench.call(self.domain, args, name=name, by=context(task))
        assert result.ok, result.error
        return result.value

    async def error(self, name: str, task: str = "1/t", **args: Any) -> ToolError:
        """The error of a call that must fail."""
        return await self.bench.error(self.domain, args, name=name, by=context(task))


@pytest.fixture(params=["stdio", "http"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A way to the server, over either transport."""
    if request.param == "stdio":
        yield stdio(tmp_path)
        return
    port = free_port()
    with served(tmp_path, port):
        yield http(port)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """What the server acts on, and how it misbehaves."""
    return Shop(tmp_path)


def http(port: int) -> Any:
    """The way to a server on a port."""
    return {"transport": "streamable_http", "url": f"http://127.0.0.1:{port}/mcp"}


@asynccontextmanager
async def counter(connection: Any, **changed: Declared) -> AsyncIterator[Counter]:
    """The server's tools behind the pipeline."""
    async with mcp_tools(connection, DECLARED | changed) as tools:
        yield Counter(tools)


async def test_tools_are_what_the_domain_declares(tmp_path: Path) -> None:
    """Schemas and purposes are the server's; what they may do is ours, whatever it hints; the key is hidden."""
    async with mcp_tools(stdio(tmp_path), DECLARED, prefix="shop_") as tools:
        named = {tool.name: tool for tool in tools}
    refund = named["shop_refund"]
    assert (refund.purpose, refund.effect, refund.stakes) == ("Pay an order back.", "irreversible", "money")
    assert list(refund.input.model_json_schema()["properties"]) == ["order_id", "cents"]
    assert set(refund.output.model_fields) == {"order_id", "cents", "number"}
    assert {tool.name for tool in tools if tool.effect == "read"} == {
        "shop_find_order",
        "shop_describe",
        "shop_announce",
    }


async def test_values_are_structured_where_the_server_says_how(connection: Any) -> None:
    """Structured content by its output schema, a text otherwise; arguments are repaired in form only."""
    async with counter(connection) as shop:
        assert await shop.value("find_order", order_id="A1") == {"order_id": "A1", "cents": 1990}
        assert await shop.value("describe", order_id="A1", style=None) == {"content": "A1, plainly"}
        assert await shop.value("refund", order_id="A1", cents="5") == {"order_id": "A1", "cents": 5, "number": 1}
        assert (await shop.error("find_order", order_id=5)).message == "find_order: order_id: must be string"
        assert (await shop.error("find_order")).message == "find_order: order_id: this field is required"


async def test_an_effect_is_made_once_under_one_key(tmp_path: Path, shop: Shop) -> None:
    """A repeated call is answered from the journal; the server has been given a key of ours."""
    async with counter(stdio(tmp_path)) as desk:
        first = await desk.value("refund", order_id="A1", cents=5)
        assert await desk.value("refund", "2/t", order_id="A1", cents=5.0) == first
        assert (await desk.error("refund", "3/t", order_id="A1", cents=6)).code == "conflict"
    (refund,) = shop.refunds()
    assert refund["key"].startswith("refund-")


async def test_a_refusal_is_the_backends_own_word(connection: Any, shop: Shop) -> None:
    """An isError goes to the model, is not tried again and opens no breaker; of an effect without keys nobody knows."""
    async with counter(connection) as desk:
        for number in range(6):
            shop.misbehave("refuses")
            refused = await desk.error("find_order", order_id=f"A{number}")
            assert (refused.code, refused.attempts) == ("invalid_input", 1)
            assert "this order is not known here" in refused.message
        shop.misbehave("refuses")
        assert (await desk.error("add_note", order_id="A1", text="x")).code == "unknown_outcome"
    async with counter(connection, add_note=dataclasses.replace(NOTE, clean_refusals=True)) as desk:
        shop.misbehave("refuses")
        assert (await desk.error("add_note", order_id="A1", text="x")).code == "invalid_input"
        assert await desk.value("add_note", order_id="A1", text="x") == {"result": "noted x on A1"}


async def test_an_answer_against_the_servers_own_schema_is_refused(tmp_path: Path, shop: Shop) -> None:
    """Structured nonsense reaches no model, and the fault is named without the value."""
    async with counter(stdio(tmp_path)) as desk:
        shop.misbehave("nonsense")
        wrong = await desk.error("find_order", order_id="A1")
    assert wrong.code == "invalid_output"
    assert "cents: must be integer" in wrong.message
    assert "many" not in wrong.message


@pytest.mark.parametrize(
    ("declared", "line"),
    [
        ({"refund": READ}, "tool find_order: offered by the server, but not declared; say what it may do: Declared("),
        (DECLARED | {"cancel": READ}, "tool cancel: declared, but the server offers find_order, describe, announce"),
        (DECLARED | {"refund": Declared(effect="write")}, "tool refund: an effect needs an identity"),
        (
            DECLARED | {"refund": dataclasses.replace(DECLARED["refund"], identity=("order",))},
            "tool refund: identity names",
        ),
        (
            DECLARED | {"refund": dataclasses.replace(DECLARED["refund"], key_argument="key")},
            "tool refund: key_argument is",
        ),
    ],
)
async def test_what_is_not_declared_rightly_is_refused(tmp_path: Path, declared: Any, line: str) -> None:
    """A hint of the server's is no permission: each tool needs the domain's word, and it must fit."""
    with pytest.raises(DomainMistake) as raised:
        async with mcp_tools(stdio(tmp_path), declared):
            pass
    assert any(said.startswith(line) for said in str(raised.value).splitlines()), str(raised.value)


async def test_a_server_that_dies_is_started_anew(tmp_path: Path, shop: Shop) -> None:
    """A read is made again; an effect too, under the same key, so the money goes out once."""
    async with counter(stdio(tmp_path)) as desk:
        shop.misbehave("dies")
        assert await desk.value("find_order", order_id="A1") == {"order_id": "A1", "cents": 1990}
        shop.misbehave("dies_after")
        assert (await desk.value("refund", order_id="A1", cents=5))["number"] == 1
        shop.misbehave("dies")
        lost = await desk.error("add_note", order_id="A1", text="x")
        assert (lost.code, lost.attempts) == ("unknown_outcome", 1)
    assert len(shop.refunds()) == 1


async def test_a_server_that_stays_dead_is_withdrawn(tmp_path: Path, shop: Shop) -> None:
    """Its death is an outage: tried again, then held against the tool until the breaker opens."""
    fragile = dataclasses.replace(READ, attempts=1, breaker=BreakerRule(faults=2))
    async with counter(stdio(tmp_path), find_order=fragile) as desk:
        shop.misbehave("dies", 9)
        codes = [(await desk.error("find_order", order_id=f"A{number}")).code for number in range(3)]
    assert codes == ["unavailable", "unavailable", "withdrawn"]


async def test_a_server_over_http_that_goes_and_comes_back(tmp_path: Path) -> None:
    """Gone, it is unavailable at once; back, the next call opens a session that the new server knows."""
    port = free_port()
    with served(tmp_path, port):
        link = mcp_tools(http(port), DECLARED | {"find_order": dataclasses.replace(READ, attempts=1)})
        tools = await link.__aenter__()
    try:
        desk = Counter(tools)
        gone = await desk.error("find_order", order_id="A1")
        assert (gone.code, gone.retryable) == ("unavailable", True)
        with served(tmp_path, port):
            assert await desk.value("find_order", order_id="A2") == {"order_id": "A2", "cents": 1990}
    finally:
        await link.__aexit__(None, None, None)


async def test_a_server_that_hangs_ends_in_a_timeout(tmp_path: Path, shop: Shop) -> None:
    """The call ends in its time; the next one finds out that nobody is there, and starts a server that is."""
    async with counter(
        stdio(tmp_path), find_order=IMPATIENT, describe=dataclasses.replace(READ, timeout_seconds=20)
    ) as desk:
        shop.misbehave("hangs")
        assert (await desk.error("find_order", order_id="A1")).code == "timeout"
        shop.mend()
        assert await desk.value("describe", order_id="A1") == {"content": "A1, plainly"}


async def test_noise_between_the_answers_is_no_answer(tmp_path: Path, shop: Shop) -> None:
    """A server that prints to its output is understood all the same, as long as it answers."""
    async with counter(stdio(tmp_path)) as desk:
        shop.misbehave("noise")
        assert await desk.value("describe", order_id="A1") == {"content": "A1, plainly"}


async def test_a_schema_that_changes_withdraws_its_tool(tmp_path: Path, shop: Shop) -> None:
    """A new server offers something else under the name: it is not called, the others are."""
    async with counter(stdio(tmp_path)) as desk:
        shop.misbehave("changed")
        shop.misbehave("dies")
        assert await desk.value("find_order", order_id="A1") == {"order_id": "A1", "cents": 1990}
        changed = await desk.error("add_note", order_id="A1", text="x")
        assert (changed.code, changed.retryable) == ("withdrawn", False)
        assert "its server has changed its schema" in changed.message


async def test_a_tool_that_is_taken_away_is_withdrawn(connection: Any) -> None:
    """The server's own notice is enough."""
    async with counter(connection) as desk:
        assert await desk.value("add_note", order_id="A1", text="x") == {"result": "noted x on A1"}
        await desk.value("announce")
        gone = await desk.error("add_note", "2/t", order_id="A2", text="x")
        assert (gone.code, "does not offer it any more" in gone.message) == ("withdrawn", True)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (
            {"transport": "stdio", "command": "no-such-server", "args": []},
            "the MCP server no-such-server cannot be used: FileNot",
        ),
        (
            {"transport": "pigeon"},
            "the MCP server without a url or a command cannot be used: ValueError: Unsupported transport",
        ),
        ("nobody", "cannot be used: ConnectError"),
        ("silent", "cannot be used: ConnectionResetError"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_at_once(where: Any, line: str) -> None:
    """One line that names the server and why."""
    given = {"nobody": http(free_port()), "silent": {"transport": "stdio", "command": "true", "args": []}}
    with pytest.raises(ConnectionError) as raised:
        async with mcp_tools(given.get(where, where) if isinstance(where, str) else where, {}):
            pass
    assert line in str(raised.value)


async def test_many_calls_share_one_session(connection: Any) -> None:
    """Calls run side by side, and nobody gets another's answer."""
    async with counter(connection) as desk:
        orders = [f"A{number}" for number in range(20)]
        values = await asyncio.gather(*(desk.value("find_order", order, order_id=order) for order in orders))
    assert [value["order_id"] for value in values] == orders


async def test_no_server_is_left_behind(tmp_path: Path) -> None:
    """The process that was started ends with the context, even where the body raises."""
    before = children()

    async def body() -> None:
        async with counter(stdio(tmp_path)):
            assert children() - before
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        await body()
    assert children() == before


def children() -> set[int]:
    """The living processes that this one started."""
    found: set[int] = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = entry.read_text().rsplit(")", 1)
        except FileNotFoundError:
            continue
        state, parent, *_ = rest.split()
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(name.split(" ")[0]))
    return found


async def test_a_killed_server_takes_nothing_with_it(tmp_path: Path) -> None:
    """A kill -9 between two calls is noticed by the next, which starts another."""
    before = children()
    async with counter(stdio(tmp_path)) as desk:
        for process in children() - before:
            os.kill(process, signal.SIGKILL)
        assert await desk.value("find_order", order_id="A1") == {"order_id": "A1", "cents": 1990}


async def test_an_mcp_tool_works_in_anybodys_graph(connection: Any) -> None:
    """Hardened outside Surefoot's machine: a ToolNode calls it, in its own loop or from a thread without one."""
    async with mcp_tools(connection, DECLARED) as tools:
        find = harden(next(tool for tool in tools if tool.name == "find_order"), clock=FakeClock())
        graph = tool_graph(find)
        given = {"messages": [chat(calls(wish("find_order", order_id="A1"))).invoke("go")]}
        (message,) = told(await graph.ainvoke(given, thread("t1")))
        assert message.content == '{"cents": 1990, "order_id": "A1"}'
        (message,) = told(await asyncio.to_thread(graph.invoke, given, thread("t2")))
        assert message.status == "success"
