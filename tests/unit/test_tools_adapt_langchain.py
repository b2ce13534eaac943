import threading
from typing import Annotated, Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, StructuredTool, ToolException
from langchain_core.tools import Tool as SingleInputTool
from langchain_core.tools import tool as langchain_tool
from langgraph.prebuilt import InjectedState, ToolRuntime
from langgraph.types import Command
from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from graph.errors import DomainMistake
from graph.toolcall import ToolError, ToolResult
from graph.values import Json
from toolbox import Bench
from tools.adapt.langchain import from_langchain


class Search(BaseModel):
    """An input of somebody's tool."""

    model_config = ConfigDict(extra="forbid")
    query: str
    limit: int = 3


class Hits(BaseModel):
    """An output."""

    hits: list[str]


async def search(query: str, limit: int = 3) -> list[str]:
    """Search the help pages."""
    return [query] * limit


async def result(base: BaseTool, args: Json, **said: Any) -> ToolResult:
    """What the tool answers through the pipeline."""
    used = from_langchain(base, **said)
    return await Bench().call(used, args, name=used.name)


async def value(base: BaseTool, args: Json, **said: Any) -> Any:
    """The value of a call that must succeed."""
    told = await result(base, args, **said)
    assert told.ok, told.error
    return told.value


async def error(base: BaseTool, args: Json, **said: Any) -> ToolError:
    """The error of a call that must fail."""
    told = await result(base, args, **said)
    assert told.error is not None, told.value
    return told.error


def structured(function: Any, **more: Any) -> BaseTool:
    """A LangChain tool of an async function."""
    return StructuredTool.from_function(coroutine=function, **more)


async def test_a_tool_with_a_pydantic_schema_is_adapted_as_it_is() -> None:
    """Name, description and schema are its own, and its text is the content."""
    used = from_langchain(structured(search, args_schema=Search))
    assert (used.name, used.purpose, used.input) == ("search", "Search the help pages.", Search)
    assert await value(structured(search, args_schema=Search), {"query": "a", "limit": 2}) == {"content": ["a", "a"]}


@pytest.mark.parametrize(
    ("args", "field"), [({"query": "a", "limit": "many"}, "limit"), ({}, "query"), ({"query": "a", "x": 1}, "x")]
)
async def test_bad_arguments_do_not_reach_it(args: Json, field: str) -> None:
    """The schema's own rules hold before the tool is called."""
    told = await error(structured(search, args_schema=Search), args)
    assert told.code == "invalid_input"
    assert f"{field}: " in told.message


SCHEMA: Json = {
    "type": "object", "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["query"],
    "additionalProperties": False,
}  # fmt: skip


async def test_a_raw_schema_is_held_to_and_repaired() -> None:
    """LangChain itself does not look at a raw schema; the pipeline does."""
    base = structured(search, args_schema=SCHEMA, description="Search.")
    assert await value(base, {"query": "a", "limit": "1"}) == {"content": ["a"]}
    told = await error(base, {"query": "a", "limit": 1.5})
    assert (told.code, told.message) == ("invalid_input", "search: limit: must be integer")


async def test_an_artifact_is_the_value_where_an_output_is_declared() -> None:
    """The artifact is for programs; where it is no object, the content is read as JSON."""

    async def both(query: str) -> tuple[str, Any]:
        """Search."""
        return "found it", {"hits": [query]}

    base = structured(both, response_format="content_and_artifact")
    assert await value(base, {"query": "a"}, output=Hits) == {"hits": ["a"]}
    assert await value(base, {"query": "a"}) == {"content": "found it"}

    async def plain(query: str) -> Json:
        """Search."""
        return {"hits": [query]}

    raw: Json = {"type": "object", "properties": {"hits": {"type": "array"}}, "required": ["hits"]}
    assert await value(structured(plain), {"query": "a"}, output=raw) == {"hits": ["a"]}


@pytest.mark.parametrize("said", ["prose", '{"hits": 5}', "[]"])
async def test_an_answer_against_the_declared_output_is_refused(said: str) -> None:
    """Prose where an object is promised is no answer."""

    async def lies() -> str:
        """Lie."""
        return said

    assert (await error(structured(lies), {}, output=Hits)).code == "invalid_output"


async def refuses(order_id: str) -> str:
    """Refund an order."""
    raise ToolException(f"{order_id} was refunded yesterday")


@pytest.mark.parametrize("handled", [False, True])
async def test_its_own_no_goes_to_the_model_and_is_no_fault(handled: bool) -> None:
    """Raised or handled by itself, a ToolException is the backend's word: told, not retried, not held against it."""
    bench, used = Bench(), from_langchain(structured(refuses, handle_tool_error=handled))
    for number in range(6):
        told = await bench.error(used, {"order_id": f"A{number}"}, name="refuses")
        assert (told.code, told.message) == ("invalid_input", f"refuses answers: A{number} was refunded yesterday")
        assert (told.retryable, told.attempts) == (False, 1)
        assert "correct the call" in told.hint


@pytest.mark.parametrize(
    ("said", "code"),
    [({}, "unknown_outcome"), ({"clean_refusals": True}, "invalid_input"),
     ({"honours_keys": True, "key_argument": "key"}, "invalid_input")],
)  # fmt: skip
async def test_an_effects_no_is_believed_as_declared(said: Json, code: str) -> None:
    """An error may come after the effect: only keys, or the domain's own word, make a refusal certain."""

    async def pay(order_id: str, key: str = "") -> str:
        """Pay."""
        raise ToolException("the bank said no")

    told = await error(structured(pay), {"order_id": "A1"}, effect="write", identity=("order_id",), **said)
    assert told.code == code
    assert "the bank said no" in told.message


