"""What is wrong with a value by its JSON Schema, for a model to mend: the place and the rule, never the value."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from graph.canonical import canonical

Place = tuple[int | str, ...]
RULE_LENGTH: Final = 120

WORDS: Final = {
    "minimum": "must be at least {}", "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}", "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}", "pattern": "must match {}", "format": "must be a {}",
    "minLength": "must have at least {} characters", "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items", "maxItems": "must have at most {} items",
    "const": "must be {}", "uniqueItems": "must not hold an item twice",
}  # fmt: skip


def located(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """Every fault that an error stands for, with its place."""
    place, rule = tuple(error.absolute_path), error.validator_value
    match error.validator:
        case "required":
            yield from (((*place, name), "this field is required") for name in _missing(error))
        case "additionalProperties" | "unevaluatedProperties":
            yield from _unknown(error, place)
        case "type":
            yield place, f"must be {' or '.join(_types(error))}"
        case "enum":
            yield place, f"must be one of {_short(rule)}"
        case "anyOf" | "oneOf" if error.context:
            yield from _nearest(error)
        case str(keyword) if keyword in WORDS:
            yield place, WORDS[keyword].format(_short(rule))
        case keyword:
            yield place, f"breaks the schema's rule {keyword}"


def _missing(error: ValidationError) -> list[str]:
    # jsonschema reports each missing name by itself, and says which only in a message that also shows the value.
    rule, given = _rule(error), _given(error)
    return [name for name in rule if name not in given and error.message.startswith(repr(name))]


def _unknown(error: ValidationError, place: Place) -> Iterator[tuple[Place, str]]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    told = f"there is no such field; the fields are {', '.join(known) or 'none'}"
    unknown = [name for name in _given(error) if name not in known]
    yield from (((*place, name), told) for name in unknown)


def _nearest(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """The faults of the alternative that the value comes closest to: one of its own type, with the fewest faults."""
    alternatives: defaultdict[int | str, list[ValidationError]] = defaultdict(list)
    for each in error.context or ():
        alternatives[each.schema_path[0]].append(each)
    mistyped = [each for faults in alternatives.values() for each in faults if _is_mistyped(each, error)]
    close = [faults for faults in alternatives.values() if not any(_is_mistyped(each, error) for each in faults)]
    if close:
        yield from (told for each in min(close, key=len) for told in located(each))
    else:
        kinds = dict.fromkeys(kind for each in mistyped for kind in _types(each))
        yield tuple(error.absolute_path), f"must be {' or '.join(kinds)}"


def _is_mistyped(fault: ValidationError, error: ValidationError) -> bool:
    return fault.validator == "type" and fault.absolute_path == error.absolute_path


def _types(error: ValidationError) -> list[str]:
    rule = _rule(error)
    return [rule] if isinstance(rule, str) else rule


def _rule(error: ValidationError) -> Any:
    return error.validator_value


def _given(error: ValidationError) -> Any:
    return error.instance


def _short(rule: Any) -> str:
    text = rule if isinstance(rule, str) else canonical(rule)
    return text if len(text) <= RULE_LENGTH else f"{text[:RULE_LENGTH]}..."
