"""The tables, as data.

Every table of ours carries its tenant; times are integer microseconds since the epoch, money is integer
micro-dollars, JSON is text. `sqlite-utils schema FILE` shows the result.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from sqlite_utils import Database

LANGGRAPH: Final = (
    """
    CREATE TABLE checkpoints (
        thread_id TEXT NOT NULL,
        checkpoint_ns TEXT NOT NULL DEFAULT '',
        checkpoint_id TEXT NOT NULL,
        parent_checkpoint_id TEXT,
        type TEXT,
        checkpoint BLOB,
        metadata BLOB,
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id)
    )
    """,
    """
    CREATE TABLE writes (
        thread_id TEXT NOT NULL,
        checkpoint_ns TEXT NOT NULL DEFAULT '',
        checkpoint_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        task_path TEXT NOT NULL DEFAULT '',
        idx INTEGER NOT NULL,
        channel TEXT NOT NULL,
        type TEXT,
        value BLOB,
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
    )
    """,
)
"""LangGraph's own tables, exactly as its SQLite saver reads them."""


@dataclass(frozen=True)
class Table:
    """One table of ours. Columns are required unless they are optional."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, type]
    optional: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def create(self, database: Database) -> None:
        """Create the table and its indexes."""
        table = database.table(self.name)
        required = [column for column in self.columns if column not in {*self.optional, *self.key}]
        pk = self.key if len(self.key) > 1 else self.key[0]
        table.create(self.columns, pk=pk, not_null=required, defaults=self.defaults)
        for column in self.unique:
            table.create_index([column], unique=True)
        for columns in self.indexes:
            table.create_index(list(columns))


TABLES: Final = (
    Table(
        "jobs",
        ("number",),
        {
            "number": int, "run_id": str, "thread_id": str, "tenant": str, "domain": str, "status": str, "begun": int,
            "state": str, "request": str, "context": str, "header": str, "outcome": str, "error": str,
            "attempts": int, "cancel_requested": int, "wake_at": int, "resume_at": str, "parent_id": str,
            "batch_id": str, "due_at": int, "due_basis": str, "accepted_at": int, "updated_at": int,
        },
        optional=("state", "header", "outcome", "error", "wake_at", "resume_at", "parent_id", "batch_id", "due_at",
                  "due_basis"),
        defaults={"begun": 0, "attempts": 0, "cancel_requested": 0},
        unique=("run_id",),
        indexes=(("thread_id", "number"), ("status", "wake_at")),
    ),
    Table(
        "leases",
        ("thread_id",),
        {"thread_id": str, "tenant": str, "holder": str, "fence": int, "expires_at": int},
    ),
    Table(
        "transitions",
        ("run_id", "sequence"),
        {"run_id": str, "sequence": int, "tenant": str, "source": str, "target": str, "reason": str, "at": int},
    ),
    Table(
        "reservations",
        ("id",),
        {
            "id": str, "run_id": str, "thread_id": str, "tenant": str, "role": str, "status": str, "fence": int,
            "tokens": int, "usd_micros": int, "seconds": float, "at": int,
        },
        defaults={"seconds": 0},
        indexes=(("run_id", "status"), ("thread_id", "status")),
    ),
    Table(
        "model_calls",
        ("id",),
        {
            "id": str, "run_id": str, "tenant": str, "state": str, "task_id": str, "role": str, "tier": str,
            "model": str, "prompt_version": str, "prompt_tokens": int, "completion_tokens": int, "cached_tokens": int,
            "usd_micros": int, "seconds": float, "attempt": int, "outcome": str, "charged": int, "at": int,
        },
        optional=("task_id",),
        indexes=(("run_id",), ("at",)),
    ),
    Table(
        "tool_calls",
        ("id",),
        {
            "id": str, "run_id": str, "tenant": str, "task_id": str, "attempt": int, "tool": str, "args": str,
            "ok": int, "code": str, "result": str, "tries": int, "seconds": float, "at": int,
        },
        optional=("code",),
        indexes=(("run_id", "at"),),
    ),
    Table(
        "effects",
        ("tenant", "key"),
        {
            "tenant": str, "key": str, "run_id": str, "thread_id": str, "tool": str, "args": str, "input_hash": str,
            "status": str, "fence": int, "holder": str, "expires_at": int, "result": str, "late": str,
            "settled_by": str, "started_at": int, "ended_at": int,
        },
        optional=("result", "late", "settled_by", "ended_at"),
        indexes=(("run_id",),),
    ),
    Table(
        "escalations",
        ("id",),
        {
            "id": str, "run_id": str, "thread_id": str, "tenant": str, "kind": str, "status": str, "card": str,
            "answer": str, "deadline": int, "opened_at": int, "decided_at": int, "closed_at": int,
        },
        optional=("answer", "decided_at", "closed_at"),
        indexes=(("status", "deadline"), ("run_id",)),
    ),
    Table(
        "dead_letters",
        ("run_id", "cause"),
        {
            "run_id": str, "cause": str, "tenant": str, "state": str, "error": str, "checkpoint_id": str,
            "attempts": int, "resolved": int, "at": int,
        },
        optional=("checkpoint_id",),
        defaults={"resolved": 0},
        indexes=(("resolved", "at"),),
    ),
    Table(
        "alerts",
        ("run_id", "kind"),
        {"run_id": str, "kind": str, "tenant": str, "message": str, "at": int},
        indexes=(("at",),),
    ),
)  # fmt: skip

LIMITS: Final = (
    Table(
        "breakers",
        ("domain", "tool", "at"),
        {
            "domain": str, "tool": str, "at": int, "state": str, "until": int, "reason": str, "run_id": str,
            "tenant": str,
        },
        optional=("until",),
        indexes=(("at",),),
    ),
    Table("rates", ("key", "tenant"), {"key": str, "tenant": str, "full_at": int, "seen": int}),
)  # fmt: skip
"""Since version 2. A bucket of `rates` belongs to all tenants: its backend knows one caller. Its tenant is empty."""
