"""The schema that an answer is held to: narrower than its type, so that what cannot be meant cannot be said.

The answer is checked against its type all the same; this only helps a model, the small ones most.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from pydantic import BaseModel

from graph.briefs import PlanningBrief
from graph.schemas import schema_of
from graph.toolloop import LoopBrief
from graph.values import Json
from surefoot.models.prompts.hoisting import hoisted

LONGEST_REMARK: Final = 200
"""Characters of a plan's summary or a task's rationale."""


def shape_of(answer: type[BaseModel], brief: BaseModel) -> Json:
    """The answer's JSON Schema for this input."""
    match brief:
        case PlanningBrief():
            return _plan(schema_of(answer), [card.name for card in brief.workers])
        case LoopBrief():
            return _step(schema_of(answer), [*(tool.input_schema for tool in brief.tools), brief.output_schema])
        case _:
            return schema_of(answer)


def _plan(schema: Json, workers: list[str]) -> Json:
    """A plan's tasks name known workers; its number is not the model's to say, and remarks are short."""
    narrowed = deepcopy(schema)
    narrowed["properties"].pop("number", None)
    narrowed["properties"]["summary"]["maxLength"] = LONGEST_REMARK
    task = narrowed["$defs"]["Task"]["properties"]
    task["worker"]["enum"] = workers
    task["rationale"]["maxLength"] = LONGEST_REMARK
    return narrowed


def _step(schema: Json, arguments: Sequence[Json]) -> Json:
    """A step's arguments are those of one of its tools, or the output."""
    definitions: Json = {}
    choices = [hoisted(each, f"a{number}", definitions) for number, each in enumerate(arguments)]
    properties = {**schema["properties"], "args": {"anyOf": choices}}
    return {**schema, "properties": properties, "required": ["tool", "args"], "$defs": definitions}
