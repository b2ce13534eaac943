"""Accepts jobs and has them driven: the one way in, always under a fenced lease."""

import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, cast
from uuid import uuid4

from graph.answers import CANCELLED
from graph.build import Compiled
from graph.context import RunContext
from graph.embedded import parent_of
from graph.errors import RunBusy, StaleAnswer, UnknownRun
from graph.escalation import Answer
from graph.jobs import CardView, Job, RunView, Stores
from graph.ports import Clock, Domains
from graph.values import Json, Micros, RunId, ThreadId
from surefoot.driver import NONE, PARKED, STOPPED, Driver, Statuses
from surefoot.funds import refuse_penniless, refuse_unaffordable, refuse_unfundable
from surefoot.leasing import leased
from surefoot.progress import Listener, silent

OVER: Final = frozenset({"complete", "rejected", "failed"})

log = logging.getLogger("surefoot.runner")


@dataclass(frozen=True)
class Runner:
    """Drives runs over one store."""

    graph: Compiled
    stores: Stores
    domains: Domains
    clock: Clock
    lease_seconds: float = 30.0
    most_supersteps: int = 400

    async def accept(self, context: RunContext, request: Json, thread_id: str | None = None) -> RunView:
        """Record a job. Raises `DomainMistake`, and `ThreadBusy` while the thread's run is not over."""
        self.domains.get(context.domain)
        run_id = RunId(context.run_id or uuid4().hex[:12])
        job = Job(
            run_id=run_id,
            thread_id=ThreadId(thread_id or run_id),
            tenant=context.tenant,
            domain=context.domain,
            request=request,
            context={**asdict(context), "run_id": run_id},
            accepted_at=self.clock.now(),
        )
        await self.stores.jobs.accept(job)
        return await self.view(run_id)

    async def view(self, run_id: str) -> RunView:
        """The run as it stands. Raises `UnknownRun`."""
        view = await self.stores.reads.run(RunId(run_id))
        if view is None:
            raise UnknownRun(f"no run {run_id!r}; `surefoot runs` lists them")
        return view

    async def drive(self, run_id: str, listener: Listener = silent) -> RunView:
        """Take the run as far as it goes: to its end, to a person, or to a wait. A parked run stays parked."""
        return await self._driven(run_id, listener)

    async def resume(self, run_id: str, listener: Listener = silent, *, budget: Json | None = None) -> RunView:
        """Continue at the state that failed, parked or was interrupted; finished work is kept.

        `budget` holds new limits, such as `{"usd": 0.20}`; a run that used up its own needs one.
        Raises `StaleAnswer`, and `BadRequest` where the limits are missing, or used up already.
        """
        view = await self.view(run_id)
        if view.status in {"complete", "rejected"} or (view.outcome and view.outcome.cause == CANCELLED):
            raise StaleAnswer(f"run {run_id} is over ({view.status}); there is nothing to resume")
        if budget:
            refuse_unfundable(view, await self._values(view), budget)
        else:
            refuse_penniless(view)
        return await self._driven(run_id, listener, reenter=STOPPED, budget=budget)

    async def cancel(self, run_id: str, listener: Listener = silent) -> RunView:
        """Ask the run to end; where nobody drives it, it ends now. Raises `StaleAnswer` for one that is over."""
        view = await self.view(run_id)
        if view.status in OVER:
            raise StaleAnswer(f"run {run_id} is over ({view.status}); there is nothing to cancel")
        await self.stores.jobs.cancel(view.job.run_id)
        if view.status == "running" or parent_of(view.job.thread_id):
            return view  # its driver meets the flag at the next state
        cancelled = {"option": CANCELLED, "actor": "caller"}
        return await self._driven(run_id, listener, reenter=STOPPED, answer=cancelled)

    async def decide(
        self, card_or_run: str, option: str, *, note: str = "", actor: str = "unknown", listener: Listener = silent
    ) -> RunView:
        """Answer an escalation, by its own id or its run's. Raises `StaleAnswer` where it is not open any more."""
        card = await self._open_card(card_or_run)
        if card.card.option(option) is None:
            choices = ", ".join(choice.id for choice in card.card.options)
            raise StaleAnswer(f"option {option!r} is not on card {card.card.id}; choose one of: {choices}")
        _refuse_embedded(card.card.run_id, card.thread_id)
        if card.card.kind == "budget":
            refuse_unaffordable(card.card, option, note, await self._values(await self.view(card.card.run_id)))
        answer = Answer(escalation_id=card.card.id, option=option, note=note, actor=actor)
        async with leased(self.stores.leases, card.thread_id, self.lease_seconds):
            if not await self.stores.decisions.decide(answer, self.clock.now()):
                raise StaleAnswer(f"escalation {card.card.id} was answered meanwhile")
            await self._driver.advance((await self.view(card.card.run_id)).job, listener)
        return await self.view(card.card.run_id)

    async def take_defaults(self, now: Micros) -> list[RunView]:
        """Take the default option of every open card whose deadline has passed."""
        cards = await self.stores.reads.overdue(now)
        return await _of_free_runs(
            self.decide(card.card.id, card.card.default_option, note="deadline passed", actor="deadline")
            for card in cards
        )

    async def wake(self, now: Micros) -> list[RunView]:
        """Re-enter every parked run whose time has come."""
        due = await self.stores.reads.due(now)
        return await _of_free_runs(self._driven(view.job.run_id, silent, reenter=PARKED) for view in due)

    async def _driven(
        self,
        run_id: str,
        listener: Listener,
        *,
        reenter: Statuses = NONE,
        answer: Json | None = None,
        budget: Json | None = None,
    ) -> RunView:
        view = await self.view(run_id)
        _refuse_embedded(view.job.run_id, view.job.thread_id)
        async with leased(self.stores.leases, view.job.thread_id, self.lease_seconds):
            await self._driver.advance(view.job, listener, reenter=reenter, answer=answer, budget=budget)
        return await self.view(run_id)  # without the lease, so that an interrupted run reads as such

    async def _values(self, view: RunView) -> Mapping[str, Any]:
        """The state as the thread holds it."""
        snapshot = await self.graph.aget_state({"configurable": {"thread_id": view.job.thread_id}})
        return cast("Mapping[str, Any]", snapshot.values)

    async def _open_card(self, card_or_run: str) -> CardView:
        card = await self.stores.reads.card(card_or_run)
        if card is None:
            view = await self.view(card_or_run)
            cards = await self.stores.reads.cards(run_id=view.job.run_id)
            if not cards:
                raise StaleAnswer(f"run {card_or_run} waits for no decision; it is {view.status}")
            card = cards[0]
        if card.status != "open":
            told = f" by {card.answer.actor}: {card.answer.option}" if card.answer else ""
            raise StaleAnswer(f"escalation {card.card.id} was answered already{told}")
        return card

    @property
    def _driver(self) -> Driver:
        return Driver(self.graph, self.stores, self.domains, self.clock, self.most_supersteps)


def _refuse_embedded(run_id: RunId, thread_id: ThreadId) -> None:
    """Raise `RunBusy` for a run inside another graph, which alone can take it on."""
    if parent := parent_of(thread_id):
        raise RunBusy(f"run {run_id} is part of another graph: invoke that graph on thread {parent} to take it on")


async def _of_free_runs(drives: Iterable[Awaitable[RunView]]) -> list[RunView]:
    """Each in turn; a run that somebody else drives, or decided on meanwhile, is left to them."""
    views = []
    for drive in drives:
        try:
            views.append(await drive)
        except (RunBusy, StaleAnswer) as told:
            log.info("left to its driver: %s", told)
    return views
