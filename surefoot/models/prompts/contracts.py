"""JSON Schemas in a short notation: `find(email, limit?: int) -> Found`, with the types that are named written once.

A JSON Schema takes five times the tokens and small models lose themselves in it. What an answer must fit is enforced
by the schema itself (see `shapes`); this is what a model reads to know what to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph.briefs import WorkerCard
from graph.toolloop import ToolCard
from graph.values import Json

WORDS: Final = {"integer": "int", "number": "number", "boolean": "bool", "null": "none"}
"""Types that are written down; a plain string is not."""
ANYTHING: Final = "{...}"


def catalog(workers: Sequence[WorkerCard]) -> str:
    """Workers as signatures, and below them the types that these name."""
    types = Types()
    outputs = [types.result(card.output_schema) for card in workers]  # first, so that inputs refer to them by name
    lines = [
        f"- {card.name}({types.fields(card.input_schema)}) -> {output}. {_staged(card)}"
        for card, output in zip(workers, outputs, strict=True)
    ]
    return "\n".join(["Workers:", *lines, *types.written()])


def toolbox(tools: Sequence[ToolCard], output: Json) -> str:
    """Tools as signatures, and `finish` with the worker's output as its arguments."""
    types = Types()
    lines = [f"- {tool.name}({types.fields(tool.input_schema)}). {tool.purpose}" for tool in tools]
    return "\n".join(["Tools:", *lines, f"- finish({types.fields(output)}). The output.", *types.written()])


def _staged(card: WorkerCard) -> str:
    return card.purpose if card.stage == "work" else f"Stage {card.stage}. {card.purpose}"


@dataclass
class Types:
    """Names given so far; two shapes of one name are told apart by a number.

    What is only read back by reference (`loud` is false) is written without descriptions and patterns.
    """

    named: dict[str, Json] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def result(self, schema: Json) -> str:
        """An output's name; its fields are written below."""
        if "$ref" in schema:  # a type that contains itself
            return self.kind(schema, schema, loud=False)
        if schema.get("properties"):
            return self._name(str(schema.get("title", "Output")), schema, schema, loud=False)
        return "nothing" if schema.get("type") == "object" else self.kind(schema, schema, loud=False)

    def fields(self, schema: Json, root: Json | None = None, *, loud: bool = True) -> str:
        """The fields of an object, without its brackets."""
        if "$ref" in schema:
            root, schema = schema, _target(schema["$ref"], schema)
        required = schema.get("required", ())
        return ", ".join(
            _field(name, self.kind(node, root or schema, loud=loud), node, optional=name not in required, loud=loud)
            for name, node in schema.get("properties", {}).items()
        )

    def kind(self, node: Json, root: Json, *, loud: bool) -> str:
        """A type; empty for a plain string."""
        match node:
            case {"$ref": str(ref)}:
                return self._referred(ref, root, loud=loud)
            case {"anyOf": list(kinds)}:
                meant = [self.kind(each, root, loud=loud) for each in kinds if each.get("type") != "null"]
                return "|".join(each or "text" for each in meant) if len(meant) > 1 else "".join(meant)
            case {"type": "array"}:
                return f"[{self.kind(node.get('items', {}), root, loud=loud) or 'text'}]"
            case {"properties": dict()}:
                return f"{{{self.fields(node, root, loud=loud)}}}"
            case _:
                return _plain(node, loud=loud)

    def written(self) -> list[str]:
        """A line a named type."""
        return ["Types:", *(f"- {name} {{{body}}}" for name, body in self.shown.items())] if self.shown else []

    def _referred(self, ref: str, root: Json, *, loud: bool) -> str:
        name, target = ref.rsplit("/", 1)[-1], _target(ref, root)
        return (
            self._name(name, target, root, loud=loud) if "properties" in target else self.kind(target, root, loud=loud)
        )

    def _name(self, name: str, schema: Json, root: Json, *, loud: bool) -> str:
        shape = {key: schema.get(key) for key in ("properties", "required")}
        given, number = name, 2
        while self.named.setdefault(given, shape) != shape:
            given, number = f"{name}{number}", number + 1
        if given not in self.shown:
            self.shown[given] = ""  # its place, before the types inside it, and an end to recursion
            self.shown[given] = self.fields(schema, root, loud=loud)
        return given


def _target(ref: str, root: Json) -> Json:
    return dict(root.get("$defs", {}).get(ref.rsplit("/", 1)[-1], {}))


def _plain(node: Json, *, loud: bool) -> str:
    match node:
        case {"enum": list(values)}:
            return "|".join(map(str, values))
        case {"const": value}:
            return str(value)
        case {"type": "object"}:
            return ANYTHING
        case {"pattern": str(pattern)} if loud:
            return f"/{pattern}/"
        case _:
            return WORDS.get(str(node.get("type", "")), "")


def _field(name: str, kind: str, node: Json, *, optional: bool, loud: bool) -> str:
    typed = f"{name}{'?' if optional or _nullable(node) else ''}{f': {kind}' if kind else ''}"
    words = str(node.get("description", "")) if loud and not kind.startswith("/") else ""
    return f"{typed} ({words})" if words else typed


def _nullable(node: Any) -> bool:
    return any(each.get("type") == "null" for each in node.get("anyOf", ()))
