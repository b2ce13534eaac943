"""A function's signature as a tool's contract: an input model, an output model, and a call that fits both."""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.errors import PydanticUserError

from graph.errors import DomainMistake
from graph.toolcall import ExternalWait
from graph.waiting import Pending

Function = Callable[..., Any]

KEY: Final = "key"
RESULT: Final = "result"
WAITS: Final = (Pending, ExternalWait)
NAMED: Final = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Contract:
    """What a function takes and gives, and how the pipeline calls it."""

    input: type[BaseModel]
    output: type[BaseModel]
    call: Function
    """`(input) -> output` for a read, `(input, key) -> output` for an effect."""


def takes_key(function: Function, *, effect: bool) -> bool:
    """Whether it is given the idempotency key; to a read, `key` is a parameter like any other."""
    return effect and KEY in inspect.signature(function).parameters


def signature_mistakes(function: Function, *, effect: bool) -> Iterator[str]:
    """Everything that keeps a function from being a tool, each with its remedy."""
    try:
        hints = _hints(function)
    except NameError as error:
        yield f"{error}; its annotations must name what stands at the top of the module"
        return
    for parameter in _arguments(function, effect=effect):
        if parameter.kind not in NAMED:
            yield f"parameter {parameter} cannot be given by name; name each parameter, without * and /"
        elif parameter.name not in hints:
            yield f"parameter {parameter.name} has no annotation; add its type"
        elif hasattr(BaseModel, parameter.name) or parameter.name.startswith("_"):
            yield f"parameter {parameter.name} has a name that pydantic keeps for itself; rename it"
    if "return" not in hints:
        yield "no return annotation; add one, such as -> Order"
    elif hints["return"] in WAITS:
        yield "its answer always comes later; say in which form, such as -> Order | Pending"


def contract(function: Function, name: str, *, effect: bool) -> Contract:
    """The contract of a function without mistakes. Raises `DomainMistake` for a type without a JSON form."""
    hints, keyed = _hints(function), takes_key(function, effect=effect)
    arguments = _arguments(function, effect=effect)
    whole = _whole_model(arguments, hints)
    takes = whole or _input_model(name, arguments, hints)
    returned = _without_waits(hints["return"])
    gives = returned if _is_model(returned) else _wrapper(name, returned)
    wrap = None if gives is returned else gives
    if whole and wrap is None and keyed == effect and inspect.isroutine(function):
        return Contract(takes, gives, function)
    return Contract(takes, gives, _adapted(function, spread=whole is None, keyed=keyed, wrap=wrap))


def _hints(function: Function) -> dict[str, Any]:
    target: Any = function
    while isinstance(target, functools.partial):
        target = target.func
    return get_type_hints(target if inspect.isroutine(target) else type(target).__call__, include_extras=True)


def _arguments(function: Function, *, effect: bool) -> list[inspect.Parameter]:
    parameters = inspect.signature(function).parameters.values()
    return [parameter for parameter in parameters if not (effect and parameter.name == KEY)]


def _whole_model(arguments: list[inspect.Parameter], hints: dict[str, Any]) -> type[BaseModel] | None:
    """The model of the one argument, where that is all that the function takes."""
    hint = hints[arguments[0].name] if len(arguments) == 1 else None
    return hint if _is_model(hint) else None


def _input_model(name: str, arguments: list[inspect.Parameter], hints: dict[str, Any]) -> type[BaseModel]:
    fields = {
        each.name: (hints[each.name], ... if each.default is inspect.Parameter.empty else each.default)
        for each in arguments
    }
    return _made(name, "Input", ConfigDict(extra="forbid", protected_namespaces=()), fields)


def _wrapper(name: str, hint: Any) -> type[BaseModel]:
    """A tool's value is a JSON object, so anything else stands in one, under `result`."""
    return _made(name, "Output", ConfigDict(), {RESULT: (hint, ...)})


def _made(name: str, suffix: str, config: ConfigDict, fields: dict[str, Any]) -> type[BaseModel]:
    title = "".join(part[:1].upper() + part[1:] for part in name.split("_")) + suffix
    try:
        model: type[BaseModel] = create_model(title, __config__=config, **fields)
        model.model_json_schema()
    except PydanticUserError as error:
        why = error.message.splitlines()[0]
        raise DomainMistake(f"tool {name}: a type has no JSON Schema ({why}); use JSON's own types") from error
    return model


def _adapted(function: Function, *, spread: bool, keyed: bool, wrap: type[BaseModel] | None) -> Function:
    def prepared(given: BaseModel, key: str | None) -> Any:
        kept = {KEY: key} if keyed else {}
        if spread:
            return function(**{name: getattr(given, name) for name in type(given).model_fields}, **kept)
        return function(given, **kept)

    def finished(answer: Any) -> Any:
        waits = isinstance(answer, WAITS)
        return answer if wrap is None or waits else wrap.model_construct(**{RESULT: answer})

    return _awaited(prepared, finished) if is_async(function) else _called(prepared, finished)


def _awaited(prepared: Function, finished: Function) -> Function:
    async def call(given: BaseModel, key: str | None = None) -> Any:
        return finished(await prepared(given, key))

    return call


def _called(prepared: Function, finished: Function) -> Function:
    def call(given: BaseModel, key: str | None = None) -> Any:
        return finished(prepared(given, key))

    return call


def is_async(function: Function) -> bool:
    """Whether a call of it has to be awaited; an instance is as async as its `__call__`."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _without_waits(hint: Any) -> Any:
    """The type of the value that comes at last, where the function may also say that it comes later."""
    parts = [part for part in get_args(hint) if part not in WAITS]
    waits = isinstance(hint, UnionType) or get_origin(hint) is Union
    return Union[tuple(parts)] if waits and parts else hint  # noqa: UP007 the parts are known at run time only


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)
