"""A raw JSON Schema as a pydantic model: the schema decides, pydantic carries, and the core knows one kind of schema.

The model keeps exactly the arguments that were given: unknown ones, nulls and defaults are the schema's business.
"""

import copy
from typing import Any, ClassVar

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from pydantic import BaseModel, ConfigDict, create_model, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core import ValidationError as Faults
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from graph.errors import DomainMistake
from graph.values import Json
from tools.adapt.repair import repaired
from tools.adapt.wording import located


class Document(BaseModel):
    """A JSON object that a raw schema was asked about. Its models are made by `model_of`."""

    model_config = ConfigDict(extra="allow")
    raw_schema: ClassVar[Json] = {}
    validator: ClassVar[Validator] = Draft202012Validator({})

    @model_validator(mode="before")
    @classmethod
    def _fits(cls, given: Any) -> Any:
        """The object, repaired where that loses and invents nothing. Raises pydantic's own `ValidationError`."""
        if isinstance(given, cls):
            return given
        value = repaired(cls.validator, given)
        faults = [fault for error in cls.validator.iter_errors(value) for fault in _faults(error)]
        if faults:
            raise Faults.from_exception_data(cls.__name__, faults)
        return value

    @classmethod
    def model_json_schema(cls, *_args: Any, **_kwargs: Any) -> Json:
        """The raw schema; a copy."""
        return copy.deepcopy(cls.raw_schema)


def model_of(schema: Json, name: str) -> type[Document]:
    """A model whose instances are what the schema allows; its fields are the schema's properties.

    Raises:
        DomainMistake: It is no JSON Schema, not one of an object, or refers to something outside it.
    """
    checked = _checked(schema, name)
    model = create_model(name, __base__=Document)
    model.raw_schema = copy.deepcopy(schema)
    model.validator = checked
    # Not fields to pydantic, which would hold them to names that Python and pydantic leave free, but for all who ask.
    model.__pydantic_fields__ = _properties(schema)
    return model


def _properties(schema: Json) -> dict[str, FieldInfo]:
    required = schema.get("required", ())
    return {
        name: FieldInfo(annotation=object) if name in required else FieldInfo(annotation=object, default=None)
        for name in schema.get("properties", {})
    }


def _checked(schema: Any, name: str) -> Validator:
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise DomainMistake(f"{name}: the schema is not an object's; give one with type object")
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        place = ".".join(str(step) for step in error.absolute_path) or "its root"
        raise DomainMistake(f"{name}: no JSON Schema, see {place}; mend the schema") from error
    # An empty registry: nothing is ever fetched.
    registry: Registry[Any] = Registry()
    resolver = registry.with_resource("", DRAFT202012.create_resource(schema)).resolver()
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable as error:
            raise DomainMistake(
                f"{name}: the schema refers to {reference}, which it does not hold; inline it"
            ) from error
    return kind(schema, registry=registry)


def _references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_references, node))
    if not isinstance(node, dict):
        return set()
    inner = set().union(*(_references(value) for key, value in node.items() if key not in {"const", "enum"}))
    return inner | ({node["$ref"]} if isinstance(node.get("$ref"), str) else set())


def _faults(error: ValidationError) -> list[InitErrorDetails]:
    return [
        InitErrorDetails(type=PydanticCustomError("schema", "{told}", {"told": told}), loc=place, input=None)
        for place, told in located(error)
    ]
