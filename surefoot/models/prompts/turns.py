"""How each kind of input is told: what is the same for every job joins the system text, the rest becomes turns."""

import json
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from graph.briefs import PlanningBrief, ReviewBrief
from graph.budget import estimate_tokens
from graph.digest import digest
from graph.toolloop import LoopBrief, Seen
from graph.values import Json
from surefoot.models.prompts.contracts import catalog, toolbox

Turn = tuple[str, str]
"""`user` or `assistant`, and what is said."""
RESULTS: Final = 0.2
"""Share of a prompt's room that results get in any case."""
LAST_STEPS: Final = 2
"""From here on a model worker is told how many steps are left."""


def surroundings(brief: BaseModel) -> str:
    """What a role can choose from, which does not depend on the job; empty where it chooses nothing."""
    match brief:
        case PlanningBrief():
            return catalog(brief.workers)
        case LoopBrief():
            return toolbox(brief.tools, brief.output_schema)
        case _:
            return ""


def turns(brief: BaseModel, before: tuple[Turn, ...] = ()) -> Iterator[Turn]:
    """The job as a conversation: a model worker's own steps are its own turns, so that each call extends the last.

    Where the brief has a `room`, the results get what the turns `before` and the rest of the job leave of it.
    """
    match brief:
        case PlanningBrief() | ReviewBrief():
            yield "user", _told(_bounded(brief, before))
        case LoopBrief():
            yield from _steps(brief)
        case _:
            yield "user", _told(brief.model_dump(mode="json", exclude_defaults=True))


def answered(answer: BaseModel) -> Turn:
    """An answer as the model's own turn."""
    return "assistant", _told(answer.model_dump(mode="json", exclude_defaults=True))


def _bounded(brief: PlanningBrief | ReviewBrief, before: tuple[Turn, ...]) -> Json:
    told = brief.model_dump(mode="json", exclude={"workers"}, exclude_defaults=True)
    if brief.room is None or not brief.results:
        return told
    taken = estimate_tokens([*(said for _, said in before), _told({**told, "results": {}})])
    left = max(brief.room - taken, int(brief.room * RESULTS))
    return {**told, "results": digest(told["results"], brief.at_hand, left)}


def _steps(brief: LoopBrief) -> Iterator[Turn]:
    said = _told(brief.input)
    for seen in brief.seen:
        yield "user", said
        yield "assistant", _told({"tool": seen.tool, "args": seen.args})
        said = _brought(seen)
    yield "user", f"{said}\n({brief.steps_left} steps left: finish in time)" if brief.steps_left <= LAST_STEPS else said


def _brought(seen: Seen) -> str:
    if seen.error is not None:
        return _told({"error": seen.error})
    return _told(seen.value)  # at most `Tool.shown_bytes`: graph/toolloop.py cut it


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
