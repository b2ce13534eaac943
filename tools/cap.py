"""The cap on one answer, so that a backend gone wild fills neither the database nor the memory of a run."""

from pydantic_core import to_json

from graph.domain import Tool
from graph.values import Json
from tools.hints import refusal


def check_size(tool: Tool, value: Json) -> None:
    """Raise `ToolFailed` with `invalid_output` where the answer is larger than the tool may give."""
    size = len(to_json(value))
    if size > tool.most_bytes:
        told = f"{tool.name} answered {size:,} bytes, {tool.most_bytes:,} are taken at most"
        raise refusal("invalid_output", told)
