"""The ways to ask for JSON, best first; what an endpoint refuses is not tried there again."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from graph.values import Json
from surefoot.models.endpoints.strict import strict_form

Form = Literal["narrow", "strict", "schema", "json", "text"]
"""narrow: the narrowest schema for the job. strict: OpenAI's own. schema: plain. json: any object. text: anything."""
LADDER: Final[tuple[Form, ...]] = ("narrow", "strict", "schema", "json", "text")
ENFORCED: Final = frozenset({"narrow", "strict", "schema"})
"""The endpoint itself holds the answer to the schema; in the others the prompt must carry it."""


@dataclass
class Forms:
    """What each endpoint and model was found to take; held in memory, found anew by the next process."""

    _steps: dict[tuple[str, str], int] = field(default_factory=dict)

    def best(self, place: str, model: str, schema: Json, narrow: Json | None = None) -> Form:
        """The best form that was not refused. Not every job has a narrow one, and an open schema has no strict form."""
        form = LADDER[self._steps.get((place, model), 0)]
        if form == "narrow" and narrow is None:
            form = "strict"
        return "schema" if form == "strict" and strict_form(schema) is None else form

    def refused(self, place: str, model: str, form: Form) -> None:
        """Go one step down from `form`; parallel calls that learn the same go down once."""
        step = min(LADDER.index(form) + 1, len(LADDER) - 1)
        self._steps[place, model] = max(step, self._steps.get((place, model), 0))

    def ignored(self, place: str, model: str) -> None:
        """The endpoint took a schema and answered with prose: put the schema into the prompt from now on."""
        self.refused(place, model, "schema")


def response_format(form: Form, schema: Json, narrow: Json | None = None) -> dict[str, Any]:
    """The request's arguments for a form."""
    match form:
        case "narrow":
            return {"response_format": _named(schema, narrow or schema, strict=False)}
        case "strict":
            return {"response_format": _named(schema, strict_form(schema) or schema, strict=True)}
        case "schema":
            return {"response_format": _named(schema, schema, strict=False)}
        case "json":
            return {"response_format": {"type": "json_object"}}
        case "text":
            return {}


def worded(form: Form, messages: tuple[tuple[str, str], ...], schema: Json) -> list[tuple[str, str]]:
    """The messages; with the schema in them where nothing else carries it."""
    if form in ENFORCED:
        return list(messages)
    (role, system), *rest = messages
    asked = f"Answer with one JSON object and nothing else. It must fit this JSON Schema:\n{json.dumps(schema)}"
    return [(role, f"{system}\n\n{asked}"), *rest]


def unwrapped(form: Form, text: str) -> str:
    """The JSON object in an answer that may have a fence or a remark around it; enforced answers have none."""
    begin, end = text.find("{"), text.rfind("}")
    return text if form in ENFORCED or not 0 <= begin < end else text[begin : end + 1]


def _named(answer: Json, schema: Json, *, strict: bool) -> Json:
    name = str(answer.get("title", "answer")).replace(" ", "_")[:64]
    return {"type": "json_schema", "json_schema": {"name": name, "schema": schema, "strict": strict}}
