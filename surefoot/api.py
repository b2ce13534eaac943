"""Surefoot from Python: open a database, run jobs, answer, resume."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from graph.context import RunContext
from graph.contract import Budget, Outcome, RunStatus, Spend
from graph.escalation import Escalation
from graph.jobs import CardView, RunView
from graph.ports import Clock, RunRef
from graph.values import Json, Micros
from surefoot.assembly import Assembly, assembled
from surefoot.models.provider import Provider
from surefoot.progress import Listener, silent
from surefoot.settings import Settings


@dataclass(frozen=True)
class Run:
    """A run as its caller sees it."""

    id: str
    thread_id: str
    status: RunStatus
    state: str | None
    """The node that the run is in, or ended in."""
    outcome: Outcome | None
    error: str | None
    """What interrupted it, in one line."""
    spend: Spend
    escalation: Escalation | None
    """The card it waits for."""


@dataclass(frozen=True)
class Surefoot:
    """An open agent of one domain."""

    assembly: Assembly
    domain: str

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        db: str | Path | None = None,
        *,
        domain: str = "support",
        provider: Provider | None = None,
        clock: Clock | None = None,
    ) -> AsyncIterator[Self]:
        """Open the database, and create it where it is missing.

        Raises:
            StorageError: The file cannot be used.
            DomainMistake: The domain is unknown, or wired wrongly.
        """
        settings = Settings(db=Path(db)) if db else Settings()
        async with assembled(settings, provider=provider, clock=clock) as assembly:
            assembly.catalog.get(domain)
            yield cls(assembly, domain)

    async def run(
        self,
        request: Json,
        *,
        budget: Budget | None = None,
        tenant: str = "default",
        thread_id: str | None = None,
        listener: Listener = silent,
    ) -> Run:
        """Accept a job and drive it to its end, to a person, or to a wait. Raises `ThreadBusy`."""
        chosen = budget.model_dump(exclude_unset=True) if budget else {}
        context = RunContext(domain=self.domain, tenant=tenant, budget=chosen)
        view = await self.assembly.runner.accept(context, request, thread_id)
        return await self._seen(await self.assembly.runner.drive(view.job.run_id, listener))

    async def get(self, run_id: str) -> Run:
        """The run as it stands. Raises `UnknownRun`."""
        return await self._seen(await self.assembly.runner.view(run_id))

    async def resume(self, run_id: str, *, listener: Listener = silent) -> Run:
        """Continue at the state that failed or was interrupted. Raises `UnknownRun`, `RunBusy`, `StaleAnswer`."""
        return await self._seen(await self.assembly.runner.resume(run_id, listener))

    async def cancel(self, run_id: str) -> Run:
        """End the run at its next state. Raises `UnknownRun`, `StaleAnswer`."""
        return await self._seen(await self.assembly.runner.cancel(run_id))

    async def decide(self, card_or_run: str, option: str, *, note: str = "", actor: str = "python") -> Run:
        """Answer an escalation. Raises `StaleAnswer`, `UnknownRun`, `RunBusy`."""
        view = await self.assembly.runner.decide(card_or_run, option, note=note, actor=actor)
        return await self._seen(view)

    async def inbox(self) -> list[CardView]:
        """Open escalations, the earliest deadline first."""
        return await self.assembly.store.reads.cards()

    async def take_defaults(self, now: Micros | None = None) -> list[Run]:
        """Take the safe default of every card whose deadline has passed."""
        views = await self.assembly.runner.take_defaults(now or self.assembly.deps.clock.now())
        return [await self._seen(view) for view in views]

    async def _seen(self, view: RunView) -> Run:
        job = view.job
        spend = await self.assembly.deps.ledger.spent(
            RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant)
        )
        waiting = view.status == "waiting"
        cards = await self.assembly.store.reads.cards(run_id=job.run_id) if waiting else []
        return Run(
            id=job.run_id,
            thread_id=job.thread_id,
            status=view.status,
            state=view.state,
            outcome=view.outcome,
            error=view.error,
            spend=spend,
            escalation=cards[0].card if cards else None,
        )
