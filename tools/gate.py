"""The approval gate: policy decides on the tool's kind, and a permit is good for one exact call."""

from collections.abc import Iterable

from graph.canonical import canonical
from graph.domain import Domain, Tool
from graph.errors import ToolFailed
from graph.toolcall import Permit
from tools.hints import refusal
from tools.validate import Given, read_input


def check_gate(domain: Domain, tool: Tool, given: Given, permits: Iterable[Permit]) -> None:
    """Let the call pass, or raise `ToolFailed` with `denied` or `needs_approval`."""
    gate = domain.gate(tool)
    if gate == "never":
        raise refusal("denied", f"policy never allows {tool.name}")
    if gate != "free" and not any(_permits(permit, tool, given) for permit in permits):
        by = "a person" if gate == "person" else "the review"
        raise refusal("needs_approval", f"{tool.name} needs the approval of {by} for exactly this call")


def _permits(permit: Permit, tool: Tool, given: Given) -> bool:
    if permit.call.tool != tool.name:
        return False
    try:
        permitted = read_input(tool, permit.call.args)
    except ToolFailed:
        return False  # a permit that is no call of this tool permits nothing
    # The models too: JSON hides what a schema masks (secrets), models call 1 and True equal.
    return canonical(permitted.call.args) == canonical(given.call.args) and permitted.model == given.model
