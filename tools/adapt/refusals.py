"""The errors that other people's tools answer: texts, which say neither whom to blame nor whether anything happened."""

from typing import Final

from graph.declare import Declared
from graph.errors import ToolFailed
from graph.toolcall import ToolError

TEXT_LENGTH: Final = 1_000
HINT: Final = "read what the tool says; correct the call or go another way"


def refused(declared: Declared, name: str, text: str) -> ToolFailed:
    """The backend's no, for the model to act on; it says nothing against the tool's health.

    An effect that takes no keys may have happened before its tool answered an error, unless its declaration says
    otherwise: then the outcome is unknown, and the journal asks a person.
    """
    told = f"{name} answers: {' '.join(text.split())[:TEXT_LENGTH] or 'an error without a word'}"
    if declared.effect == "read" or declared.honours_keys or declared.clean_refusals:
        return ToolFailed(ToolError(code="invalid_input", message=told, hint=HINT))
    return ToolFailed(ToolError(code="unknown_outcome", message=told))


def unusable(name: str, why: str) -> ToolFailed:
    """An answer that is none; an effect may have happened all the same."""
    hint = "do not rely on this tool's answer; go another way or report it"
    return ToolFailed(ToolError(code="invalid_output", message=f"{name} {why}", hint=hint))
