"""What a checkpoint may be rebuilt into: a closed list, so that a stored name imports nothing else.

LangChain's messages and LangGraph's own types are allowed by LangGraph itself. A class is stored under its module
and name: moving or renaming one of these is a data migration.
"""

from typing import Final

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from checkpoints.saver.packed import PackedSerializer

ALLOWED: Final[tuple[tuple[str, str], ...]] = (
    ("graph.contract", "Budget"),
    ("graph.contract", "Failure"),
    ("graph.contract", "Finding"),
    ("graph.contract", "Header"),
    ("graph.contract", "Outcome"),
    ("graph.contract", "Plan"),
    ("graph.contract", "PlanFault"),
    ("graph.contract", "Retry"),
    ("graph.contract", "Review"),
    ("graph.contract", "Schedule"),
    ("graph.contract", "Spend"),
    ("graph.contract", "Task"),
    ("graph.contract", "TaskResult"),
    ("graph.contract", "Transition"),
    ("graph.contract", "WorkOrder"),
    ("graph.escalation", "Answer"),
    ("graph.escalation", "Answered"),
    ("graph.escalation", "Escalation"),
    ("graph.escalation", "Evidence"),
    ("graph.escalation", "Option"),
    ("graph.escalation", "Question"),
    ("graph.toolcall", "EffectDone"),
    ("graph.toolcall", "ExternalWait"),
    ("graph.toolcall", "Permit"),
    ("graph.toolcall", "ToolCall"),
    ("graph.toolcall", "ToolError"),
    ("graph.toolcall", "ToolResult"),
)


def serializer() -> JsonPlusSerializer:
    """Strict msgpack: anything that is not listed comes back as plain data."""
    return PackedSerializer(allowed_msgpack_modules=ALLOWED)
