"""Whole messages with slots for what they are about."""

from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from graph.values import Frozen

Group = Literal["open", "held_out"]
GROUPS: Final[tuple[Group, ...]] = ("open", "held_out")
HERE: Final = Path(__file__).parent


class Template(Frozen):
    """A message in one customer's voice."""

    id: str
    intent: str
    ask: str = Field(description="what is asked for, more closely than the intent: a name in `asks.ASKS`")
    text: str = Field(description="with slots such as {order}: names of `Drawn.facts`, or {address}")


@cache
def templates(group: Group) -> tuple[Template, ...]:
    """A group's templates, in the order of their file."""
    lines = (HERE / f"templates_{group}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Template.model_validate_json(line) for line in lines)
