"""What a caller may choose for one run. In LangGraph Studio this is the assistant's configuration.

The descriptions here are the labels of its form, and code checks what was chosen only at INTAKE.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from graph.contract import Budget
from graph.values import Json

Tier = Literal["large", "small"]

BUDGET: Final[Mapping[str, str]] = {
    "tokens": "tokens of all model calls, prompts and answers",
    "usd": "US dollars of all model calls",
    "seconds": "seconds of work; waiting for people, or parked, is not work",
    "calls": "model calls",
    "alert_at": "the share of any limit at which the run is slowed down",
    "on_alert": "what then: ask a person, give a simplified answer, or decline",
}
TIERS: Final[Mapping[Tier, str]] = {
    "large": "plans, works and reviews",
    "small": "reads, summarizes and answers",
}


def _budget_form() -> Json:
    """`Budget`, with what each field means and without its defaults: what is not given is the domain's."""
    shown = Budget.model_json_schema()["properties"]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"title": name, **_bare(shown[name]), "description": BUDGET[name]} for name in shown},
    }


def _bare(field_schema: Json) -> Json:
    """Without a default, and without `null`: who sets no limit leaves the field out."""
    (kind, *_) = field_schema.get("anyOf", [field_schema])
    return {name: value for name, value in kind.items() if name not in {"default", "title", "description"}}


def _models_form() -> Json:
    shown = {tier: {"type": "string", "title": tier, "description": what} for tier, what in TIERS.items()}
    return {"type": "object", "additionalProperties": False, "properties": shown}


@dataclass(frozen=True)
class RunContext:
    """What a run is given besides its job. It holds for the whole run: INTAKE freezes it into the state."""

    domain: Annotated[
        str,
        Field(
            min_length=1,
            title="Domain",
            description="a bundled domain's name, or `package.module:name` for your own",
            examples=["support"],
        ),
    ] = "support"
    tenant: Annotated[
        str, Field(min_length=1, title="Tenant", description="whose run this is; every record carries it")
    ] = "default"
    run_id: SkipJsonSchema[str | None] = None
    """Minted by the runner. Where it is missing, INTAKE derives it from thread and checkpoint."""
    budget: Annotated[
        Json,
        WithJsonSchema(_budget_form()),
        Field(title="Budget", description="limits of one run that are tighter than the domain's"),
    ] = field(default_factory=dict)
    models: Annotated[
        dict[Tier, str],
        WithJsonSchema(_models_form()),
        Field(title="Models", description='the model of a tier, such as `{"large": "gpt-5"}`'),
    ] = field(default_factory=dict)


def checked(context: RunContext) -> tuple[RunContext, ValidationError | None]:
    """The context with defaults in place of what is no good, and what is wrong with that.

    LangGraph makes a `RunContext` of anything that has its fields' names.
    """
    given: dict[str, Any] = {each.name: getattr(context, each.name) for each in fields(context)}
    try:
        return _CHECK.validate_python(given), None
    except ValidationError as error:
        bad = {fault["loc"][0] for fault in error.errors()}
        return RunContext(**{name: value for name, value in given.items() if name not in bad}), error


_CHECK: Final = TypeAdapter(RunContext)
