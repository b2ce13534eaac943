"""Which calls a run made, as repeats are counted by."""

import json
import sqlite3
from typing import Any, Final

from graph.rows import ToolCalled
from graph.toolcall import ToolCall, ToolResult
from graph.trail import Made, made_of
from graph.values import RunId

_CALLS: Final = "SELECT * FROM tool_calls WHERE run_id = ? ORDER BY at, rowid"
_SAME: Final = ("id", "task_id", "attempt", "tries", "seconds", "waited", "at")


def calls_of(connection: sqlite3.Connection, run_id: RunId) -> tuple[Made, ...]:
    """Every recorded call, in order."""
    cursor = connection.execute(_CALLS, (run_id,))
    names = [column[0] for column in cursor.description]
    return tuple(made_of(tool_called(dict(zip(names, row, strict=True)))) for row in cursor)


def tool_called(row: dict[str, Any]) -> ToolCalled:
    """A row of `tool_calls` as it was recorded."""
    return ToolCalled(
        **{name: row[name] for name in _SAME},
        call=ToolCall(tool=row["tool"], args=json.loads(row["args"])),
        result=ToolResult.model_validate_json(row["result"]),
    )
