"""What can be asked of the ledger: calls, sums, what runs cost."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from checkpoints.lane import Lane, T
from graph.costs import CallView, CostLine, CostsBy, RunCost
from graph.ports import Clock
from graph.rows import Alerted
from graph.values import Micros, RunId

_CHARGES = """
    WITH charges AS (SELECT r.id, r.rowid AS number, r.run_id, r.tenant, r.at, r.status, r.role, r.tokens,
        r.usd_micros, r.seconds,
        coalesce(m.domain, r.domain) AS domain, coalesce(m.state, r.state) AS state,
        coalesce(m.task_id, r.task_id) AS task_id, coalesce(m.tier, r.tier) AS tier,
        coalesce(m.model, r.model) AS model, coalesce(m.endpoint, r.endpoint) AS endpoint,
        coalesce(m.hop, r.hop) AS hop, coalesce(m.attempt, r.attempt) AS attempt, coalesce(m.tries, 1) AS tries,
        CASE r.status WHEN 'settled' THEN coalesce(m.outcome, 'ok') ELSE r.status END AS outcome, m.error,
        coalesce(m.prompt_tokens, 0) AS prompt_tokens, coalesce(m.completion_tokens, 0) AS completion_tokens,
        coalesce(m.cached_tokens, 0) AS cached_tokens,
        r.status != 'settled' OR coalesce(m.estimated, 0) AS estimated,
        coalesce(m.priced, 1)
            AND (r.usd_micros > 0 OR r.tokens = 0 OR m.endpoint != '' OR m.model = 'offline rules') AS priced
    FROM reservations r LEFT JOIN model_calls m ON m.id = r.id WHERE r.status != 'refused')
"""
"""Charges with their calls. A row from before prices were told apart counts as priced only where that is sure."""
_CALLS = "SELECT * FROM charges WHERE run_id = :run_id ORDER BY at, number"
_SUMS = """
    SELECT {key} AS key, count(DISTINCT run_id) AS runs, count(*) AS calls, sum(tokens) AS tokens,
        sum(cached_tokens) AS cached_tokens, sum(usd_micros) AS usd_micros, sum(seconds) AS seconds,
        sum(estimated) AS estimated, sum(NOT priced) AS unpriced, sum(status = 'unknown') AS unknown
    FROM charges WHERE (:since IS NULL OR at >= :since) AND (:domain IS NULL OR domain = :domain)
    GROUP BY 1 ORDER BY {order}
"""
_KEYS: Final[dict[CostsBy, str]] = {
    "day": "date(at / 1000000, 'unixepoch')", "domain": "domain", "tenant": "tenant", "model": "model",
    "state": "state", "role": "role",
}  # fmt: skip
_DEAREST = "usd_micros DESC, tokens DESC, key"
_RUN_COSTS = """
    SELECT jobs.run_id, jobs.domain, jobs.status, jobs.request, jobs.updated_at AS ended_at,
        coalesce(json_extract(jobs.outcome, '$.cause'), '') AS cause,
        coalesce(sum(c.tokens), 0) AS tokens, coalesce(sum(c.usd_micros), 0) AS usd_micros, count(c.id) AS calls,
        (SELECT coalesce(sum(worked), 0) FROM transitions t WHERE t.run_id = jobs.run_id) AS worked,
        coalesce(sum(NOT c.priced), 0) AS unpriced
    FROM (
        SELECT * FROM jobs WHERE domain = :domain AND status IN ('complete', 'rejected', 'failed')
        ORDER BY number DESC LIMIT :limit
    ) jobs LEFT JOIN charges c ON c.run_id = jobs.run_id
    GROUP BY jobs.number ORDER BY jobs.number DESC
"""


@dataclass(frozen=True)
class StoredCosts:
    """The `CostReads` port, on a connection that cannot write."""

    reader: Lane
    clock: Clock

    async def model_calls(self, run_id: RunId) -> list[CallView]:
        """Every model call of a run, in order; refused ones never happened."""
        return await self._all(f"{_CHARGES} {_CALLS}", _call, run_id=run_id)

    async def costs(self, by: CostsBy, *, since: Micros | None = None, domain: str | None = None) -> list[CostLine]:
        """Sums of all that was charged; days in order, else the dearest first."""
        sql = _SUMS.format(key=_KEYS[by], order="key" if by == "day" else _DEAREST)
        return await self._all(f"{_CHARGES} {sql}", CostLine.model_validate, since=since, domain=domain)

    async def run_costs(self, domain: str, *, limit: int = 1_000) -> list[RunCost]:
        """What a domain's finished runs cost, the newest first."""
        return await self._all(f"{_CHARGES} {_RUN_COSTS}", _run_cost, domain=domain, limit=limit)

    async def alerts(self, run_id: RunId) -> list[Alerted]:
        """What somebody should look at, in order."""
        sql = "SELECT kind, message, at FROM alerts WHERE run_id = :run_id ORDER BY at, kind"
        return await self._all(sql, Alerted.model_validate, run_id=run_id)

    async def _all(self, sql: str, make: Callable[[dict[str, Any]], T], **given: Any) -> list[T]:
        def read(connection: sqlite3.Connection) -> list[T]:
            return [make(dict(row)) for row in connection.execute(sql, given)]

        return await self.reader.submit(read)


def _call(row: dict[str, Any]) -> CallView:
    return CallView.model_validate({name: row[name] for name in CallView.model_fields})


def _run_cost(row: dict[str, Any]) -> RunCost:
    return RunCost.model_validate({**row, "request": json.loads(row["request"])})
