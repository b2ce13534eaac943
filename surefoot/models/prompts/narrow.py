"""The narrowest schemas, for endpoints that hold an answer to a grammar at no cost in tokens: vLLM, Ollama, llama.cpp.

A task is one worker's, with the fields of its input; what workers give can be referred to and not be made up; a step is
one tool with its own arguments. So what a small model says is at least a plan or a step. Where schemas are read as part
of the prompt, the short ones of `shapes` are used.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from graph.briefs import PlanningBrief, WorkerCard
from graph.refs import REF
from graph.toolloop import FINISH, LoopBrief
from graph.values import Json
from surefoot.models.prompts.hoisting import hoisted

MOST_TASKS: Final = 16
LONGEST_REMARK: Final = 80
LONGEST_TEXT, LONGEST_ASIDE = 1_000, 200
"""Characters of a text that is required, and of one that is not: a small model that loops comes to an end."""
DEEPEST: Final = 3
"""Fields on the way to a value that can be referred to."""


def narrowest(brief: BaseModel, title: str) -> Json | None:
    """The answer's schema for this input; `None` where it has none of its own."""
    match brief:
        case PlanningBrief():
            return _plan(brief, title)
        case LoopBrief():
            arguments = {tool.name: tool.input_schema for tool in brief.tools}
            return _step({**arguments, FINISH: brief.output_schema}, title)
        case _:
            return None


def _closed(properties: Json, required: Sequence[str] | None = None) -> Json:
    needed = list(properties) if required is None else list(required)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _step(arguments: Mapping[str, Json], title: str) -> Json:
    definitions: Json = {}
    steps = [
        _closed({"tool": {"const": name}, "args": _capped(hoisted(each, f"a{place}", definitions))})
        for place, (name, each) in enumerate(arguments.items())
    ]
    return {"title": title, "anyOf": steps, "$defs": {name: _capped(each) for name, each in definitions.items()}}


def _plan(brief: PlanningBrief, title: str) -> Json:
    definitions: Json = {}
    sources = Sources(brief)
    tasks = [_task(card, f"w{place}", sources, definitions) for place, card in enumerate(brief.workers)]
    fields = {
        "tasks": {"type": "array", "minItems": 1, "maxItems": MOST_TASKS, "items": {"anyOf": tasks}},
        "summary": {"type": "string", "maxLength": LONGEST_REMARK},
    }
    return {"title": title, **_closed(fields), "$defs": definitions}


def _task(card: WorkerCard, prefix: str, sources: "Sources", definitions: Json) -> Json:
    own: Json = {}
    given = hoisted(card.input_schema, prefix, own)
    for name, inner in own.items():
        ref = sources.whole(name.removeprefix(f"{prefix}_"))
        definitions[name] = ref or _capped(inner)
    required = given.get("required", [])
    fields = {name: _field(name, node, sources, name in required) for name, node in given.get("properties", {}).items()}
    head: Json = {"id": {"type": "string", "pattern": f"^{card.name}[2-9]?$"}}
    if card.stage != "work":
        head["stage"] = {"const": card.stage}
    head |= {"worker": {"const": card.name}, "input": _closed(fields, required)}
    after = sources.deliveries(card)
    if not after:
        return _closed(head)
    depends = {"type": "array", "maxItems": 3, "items": {"type": "string", "pattern": f"^({'|'.join(after)})[2-9]?$"}}
    return _closed({**head, "depends_on": depends}, list(head))


def _field(name: str, node: Json, sources: "Sources", required: bool) -> Json:  # noqa: FBT001 a property of the field
    """A value, or a reference to one of that name; a text that nobody asks for stays short."""
    value = _capped(node, LONGEST_TEXT if required else LONGEST_ASIDE)
    ref = sources.part(name) if required else None
    return {"anyOf": [ref, value]} if ref else value


class Sources:
    """What the tasks of this plan, or of an earlier one, can be referred to for."""

    def __init__(self, brief: PlanningBrief) -> None:
        self.cards = brief.workers
        self.known = {str(task): result.worker for task, result in brief.results.items() if result.output is not None}

    def whole(self, title: str) -> Json | None:
        """A reference to the output of a worker that gives this type."""
        makers = [card.name for card in self._makers() if card.output_schema.get("title") == title]
        return self._ref(f"{task}" for maker in makers for task in self._tasks(maker))

    def part(self, field: str) -> Json | None:
        """A reference to a field of that name somewhere in an output; `order_id` also means the `id` of an `order`."""
        paths = [(card.name, path) for card in self._makers() for path in _paths(card.output_schema)]
        meant = [(maker, path) for maker, path in paths if field in {path[-1], "_".join(path[-2:])}]
        return self._ref(f"{task}[.]{'[.]'.join(path)}" for maker, path in meant for task in self._tasks(maker))

    def deliveries(self, card: WorkerCard) -> list[str]:
        """The workers that a delivery may have to wait for."""
        return [each.name for each in self.cards if "work" not in {card.stage, each.stage} and each.name != card.name]

    def _makers(self) -> list[WorkerCard]:
        return [card for card in self.cards if card.stage == "work"]

    def _tasks(self, maker: str) -> list[str]:
        return [f"{maker}[2-9]?", *(task for task, worker in self.known.items() if worker == maker)]

    @staticmethod
    def _ref(choices: Iterator[str]) -> Json | None:
        found = "|".join(choices)
        return _closed({REF: {"type": "string", "pattern": f"^({found})$"}}) if found else None


def _paths(schema: Json) -> Iterator[tuple[str, ...]]:
    """The ways to the plain values of an output, through objects alone."""
    yield from _below(schema, schema, ())


def _below(node: Json, root: Json, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    kinds = [each for each in node.get("anyOf", [node]) if each.get("type") != "null"]
    if len(kinds) != 1 or len(path) > DEEPEST:
        return
    (kind,) = kinds
    if "$ref" in kind:
        kind = root.get("$defs", {}).get(kind["$ref"].rsplit("/", 1)[-1], {})
    for name, inner in kind.get("properties", {}).items():
        yield from _below(inner, root, (*path, name))
    if path and kind.get("type") in {"string", "integer", "number", "boolean"}:
        yield path


def _capped(node: Any, most: int = LONGEST_TEXT) -> Any:
    """Texts of bounded length, digits spelt out for grammars that know no short form; nothing for people."""
    match node:
        case {"pattern": str(pattern)}:
            return {"type": "string", "pattern": pattern.replace(r"\d", "[0-9]")}
        case {"type": "string"} if not {"enum", "const"} & node.keys():
            return {"type": "string", "maxLength": min(node.get("maxLength", most), most)}
        case {"properties": dict(fields)}:
            return {**_bare(node), "properties": {name: _capped(each, most) for name, each in fields.items()}}
        case dict():
            return {key: _capped(value, most) for key, value in _bare(node).items()}
        case list():
            return [_capped(each, most) for each in node]
        case _:
            return node


def _bare(node: Json) -> Json:
    return {key: value for key, value in node.items() if key not in {"description", "title", "default"}}
