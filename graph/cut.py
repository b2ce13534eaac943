"""A large answer, made small enough for a model to read: cut inside, so that it stays the JSON that it was."""

from typing import Any, Final

from pydantic_core import to_json

from graph.values import Json

NOTE: Final = "_cut"
"""The key under which a cut answer says so, and how large it was."""
_STEPS: Final = 10
_LONGEST_TEXT: Final = 8_192
_MOST_ITEMS: Final = 256
_LEAST_FIELDS: Final = 16


def cut(value: Json, most_bytes: int) -> Json:
    """The value where its JSON has at most `most_bytes`; else long texts and lists are shortened until it has.

    Each shortened place says how much is missing, and `_cut` how large the whole was. Where even that is too large,
    only `_cut` is left.
    """
    size = len(to_json(value))
    if size <= most_bytes:
        return value
    note = {NOTE: f"shortened from {size:,} bytes of JSON; the whole answer is in the record of the call"}
    for step in range(_STEPS):
        small: Json = _shortened(value, _LONGEST_TEXT >> step, max(1, _MOST_ITEMS >> step)) | note
        if len(to_json(small)) <= most_bytes:
            return small
    return note


def _shortened(value: Any, text: int, items: int) -> Any:
    match value:
        case str() if len(value) > text:
            return f"{value[:text]}... ({len(value) - text:,} more characters)"
        case list() if len(value) > items:
            return [*(_shortened(item, text, items) for item in value[:items]), f"... ({len(value) - items:,} more)"]
        case list():
            return [_shortened(item, text, items) for item in value]
        case dict():
            return _fewer(value, text, items)
        case _:
            return value


def _fewer(fields: Json, text: int, items: int) -> Json:
    """An object whose keys are data, such as ids, is a list in all but name."""
    most = max(_LEAST_FIELDS, items)
    kept = {name: _shortened(fields[name], text, items) for name in list(fields)[:most]}
    return kept if len(fields) <= most else {**kept, "...": f"({len(fields) - most:,} more)"}
