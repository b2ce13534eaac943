"""The words that all contracts are written in: ids, times, JSON, and what a value is."""

from typing import Any, NewType

from pydantic import BaseModel, ConfigDict

RunId = NewType("RunId", str)
ThreadId = NewType("ThreadId", str)
TaskId = NewType("TaskId", str)
Micros = NewType("Micros", int)
"""Microseconds since the epoch, UTC."""

Json = dict[str, Any]
"""A JSON object whose inner shape belongs to a domain, not to the machine."""


class Frozen(BaseModel):
    """A value: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
