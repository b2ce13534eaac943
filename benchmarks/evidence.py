"""What a kill left behind, read straight from the files: no code of the runner or of the store's reads is asked."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.slow_support import Execution
from checkpoints.saver.allowed import serializer
from graph.values import Json

RESTING: Final = frozenset({"waiting", "parked", "complete", "rejected", "failed"})

Attempt = tuple[str, int]
"""Task id and attempt: one execution of a worker that may happen once."""


@dataclass(frozen=True)
class Standing:
    """A run as the database has it."""

    run_id: str
    status: str
    begun: bool
    node: str
    """The node that was entered last."""
    deciding: bool
    """An answer was accepted, and the run has not taken it up yet."""
    outcome: Json | None = None
    error: str | None = None
    committed: frozenset[Attempt] = field(default_factory=frozenset)
    """Attempts whose result is in a checkpoint's writes: finished for good."""
    waiting_kind: str | None = None
    effects: tuple[Json, ...] = ()
    """Effects that the journal has as done."""

    @property
    def under_way(self) -> bool:
        """Whether a process had work to do on it."""
        return self.begun and (self.deciding or self.status not in RESTING)


def standing(db: Path) -> Standing | None:
    """The newest run of the database; `None` where none was accepted."""
    with _reading(db) as connection:
        job = connection.execute("SELECT * FROM jobs ORDER BY number DESC LIMIT 1").fetchone()
        return _standing(connection, dict(job)) if job else None


def _standing(connection: sqlite3.Connection, job: dict[str, Any]) -> Standing:
    run = (job["run_id"],)
    moved = connection.execute("SELECT target FROM transitions WHERE run_id = ? ORDER BY sequence DESC LIMIT 1", run)
    cards = connection.execute("SELECT kind, status FROM escalations WHERE run_id = ?", run).fetchall()
    effects = connection.execute("SELECT tool, args FROM effects WHERE run_id = ? AND status = 'done'", run)
    return Standing(
        run_id=job["run_id"],
        status=job["status"],
        begun=bool(job["begun"]),
        node=next((row["target"] for row in moved), "intake"),
        deciding=any(card["status"] == "decided" for card in cards),
        outcome=json.loads(job["outcome"]) if job["outcome"] else None,
        error=job["error"],
        committed=_committed(connection, job["thread_id"]),
        waiting_kind=next((card["kind"] for card in cards if card["status"] == "open"), None),
        effects=tuple({"tool": row["tool"], "args": json.loads(row["args"])} for row in effects),
    )


def _committed(connection: sqlite3.Connection, thread_id: str) -> frozenset[Attempt]:
    """Every result that a worker handed in and LangGraph stored."""
    serde = serializer()
    rows = connection.execute(
        "SELECT type, value FROM writes WHERE thread_id = ? AND channel = 'results'", (thread_id,)
    )
    written = [serde.loads_typed((row["type"], row["value"])) for row in rows]
    return frozenset(
        (task_id, result.attempt) for write in written if isinstance(write, dict) for task_id, result in write.items()
    )


def run_again(committed: frozenset[Attempt], later: list[Execution]) -> list[str]:
    """Attempts that were committed when a process died, and that a later process executed all the same."""
    begun = [execution for execution in later if execution.kind == "task"]
    return [
        f"task {execution.task_id}, attempt {execution.attempt}, was finished and ran again ({execution.name})"
        for execution in begun
        if (execution.task_id, execution.attempt) in committed
    ]


def repeated_effects(shop: Path) -> list[str]:
    """What the shop itself counts more than once: an effect on one order, a letter to one customer, money paid back."""
    with _reading(shop) as connection:
        logged = connection.execute("SELECT operation, args FROM effects_log").fetchall()
        letters = connection.execute("SELECT recipient, count(*) AS n FROM outbox GROUP BY recipient").fetchall()
        paid = connection.execute("SELECT order_id, refunded_cents FROM payments WHERE refunded_cents > 0").fetchall()
    done = [(row["operation"], json.loads(row["args"])) for row in logged]
    counts = Counter((operation, args.get("order_id") or args.get("to")) for operation, args in done)
    owed = _owed(done)
    return [
        *(f"{operation} on {subject} happened {n} times" for (operation, subject), n in counts.items() if n > 1),
        *(f"{row['recipient']} was sent {row['n']} letters" for row in letters if row["n"] > 1),
        *(
            f"{row['order_id']} was paid back {row['refunded_cents']} cents, not {owed[row['order_id']]}"
            for row in paid
            if owed.get(row["order_id"], row["refunded_cents"]) != row["refunded_cents"]
        ),
    ]


def _owed(done: list[tuple[str, Json]]) -> dict[str, int]:
    """Cents that each refund was for; a cancellation's amount is the payment's own."""
    return {args["order_id"]: args["amount_cents"] for operation, args in done if operation == "issue_refund"}


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = ON")
        yield connection
