"""Whether what stands in a declaration is of the right kind at all: models, functions, names."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from graph.schemas import schema_of


def doubles(kind: str, names: list[str]) -> Iterator[str]:
    """Names that stand twice."""
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{kind} {name}: declared twice; rename one"


def is_model(value: Any) -> bool:
    """Whether a value is a pydantic model's class."""
    return isinstance(value, type) and issubclass(value, BaseModel)


def model_mistakes(place: str, value: Any) -> Iterator[str]:
    """A schema must be a pydantic model, and have a JSON Schema, since models and people are shown it."""
    if not is_model(value):
        yield f"{place}: {_name(value)} is no pydantic model; derive it from pydantic.BaseModel"
        return
    try:
        schema_of(value)
    except PydanticUserError as error:
        yield f"{place}: {value.__name__} has no JSON Schema ({error.message.splitlines()[0]}); use JSON's own types"


def not_functions(place: str, values: Any, *, asynchronous: bool) -> Iterator[str]:
    """Entries that cannot be called, or are `async` where they must not be, or the other way round."""
    if not isinstance(values, Iterable):
        yield f"{place}: {_name(values)} is no tuple; write ({_name(values)},)"
        return
    for value in values:
        if not callable(value):
            yield f"{place}: {value!r} cannot be called; give a function"
        elif inspect.isfunction(value) and is_async(value) != asynchronous:
            kind = "async def" if asynchronous else "plain def"
            yield f"{place}: {_name(value)} must be a function written with {kind}"


def is_async(function: Any) -> bool:
    """Whether it is `async def`; of a lambda that hands on to one nothing can be known, so it counts."""
    return inspect.iscoroutinefunction(function)


def takes(function: Any, *arguments: Any) -> bool:
    """Whether a function can be called with these arguments; where it has no signature, it is believed."""
    try:
        inspect.signature(function).bind(*arguments)
    except ValueError:
        return True
    except TypeError:
        return False
    return True


def _name(value: Any) -> str:
    return str(getattr(value, "__name__", repr(value)))
