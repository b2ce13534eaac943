"""Repairs of arguments that models get wrong in form only: lossless, and only where the schema asks for another type.

`"5"` where an integer is asked is 5; `5.5` stays wrong. A text that holds an object where one is asked is read.
Nothing is filled in, dropped, renamed or rounded.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

EXACT_INTEGERS: Final = 2**53
"""Below it a float that is whole is one integer and no other."""
KINDS: Final[dict[str, tuple[type, ...]]] = {
    "integer": (int,), "number": (int, float), "boolean": (bool,), "object": (dict,), "array": (list,),
}  # fmt: skip


def repaired(validator: Validator, value: Any) -> Any:
    """The value with every repair that its schema asks for; as it was where none helps."""
    value = _whole(value)
    while mended := _mended(validator, value):
        value = mended[0]
    return value


def _mended(validator: Validator, value: Any) -> list[Any]:
    """The value after all repairs that can be made at once; nothing where there is none."""
    changes = [change for error in validator.iter_errors(value) for change in _changes(validator, error)]
    for path, better in changes:
        value = _put(value, path, better)
    return [value] if changes else []


def _changes(validator: Validator, error: ValidationError) -> Iterator[tuple[list[int | str], Any]]:
    path = list(error.absolute_path)
    if error.validator == "type":
        asked: Any = error.validator_value
        yield from ((path, better) for better in _read(error.instance, [asked] if isinstance(asked, str) else asked))
    elif error.validator in {"anyOf", "oneOf"}:
        yield from ((path, better) for better in _fitting(validator, error))


def _fitting(validator: Validator, error: ValidationError) -> Iterable[Any]:
    """The instance as the first alternative has it that takes it after repair."""
    alternatives: Any = error.validator_value
    for alternative in alternatives:
        within = validator.evolve(schema=alternative)
        better = repaired(within, error.instance)
        if better is not error.instance and within.is_valid(better):
            return [better]
    return []


def _read(text: Any, asked: Iterable[str]) -> list[Any]:
    """What a text says, where it says a value of a type that is asked, and says it without loss."""
    if not isinstance(text, str):
        return []
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_exact, parse_constant=_refused)
    except (ValueError, RecursionError):
        return []
    kinds = [kind for name in asked for kind in KINDS.get(name, ())]
    return [_whole(value)] if type(value) in kinds else []


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _exact(text: str) -> float:
    value = float(text)
    try:
        same = Decimal(text) == Decimal(repr(value))
    except InvalidOperation as error:
        raise ValueError("out of range") from error
    if not same:
        raise ValueError("a float would lose digits")
    return value


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _whole(value: Any) -> Any:
    """The value with whole floats as integers, which JSON holds for the same: 5.0 and 5 must be one effect, not two."""
    if isinstance(value, dict):
        return {name: _whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and abs(value) < EXACT_INTEGERS and value.is_integer() else value


def _put(value: Any, path: list[int | str], better: Any) -> Any:
    """A copy of the value with something else at the path."""
    if not path:
        return better
    step, *rest = path
    inner = _put(value[step], rest, better)
    if isinstance(value, dict):
        return {**value, step: inner}
    return [inner if index == step else old for index, old in enumerate(value)]
