"""A call's arguments as JSON for certain, before anything is decided on them."""

from pydantic_core import from_json, to_json

from graph.toolcall import ToolCall
from tools.hints import refusal


def plain(call: ToolCall) -> ToolCall:
    """The call with arguments that are JSON for certain: dates become texts, NaN becomes `"NaN"`.

    Raises:
        ToolFailed: With `invalid_input`, where they cannot be written down at all.
    """
    try:
        args = from_json(to_json(call.args, fallback=repr, inf_nan_mode="strings"))
    except (ValueError, RecursionError) as error:
        raise refusal("invalid_input", f"{call.tool}: the arguments are no JSON") from error
    return ToolCall(tool=call.tool, args=args)
