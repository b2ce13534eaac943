"""Fakes of the ports, small and typed: in memory, in one process, without waiting."""

from dataclasses import dataclass, field
from typing import Literal

from graph.ports import Begun, RunRef
from graph.rows import Record, ToolCalled
from graph.toolcall import EffectDone, ExternalWait, ToolCall
from graph.trail import Made, made_of
from graph.values import Json, Micros

MICROS = 1_000_000
NOON = Micros(1_764_590_400 * MICROS)
"""2025-12-01T12:00:00Z."""


@dataclass
class FakeClock:
    """Time moves when somebody sleeps or a test says so; jitter is a constant."""

    time: int = NOON
    share: float = 0.5
    sleeps: list[float] = field(default_factory=list)

    def now(self) -> Micros:
        """Microseconds since the epoch, as set."""
        return Micros(self.time)

    async def sleep(self, seconds: float) -> None:
        """Do not wait, but remember and move on."""
        self.sleeps.append(seconds)
        self.advance(seconds)

    def jitter(self) -> float:
        """The constant share."""
        return self.share

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += round(seconds * MICROS)


@dataclass
class MemoryRecords:
    """Rows by run, in the order of their arrival; a tool call's id is a key, as in the real store."""

    rows: dict[str, list[Record]] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    raises: Exception | None = None
    """What the next and every further `append` raises."""

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """Keep rows; returns whether the run was cancelled."""
        if self.raises is not None:
            raise self.raises
        self._keep(run, rows)
        return run.run_id in self.cancelled

    def queue(self, run: RunRef, *rows: Record) -> None:
        """Keep rows at once, as `append` does; raises where it does."""
        if self.raises is not None:
            raise self.raises
        self._keep(run, rows)

    def _keep(self, run: RunRef, rows: tuple[Record, ...]) -> None:
        kept = self.rows.setdefault(run.run_id, [])
        known = {row.id for row in kept if isinstance(row, ToolCalled)}
        kept.extend(row for row in rows if not (isinstance(row, ToolCalled) and row.id in known))

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """The same, as repeats are counted by."""
        return tuple(made_of(row) for row in self.tool_calls(run.run_id))

    def tool_calls(self, run_id: str) -> list[ToolCalled]:
        """The hardened calls of a run."""
        return [row for row in self.rows.get(run_id, []) if isinstance(row, ToolCalled)]


@dataclass
class Claim:
    """One effect in the journal."""

    run: RunRef
    call: ToolCall
    holder: str
    status: Literal["started", "done", "unknown", "pending"] = "started"
    wait: ExternalWait | None = None
    result: Json | None = None
    late: Json | None = None
    settled_by: str | None = None


@dataclass
class MemoryEffects:
    """The journal's rules without its storage, by tenant and key.

    A holder counts as alive until a test adds it to `dead`.
    """

    claims: dict[tuple[str, str], Claim] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    async def begin(
        self, run: RunRef, key: str, call: ToolCall, holder: str, *, honours_keys: bool, quiet_seconds: float = 0.0
    ) -> Begun:
        """Claim an effect, or learn what became of it."""
        claim = self.claims.get((run.tenant, key))
        if claim is None:
            self.claims[run.tenant, key] = Claim(run, call, holder)
            return Begun("run")
        if claim.call != call:
            return Begun("conflict")
        if claim.status == "done":
            return Begun("replay", claim.result)
        if claim.status == "pending":
            return Begun("pending", wait=claim.wait)
        if claim.status == "started" and claim.holder not in self.dead:
            return Begun("busy")
        claim.status, claim.holder = ("started", holder) if honours_keys else ("unknown", claim.holder)
        return Begun("run" if honours_keys else "unknown")

    async def finish(self, run: RunRef, key: str, holder: str, result: Json) -> None:
        """Record that it happened; from anybody but the claimant it is evidence only."""
        claim = self.claims[run.tenant, key]
        if (claim.holder, claim.status) == (holder, "started"):
            claim.status, claim.result = "done", result
        else:
            claim.late = result

    async def wait(self, run: RunRef, key: str, holder: str, wait: ExternalWait) -> None:
        """Record that its answer comes later."""
        claim = self.claims[run.tenant, key]
        claim.status, claim.wait = "pending", wait

    async def abandon(self, run: RunRef, key: str, holder: str) -> None:
        """Take back one's own claim."""
        claim = self.claims.get((run.tenant, key))
        if claim is not None and (claim.holder, claim.status) == (holder, "started"):
            del self.claims[run.tenant, key]

    async def settle(
        self, run: RunRef, key: str, verdict: Literal["done", "not_done"], by: str, result: Json | None = None
    ) -> None:
        """A word on an effect that was not reported."""
        claim = self.claims.get((run.tenant, key))
        if claim is None or claim.status == "done":
            return
        if verdict == "not_done":
            del self.claims[run.tenant, key]
        else:
            claim.status, claim.result, claim.settled_by = "done", result or claim.result or claim.late, by

    async def done(self, run: RunRef) -> tuple[EffectDone, ...]:
        """Every effect of the run that happened, oldest first."""
        return tuple(
            EffectDone(tool=claim.call.tool, key=key, args=claim.call.args, result=claim.result)
            for (_, key), claim in self.claims.items()
            if claim.status == "done" and claim.run.run_id == run.run_id
        )
