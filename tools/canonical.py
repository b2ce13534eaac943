"""One way to write a value down, so that equal calls are equal texts."""

import hashlib
import json

from pydantic_core import from_json, to_json

from graph.toolcall import ToolCall
from tools.hints import refusal


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces. Raises `ValueError` or `TypeError` on what is no JSON, such as NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text.encode()  # half a surrogate pair passes json.dumps, but no file or wire takes it
    return text


def digest(value: object, length: int = 24) -> str:
    """The first hexadecimal digits of the SHA-256 of the canonical text."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:length]


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
