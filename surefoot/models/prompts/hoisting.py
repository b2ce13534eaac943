"""Several schemas in one: each one's definitions join the others under names that cannot clash."""

from typing import Any

from graph.values import Json


def hoisted(schema: Json, prefix: str, definitions: Json) -> Json:
    """The schema without definitions of its own, which join the others under a name that cannot clash."""
    for name, inner in schema.get("$defs", {}).items():
        definitions[f"{prefix}_{name}"] = _renamed(inner, prefix)
    return dict(_renamed({key: value for key, value in schema.items() if key != "$defs"}, prefix))


def _renamed(node: Any, prefix: str) -> Any:
    match node:
        case {"$ref": str(ref)} if ref.startswith("#/$defs/"):
            return {**node, "$ref": f"#/$defs/{prefix}_{ref.removeprefix('#/$defs/')}"}
        case dict():
            return {key: _renamed(value, prefix) for key, value in node.items()}
        case list():
            return [_renamed(each, prefix) for each in node]
        case _:
            return node
