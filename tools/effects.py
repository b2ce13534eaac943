"""What makes two calls one effect: run (or tenant), tool and identity, never the task or the prose."""

import re

from graph.canonical import digest
from graph.contract import Header
from graph.domain import Tool
from graph.errors import DomainMistake
from graph.values import Json
from tools.validate import Given

PREFIX_LENGTH = 32


def effect_key(tool: Tool, given: Given, header: Header) -> str:
    """The idempotency key, such as `issue_refund-3f0c...`: at most 57 characters, the same after any replan.

    Raises:
        DomainMistake: The tool has no identity, or names a field that its input lacks.
    """
    if tool.identity is None:
        raise DomainMistake(f"tool {tool.name} has an effect but no identity: say which fields name the effect")
    scope = header.run_id if tool.identity.scope == "run" else ""
    named = _identity(tool, given, tool.identity.fields)
    prefix = re.sub(r"[^A-Za-z0-9_]+", "_", tool.name)[:PREFIX_LENGTH]
    return f"{prefix}-{digest([header.tenant, scope, tool.name, named], 24)}"


def _identity(tool: Tool, given: Given, fields: tuple[str, ...]) -> Json:
    missing = sorted(set(fields) - set(tool.input.model_fields))
    if missing:
        raise DomainMistake(f"tool {tool.name} names {', '.join(missing)} as its effect's identity; its input has none")
    return given.model.model_dump(mode="json", include=set(fields), warnings=False)
