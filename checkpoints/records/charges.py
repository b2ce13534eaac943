"""What version 4 of the schema added: what each charge is for, and the sums that limits are held against."""

from typing import Final

from checkpoints.records.schema import Table

SPENDING: Final = Table(
    "spending",
    ("scope", "name", "at"),
    {
        "scope": str, "name": str, "at": int, "tenant": str, "tokens": int, "usd_micros": int, "calls": int,
        "seconds": float, "refused": int, "overruns": int, "closed_at": int,
    },
    optional=("closed_at",),
)  # fmt: skip
"""Sums of a run (`at` 0), and of a tenant or a domain by quarters of an hour. A domain has no tenant."""

CHARGES: Final[dict[str, dict[str, str]]] = {
    "reservations": {
        "answer_tokens": "INTEGER NOT NULL DEFAULT 0", "reason": "TEXT NOT NULL DEFAULT ''",
        "domain": "TEXT NOT NULL DEFAULT ''", "state": "TEXT NOT NULL DEFAULT ''", "task_id": "TEXT",
        "tier": "TEXT NOT NULL DEFAULT ''", "model": "TEXT NOT NULL DEFAULT ''",
        "endpoint": "TEXT NOT NULL DEFAULT ''", "hop": "INTEGER NOT NULL DEFAULT 0",
        "prompt_version": "TEXT NOT NULL DEFAULT ''", "attempt": "INTEGER NOT NULL DEFAULT 1",
        "overrun": "INTEGER NOT NULL DEFAULT 0",
    },
    "model_calls": {
        "domain": "TEXT NOT NULL DEFAULT ''", "endpoint": "TEXT NOT NULL DEFAULT ''",
        "hop": "INTEGER NOT NULL DEFAULT 0", "tries": "INTEGER NOT NULL DEFAULT 1", "error": "TEXT",
        "estimated": "INTEGER NOT NULL DEFAULT 0", "priced": "INTEGER NOT NULL DEFAULT 1",
        "repair": "INTEGER NOT NULL DEFAULT 0", "counted": "INTEGER NOT NULL DEFAULT 0",
    },
}  # fmt: skip
"""What a charge is for. `reason` is why it was refused, `overrun` by how many tokens it was passed."""

SUMS: Final = (
    """
    UPDATE model_calls SET domain = coalesce((SELECT domain FROM jobs WHERE jobs.run_id = model_calls.run_id), '')
    """,
    """
    UPDATE reservations SET domain = coalesce((SELECT domain FROM jobs WHERE jobs.run_id = reservations.run_id), '')
    """,
    """
    INSERT INTO spending (scope, name, at, tenant, tokens, usd_micros, calls, seconds, refused, overruns)
    SELECT 'run', run_id, 0, min(tenant), sum(CASE status WHEN 'refused' THEN 0 ELSE tokens END),
        sum(CASE status WHEN 'refused' THEN 0 ELSE usd_micros END), sum(status != 'refused'),
        sum(CASE status WHEN 'refused' THEN 0 ELSE seconds END), sum(status = 'refused'), 0
    FROM reservations GROUP BY run_id
    """,
    """
    INSERT INTO spending (scope, name, at, tenant, tokens, usd_micros, calls, seconds, refused, overruns)
    SELECT 'tenant', tenant, at - at % 900000000, tenant, sum(tokens), sum(usd_micros), count(*), 0, 0, 0
    FROM reservations WHERE status != 'refused' GROUP BY 2, 3
    """,
    """
    INSERT INTO spending (scope, name, at, tenant, tokens, usd_micros, calls, seconds, refused, overruns)
    SELECT 'domain', domain, at - at % 900000000, '', sum(tokens), sum(usd_micros), count(*), 0, 0, 0
    FROM reservations WHERE status != 'refused' AND domain != '' GROUP BY 2, 3
    """,
)
"""The sums of what an older version spent."""
