"""A JSON Schema in the form that OpenAI's strict mode takes, where it has one."""

from typing import Any, Final

from graph.values import Json

DROPPED: Final = frozenset({"title", "default", "minLength", "maxLength", "examples"})
"""Strict mode refuses them. The gateway checks every answer against the whole schema anyway."""
REFUSED: Final = frozenset({"allOf", "oneOf", "not", "if", "prefixItems", "patternProperties", "discriminator"})


def strict_form(schema: Json) -> Json | None:
    """The schema with all fields required and none beside them; `None` where an open object is part of it."""
    try:
        return dict(_closed(schema))
    except _Open:
        return None


class _Open(Exception):
    """Strict mode cannot say this."""


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    if REFUSED & node.keys() or _is_open(node):
        raise _Open
    kept = {key: _value(key, value) for key, value in node.items() if key not in DROPPED}
    if node.get("type") == "object":
        kept |= {"required": list(node["properties"]), "additionalProperties": False}
    return kept


def _value(key: str, value: Any) -> Any:
    """Below `properties` and `$defs` the keys are names, so none of them is dropped."""
    if key in {"properties", "$defs"}:
        return {name: _closed(each) for name, each in value.items()}
    return value if key in {"enum", "const"} else _closed(value)


def _is_open(node: Json) -> bool:
    """An object with any keys, or a value of any type."""
    if node.get("type") == "object":
        return not node.get("properties") or bool(node.get("additionalProperties"))
    return not {"type", "anyOf", "enum", "const"} & node.keys() and "properties" not in node and "$defs" not in node
