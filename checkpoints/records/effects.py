"""The effects journal: started, then done with its result, so that a replay acts once.

A claim whose holder is out (a newer fence, or its own time passed) is taken over where the backend honours keys,
and is `unknown` where it does not: then only a person knows what happened.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from checkpoints.fence import FencedWriter
from checkpoints.lane import Lane
from graph.canonical import canonical, digest
from graph.ports import Begun, RunRef
from graph.toolcall import EffectDone, ExternalWait, ToolCall
from graph.values import Json, Micros

SECOND: Final = 1_000_000
CLAIM_SECONDS: Final = 120.0
"""How long a claim stands by itself; longer than a tool call with its retries."""

_FENCE = "coalesce((SELECT fence FROM leases WHERE thread_id = :thread_id), 0)"
_CLAIM = f"""
    INSERT INTO effects
        (tenant, key, run_id, thread_id, tool, args, input_hash, status, fence, holder, expires_at, started_at)
    VALUES
        (:tenant, :key, :run_id, :thread_id, :tool, :args, :input_hash, 'started', {_FENCE}, :holder, :until, :now)
    ON CONFLICT (tenant, key) DO NOTHING
"""  # noqa: S608 built from our own constant
_RECLAIM = f"""
    UPDATE effects SET status = 'started', run_id = :run_id, thread_id = :thread_id, args = :args,
        input_hash = :input_hash, fence = {_FENCE}, holder = :holder, expires_at = :until, started_at = :now
    WHERE tenant = :tenant AND key = :key
"""  # noqa: S608 built from our own constant
_KNOWN = """
    SELECT e.status, e.input_hash, e.result, e.expires_at <= :now OR coalesce(e.fence < l.fence, 0) AS dead,
        e.started_at AS since, e.ended_at, e.late IS NOT NULL AS late
    FROM effects e LEFT JOIN leases l ON l.thread_id = e.thread_id
    WHERE e.tenant = :tenant AND e.key = :key
"""
_UNKNOWN = "UPDATE effects SET status = 'unknown' WHERE tenant = :tenant AND key = :key"
_FINISH = """
    UPDATE effects SET status = 'done', result = ?, ended_at = ?
    WHERE tenant = ? AND key = ? AND holder = ? AND status = 'started'
"""
_WAIT = """
    UPDATE effects SET status = 'pending', result = ?
    WHERE tenant = ? AND key = ? AND holder = ? AND status = 'started'
"""
_LATE = """
    UPDATE effects SET late = ?
    WHERE tenant = ? AND key = ? AND (status != 'done' OR holder != ? OR settled_by IS NOT NULL)
"""
_SETTLE = """
    UPDATE effects SET status = :verdict, settled_by = :by, ended_at = :now,
        result = CASE :verdict WHEN 'done' THEN coalesce(:result, late) END
    WHERE tenant = :tenant AND key = :key AND status IN ('started', 'unknown', 'pending')
