"""JSON Schemas of pydantic models, made once a process: making one costs more than all else in a planning step."""

from functools import cache

from pydantic import BaseModel

from graph.values import Json


@cache
def schema_of(model: type[BaseModel]) -> Json:
    """The model's JSON Schema; shared, so never changed."""
    return model.model_json_schema()
