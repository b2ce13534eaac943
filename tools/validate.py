"""What goes into a tool and what comes out of it, held against the tool's own schemas."""

import math
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from graph.canonical import canonical
from graph.domain import Tool
from graph.toolcall import ToolCall
from graph.values import Json
from tools.hints import refusal

FAULTS_SHOWN: Final = 5


@dataclass(frozen=True)
class Given:
    """A valid input: what the tool is called with, and the exact call in JSON, defaults filled in."""

    model: BaseModel
    call: ToolCall


def read_input(tool: Tool, args: Json) -> Given:
    """The validated input. Raises `ToolFailed` with `invalid_input`, naming the fields and no values."""
    try:
        model = tool.input.model_validate_json(canonical(args))
    except ValidationError as error:
        raise refusal("invalid_input", f"{tool.name}: {named_faults(error)}") from error
    return Given(model, ToolCall(tool=tool.name, args=_as_json(model)))


def read_output(tool: Tool, answer: Any) -> Json:
    """The answer as JSON of the tool's output schema. Raises `ToolFailed` with `invalid_output`."""
    try:
        value = _as_json(_validated(tool.output, answer))
        canonical(value)
    except ValidationError as error:
        raise refusal("invalid_output", f"{tool.name} answered against its schema: {named_faults(error)}") from error
    except (PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
        raise refusal("invalid_output", f"{tool.name} answered what is no JSON") from error
    return value


def named_faults(error: ValidationError) -> str:
    """`field: what is wrong`, without the values, which may be secret."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(str(part) for part in fault['loc']) or 'input'}: {fault['msg']}" for fault in faults]
    more = [f"and {len(told) - FAULTS_SHOWN} more"] if len(told) > FAULTS_SHOWN else []
    return "; ".join(told[:FAULTS_SHOWN] + more)


def _validated(schema: type[BaseModel], answer: Any) -> BaseModel:
    # An instance may have been built or changed without validation, so its fields are read again.
    if isinstance(answer, BaseModel):
        fields = answer.model_dump(round_trip=True, warnings=False)
        _refuse_infinite(fields)
        return schema.model_validate(fields, by_alias=False, by_name=True)
    _refuse_infinite(answer)
    return schema.model_validate(answer)


def _refuse_infinite(value: Any) -> None:
    """Raise `ValueError` on NaN and infinity, which pydantic would write down as null where a field takes anything."""
    match value:
        case float() if not math.isfinite(value):
            raise ValueError("no JSON number")
        case dict():
            for inner in value.values():
                _refuse_infinite(inner)
        case list() | tuple():
            for inner in value:
                _refuse_infinite(inner)


def _as_json(model: BaseModel) -> Json:
    return model.model_dump(mode="json", by_alias=True, round_trip=True, warnings=False)