async def test_a_crash_is_a_fault() -> None:
    """Anything else that it raises is its defect, and its text stays in the log."""

    async def crashes() -> str:
        """Crash."""
        raise ZeroDivisionError("password=1234")

    told = await error(structured(crashes), {})
    assert (told.code, told.message) == ("internal", "crashes raised ZeroDivisionError")


async def test_an_outage_is_tried_again() -> None:
    """What the pipeline knows as an outage is one here too."""
    tries: list[int] = []

    async def shaky() -> str:
        """Shake."""
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        return "well"

    assert await value(structured(shaky), {}) == {"content": "well"}
    assert len(tries) == 3


async def test_the_key_goes_where_it_is_declared_and_no_model_sees_it() -> None:
    """It is taken out of the shown schema, and put into the call."""
    seen: list[str] = []

    async def refund(order_id: str, idempotency_key: str) -> str:
        """Pay back."""
        seen.append(idempotency_key)
        return "paid"

    said: Any = {"effect": "write", "identity": ("order_id",), "honours_keys": True, "key_argument": "idempotency_key"}
    used, bench = from_langchain(structured(refund), **said), Bench()
    assert list(used.input.model_json_schema()["properties"]) == ["order_id"]
    for _ in range(2):
        assert (await bench.call(used, {"order_id": "A1"}, name="refund")).value == {"content": "paid"}
    assert len(seen) == 1
    assert seen[0].startswith("refund-")


async def test_a_tool_without_async_runs_beside_the_loop() -> None:
    """A sync tool never blocks the event loop; the pipeline's own threads carry it."""
    ran: list[str] = []

    @langchain_tool
    def slow(query: str) -> str:
        """Search slowly."""
        ran.append(threading.current_thread().name)
        return query

    assert await value(slow, {"query": "a"}) == {"content": "a"}
    assert ran == ["surefoot-tool"]


class Own(BaseTool):
    """A tool written as a class."""

    name: str = "own"
    description: str = "Do something of one's own."

    def _run(self, text: str, times: int = 1) -> str:
        return text * times


async def test_classes_and_single_inputs_are_tools_too() -> None:
    """A subclass's signature is its schema; the oldest form takes one text."""
    assert await value(Own(), {"text": "a", "times": 2}) == {"content": "aa"}
    old = SingleInputTool(name="echo", description="Say it again.", func=lambda text: text)
    assert await value(old, {"__arg1": "a"} if "__arg1" in old.args else {"tool_input": "a"}) == {"content": "a"}
    assert (await error(old, {"other": "a"})).code == "invalid_input"


async def test_its_own_validators_have_a_say() -> None:
    """What only they know is an invalid input, with the field and without the value; secrets arrive as they are."""

    class Login(BaseModel):
        user: str
        password: SecretStr

        @model_validator(mode="after")
        def _not_root(self) -> "Login":
            if self.user == "root":
                raise ValueError("root may not")
            return self

    async def login(user: str, password: SecretStr, call: Annotated[str, InjectedToolCallId]) -> str:
        """Log in."""
        return f"{user} {password.get_secret_value()} {bool(call)}"

    class WithCall(Login):
        call: Annotated[str, InjectedToolCallId]

    base = structured(login, args_schema=WithCall)
    assert await value(base, {"user": "ann", "password": "s"}) == {"content": "ann s True"}
    told = await error(base, {"user": "root", "password": "s"})
    assert (told.code, "root may not" in told.message) == ("invalid_input", True)


async def test_a_command_is_no_value() -> None:
    """A tool that steers its own graph has none here."""

    async def jump() -> Command[Any]:
        """Jump."""
        return Command(goto="elsewhere")

    assert (await error(structured(jump), {})).code == "invalid_output"


async def test_a_message_of_its_own_is_read() -> None:
    """A tool may answer with a ToolMessage, a failed one too."""

    async def says(good: bool) -> ToolMessage:
        """Say."""
        return ToolMessage("so", tool_call_id="x", status="success" if good else "error")

    assert await value(structured(says), {"good": True}) == {"content": "so"}
    assert (await error(structured(says), {"good": False})).message == "says answers: so"


def stateful(query: str, state: Annotated[dict[str, Any], InjectedState]) -> str:
    """Look at the graph."""
    return f"{query} {state}"


def running(query: str, runtime: ToolRuntime) -> str:
    """Look at the run."""
    return f"{query} {runtime}"


@pytest.mark.parametrize(
    ("function", "said", "line"),
    [
        (stateful, {}, "tool stateful: argument state is injected by a graph"),
        (running, {}, "tool running: argument runtime is injected by a graph"),
        (search, {"effect": "write"}, "tool search: an effect needs an identity"),
        (search, {"effect": "write", "identity": ("q",)}, "tool search: identity names 'q', which is no input field"),
        (search, {"effect": "write", "identity": (), "honours_keys": True}, "tool search: honours_keys is said, but"),
        (search, {"key_argument": "key"}, "tool search: key_argument is 'key', which it does not take; it takes query"),
        (search, {"output": {"type": "array"}}, "SearchOutput: the schema is not an object's"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_remedy(function: Any, said: Any, line: str) -> None:
    """One line that names the tool and what to do."""
    with pytest.raises(DomainMistake, match=line.replace("(", r"\(")):
        from_langchain(langchain_tool(function), **said)
