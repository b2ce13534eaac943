"""Any LangChain tool as a tool of a domain. Nothing of it is trusted but what it does; what it may do, you declare."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, StructuredTool, ToolException
from langchain_core.tools import Tool as SingleInputTool
from langchain_core.tools.base import get_all_basemodel_annotations
from pydantic import BaseModel, ValidationError
from typing_extensions import Unpack

from graph.declare import Declared, Named, Said, built, check
from graph.domain import Tool
from graph.signatures import Contract
from graph.values import Json
from tools.adapt.refusals import refused, unusable
from tools.adapt.schema import model_of
from tools.hints import refusal
from tools.validate import named_faults

Answered = Callable[[ToolMessage], Any]


class Content(BaseModel):
    """What a tool says that declares no output: a text, or blocks of content."""

    content: str | list[str | Json]


def from_langchain(
    base: BaseTool,
    *,
    output: type[BaseModel] | Json | None = None,
    name: str | None = None,
    purpose: str | None = None,
    **said: Unpack[Said],
) -> Tool:
    """The tool, as declared; it answers `{"content": ...}` unless `output` names a model or a JSON Schema.

    With an output the tool's artifact is the answer where it is an object, and its content read as JSON otherwise.

    Raises:
        DomainMistake: A line a mistake, each naming the tool and the remedy.
    """
    declared, named = Declared(**said), Named(name or base.name, purpose or base.description)
    check(named, _mistakes(base))
    takes = input_model(base, declared, named)
    if output is None:
        return adapted(base, declared, named, takes, Content, _content)
    gives = output if isinstance(output, type) else model_of(output, title(named.name, "Output"))
    return adapted(base, declared, named, takes, gives, _structured)


def adapted(  # noqa: PLR0913, PLR0917 the parts that a tool is put together from
    base: BaseTool,
    declared: Declared,
    named: Named,
    takes: type[BaseModel],
    gives: type[BaseModel],
    answered: Answered,
) -> Tool:
    """The tool put together; `answered` finds the value in the message. Raises `DomainMistake`."""
    check(named, _key_mistakes(base, declared))

    def request(given: BaseModel, key: str | None) -> Json:
        keyed = {declared.key_argument: key} if declared.key_argument else {}
        args = given.model_dump(by_alias=True, round_trip=True, warnings=False) | keyed
        return {"type": "tool_call", "id": key or uuid4().hex, "name": base.name, "args": args}

    async def call(given: BaseModel, key: str | None = None) -> Any:
        with _refusals_told(base, declared, named.name):
            return _read(await base.ainvoke(request(given, key)), answered, declared, named.name)

    def call_in_thread(given: BaseModel, key: str | None = None) -> Any:
        with _refusals_told(base, declared, named.name):
            return _read(base.invoke(request(given, key)), answered, declared, named.name)

    return built(declared, named, Contract(takes, gives, call if _is_async(base) else call_in_thread))


def input_model(base: BaseTool, declared: Declared, named: Named) -> type[BaseModel]:
    """What a model fills in: the tool's own arguments, without those that are injected and the key's."""
    shown = _shown(base)
    if isinstance(shown, type) and issubclass(shown, BaseModel) and not declared.key_argument:
        return shown
    schema = shown if isinstance(shown, dict) else _json_schema(shown)
    return model_of(_without(schema, declared.key_argument), title(named.name, "Input"))


def title(name: str, suffix: str) -> str:
    """A class's name."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("-", "_").split("_")) + suffix


def _shown(base: BaseTool) -> Any:
    if isinstance(base, SingleInputTool) and base.args_schema is None:
        return {"type": "object", "properties": base.args, "required": list(base.args), "additionalProperties": False}
    # The tool's own class where nothing is injected: the shown one has lost its configuration and validators.
    return base.args_schema if base.args_schema is not None and not _injected(base) else base.tool_call_schema


def _json_schema(model: Any) -> Json:
    schema: Json = model.model_json_schema() if hasattr(model, "model_json_schema") else model.schema()
    return schema


def _without(schema: Json, key: str | None) -> Json:
    properties = {name: inner for name, inner in schema.get("properties", {}).items() if name != key}
    required = [name for name in schema.get("required", ()) if name != key]
    return {**schema, "properties": properties, "required": required}


def _injected(base: BaseTool) -> dict[str, Any]:
    """Arguments that a graph would inject, with their annotations."""
    full, shown = base.get_input_schema(), base.tool_call_schema
    if isinstance(shown, dict):
        return {}
    annotations = get_all_basemodel_annotations(full)
    return {name: kind for name, kind in annotations.items() if name not in get_all_basemodel_annotations(shown)}


def _mistakes(base: BaseTool) -> list[str]:
    given = {name for name, kind in _injected(base).items() if InjectedToolCallId in getattr(kind, "__metadata__", ())}
    injected = sorted((_injected(base).keys() | base._injected_args_keys) - given)  # noqa: SLF001 nowhere else to be had
    return [
        f"argument {name} is injected by a graph, and there is none; wrap it in a function of yours that has it"
        for name in injected
    ]


def _key_mistakes(base: BaseTool, declared: Declared) -> list[str]:
    if declared.honours_keys and not declared.key_argument:
        return ["honours_keys is said, but not which argument takes the key; say key_argument, or drop honours_keys"]
    if declared.key_argument and declared.key_argument not in base.args:
        return [f"key_argument is {declared.key_argument!r}, which it does not take; it takes {', '.join(base.args)}"]
    return []


def _is_async(base: BaseTool) -> bool:
    if isinstance(base, StructuredTool | SingleInputTool):
        return base.coroutine is not None
    return type(base)._arun is not BaseTool._arun  # noqa: SLF001 whether a class is async shows nowhere else


def _read(message: Any, answered: Answered, declared: Declared, name: str) -> Any:
    if not isinstance(message, ToolMessage):
        raise unusable(name, f"answers with a {type(message).__name__}, which only its own graph could carry out")
    if message.status == "error":
        raise refused(declared, name, message.text)
    return answered(message)


@contextmanager
def _refusals_told(base: BaseTool, declared: Declared, name: str) -> Iterator[None]:
    """The tool's own no, and arguments that only its own validators refuse; whatever else is raised is a fault."""
    try:
        yield
    except ToolException as error:
        raise refused(declared, name, str(error)) from error
    except ValidationError as error:
        if error.title != getattr(base.args_schema, "__name__", None):
            raise
        raise refusal("invalid_input", f"{name}: {named_faults(error)}") from error


def _content(message: ToolMessage) -> Any:
    return {"content": message.content}


def _structured(message: ToolMessage) -> Any:
    if isinstance(message.artifact, Mapping | BaseModel):
        return message.artifact
    try:
        return json.loads(message.text)
    except ValueError as error:
        raise unusable(
            message.name or "the tool", "answers a text where its output is declared as an object"
        ) from error