"""
_DONE = "SELECT tool, key, args, result FROM effects WHERE run_id = ? AND status = 'done' ORDER BY started_at, rowid"


@dataclass(frozen=True)
class StoredEffects:
    """The `Effects` port over the `effects` table; keys are a tenant's."""

    writer: FencedWriter
    reader: Lane
    claim_seconds: float = CLAIM_SECONDS

    async def begin(  # noqa: PLR0913 a claim's parts
        self, run: RunRef, key: str, call: ToolCall, holder: str, *, honours_keys: bool, quiet_seconds: float = 0.0
    ) -> Begun:
        """Claim an effect, or learn what became of it. Raises `Fenced`."""
        now = self.writer.clock.now()

        def begin(connection: sqlite3.Connection) -> Begun:
            claim = {
                **run.model_dump(),
                "key": key,
                "tool": call.tool,
                "args": canonical(call.args),
                "input_hash": digest(call.model_dump()),
                "holder": holder,
                "until": now + int(self.claim_seconds * SECOND),
                "now": now,
                "quiet": round(quiet_seconds * SECOND),
            }
            return _begin(connection, claim, honours_keys=honours_keys)

        return await self.writer.submit(run.thread_id, begin)

    async def finish(self, run: RunRef, key: str, holder: str, result: Json) -> None:
        """Record that it happened.

        No fence is asked: the claimant's word counts until somebody acted on its silence; after that, and from
        anybody else, it is evidence for a person and flips nothing.
        """
        now, said = self.writer.clock.now(), canonical(result)

        def finish(connection: sqlite3.Connection) -> None:
            if connection.execute(_FINISH, (said, now, run.tenant, key, holder)).rowcount == 0:
                connection.execute(_LATE, (said, run.tenant, key, holder))

        await self.writer.writer.submit(finish)

    async def wait(self, run: RunRef, key: str, holder: str, wait: ExternalWait) -> None:
        """Record that one's own claim is made and its answer comes later. Raises `Fenced`."""
        given = (wait.model_dump_json(), run.tenant, key, holder)

        def pending(connection: sqlite3.Connection) -> None:
            connection.execute(_WAIT, given)

        await self.writer.submit(run.thread_id, pending)

    async def abandon(self, run: RunRef, key: str, holder: str) -> None:
        """Take back one's own claim: it certainly did not happen, so it may be tried again."""
        sql = "DELETE FROM effects WHERE tenant = ? AND key = ? AND holder = ? AND status = 'started'"

        def abandon(connection: sqlite3.Connection) -> None:
            connection.execute(sql, (run.tenant, key, holder))

        await self.writer.writer.submit(abandon)

    async def settle(
        self, run: RunRef, key: str, verdict: Literal["done", "not_done"], by: str, result: Json | None = None
    ) -> None:
        """The word on an effect that nobody reported, or not yet; a no-op on one that is settled. Raises `Fenced`.

        It counts for a claim that is still `started`, too: a call that lost its answer leaves one behind.
        """
        said = None if result is None else canonical(result)
        given = {"verdict": verdict, "by": by, "now": self.writer.clock.now(), "tenant": run.tenant, "key": key}
        given["result"] = said

        def settle(connection: sqlite3.Connection) -> None:
            connection.execute(_SETTLE, given)

        await self.writer.submit(run.thread_id, settle)

    async def done(self, run: RunRef) -> tuple[EffectDone, ...]:
        """Every effect of the run that happened, oldest first."""

        def done(connection: sqlite3.Connection) -> tuple[EffectDone, ...]:
            return tuple(_effect(*row) for row in connection.execute(_DONE, (run.run_id,)))

        return await self.reader.submit(done)


class _Known(NamedTuple):
    """What the journal holds of an effect."""

    status: str
    input_hash: str
    result: str | None
    dead: int
    since: Micros
    ended_at: int | None
    late: int


def _begin(connection: sqlite3.Connection, claim: dict[str, Any], *, honours_keys: bool) -> Begun:
    if connection.execute(_CLAIM, claim).rowcount:
        return Begun("run")
    known = _Known(*connection.execute(_KNOWN, claim).fetchone())
    if known.status == "not_done":
        quiet = 0 if known.ended_at is None else known.ended_at + claim["quiet"] - claim["now"]
        return Begun("busy", again_in=quiet / SECOND) if quiet > 0 else _take_over(connection, claim)
    if known.input_hash != claim["input_hash"]:
        return Begun("conflict")
    if known.status == "done":
        return Begun("replay", None if known.result is None else json.loads(known.result))
    if known.status == "pending":
        return Begun("pending", wait=ExternalWait.model_validate_json(known.result or ""))
    return _unfinished(connection, claim, known, honours_keys=honours_keys)


def _unfinished(connection: sqlite3.Connection, claim: dict[str, Any], known: _Known, *, honours_keys: bool) -> Begun:
    if known.status == "started" and not known.dead:
        return Begun("busy", since=known.since)
    if known.status == "started" and honours_keys:
        return _take_over(connection, claim)
    connection.execute(_UNKNOWN, claim)
    return Begun("unknown", since=known.since, late=bool(known.late))


def _take_over(connection: sqlite3.Connection, claim: dict[str, Any]) -> Begun:
    connection.execute(_RECLAIM, claim)
    return Begun("run")


def _effect(tool: str, key: str, args: str, result: str | None) -> EffectDone:
    return EffectDone(tool=tool, key=key, args=json.loads(args), result=None if result is None else json.loads(result))
