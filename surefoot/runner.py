"""Accepts jobs and drives the graph: the only driver, always under a fenced lease."""

import logging
from collections.abc import Awaitable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, cast
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError
from langgraph.types import Command, StateSnapshot

from graph.answers import CANCELLED
from graph.build import Compiled
from graph.context import RunContext
from graph.contract import Outcome
from graph.errors import Fenced, IllegalTransition, Misdriven, RunBusy, StaleAnswer, UnknownRun
from graph.escalation import Answer
from graph.jobs import CardView, Job, RunView, Stores
from graph.ports import Clock, Domains, RunRef
from graph.rows import DeadLetter, RunEnded
from graph.state import RunState
from graph.values import Json, Micros, RunId, ThreadId
from surefoot.leasing import leased
from surefoot.progress import Listener, event_of, silent
from surefoot.resume import assert_settled, found, next_step, reset
from surefoot.telemetry.steps import invocation

OVER: Final = frozenset({"complete", "rejected", "failed"})

Statuses = frozenset[str]
NONE: Final[Statuses] = frozenset()
PARKED: Final[Statuses] = frozenset({"parked"})
STOPPED: Final[Statuses] = frozenset({"parked", "failed"})
"""What a resume may re-enter; a wake-up re-enters only what is still parked once it has the lease."""

log = logging.getLogger("surefoot.runner")


@dataclass(frozen=True)
class Given:
    """An invocation's input; `None` goes on with the work that is pending."""

    value: Any


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

    async def resume(self, run_id: str, listener: Listener = silent) -> RunView:
        """Continue at the state that failed, parked or was interrupted; finished work is kept."""
        view = await self.view(run_id)
        if view.status in {"complete", "rejected"} or (view.outcome and view.outcome.cause == CANCELLED):
            raise StaleAnswer(f"run {run_id} is over ({view.status}); there is nothing to resume")
        return await self._driven(run_id, listener, reenter=STOPPED)

    async def cancel(self, run_id: str, listener: Listener = silent) -> RunView:
        """Ask the run to end; where nobody drives it, it ends now. Raises `StaleAnswer` for one that is over."""
        view = await self.view(run_id)
        if view.status in OVER:
            raise StaleAnswer(f"run {run_id} is over ({view.status}); there is nothing to cancel")
        await self.stores.jobs.cancel(view.job.run_id)
        if view.status == "running":
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
        answer = Answer(escalation_id=card.card.id, option=option, note=note, actor=actor)
        async with leased(self.stores.leases, card.thread_id, self.lease_seconds):
            if not await self.stores.decisions.decide(answer, self.clock.now()):
                raise StaleAnswer(f"escalation {card.card.id} was answered meanwhile")
            await self._advance(card.card.run_id, listener)
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
        self, run_id: str, listener: Listener, *, reenter: Statuses = NONE, answer: Json | None = None
    ) -> RunView:
        view = await self.view(run_id)
        async with leased(self.stores.leases, view.job.thread_id, self.lease_seconds):
            await self._advance(view.job.run_id, listener, reenter=reenter, answer=answer)
        return await self.view(run_id)  # without the lease, so that an interrupted run reads as such

    async def _advance(
        self, run_id: RunId, listener: Listener, *, reenter: Statuses = NONE, answer: Json | None = None
    ) -> None:
        """Go on until nothing is left to do. Whatever a node raises leaves the run interrupted, not lost."""
        job = (await self.view(run_id)).job
        try:
            while (step := await self._next(job, reenter=reenter, answer=answer)) is not None:
                reenter, answer = NONE, None
                await self._invoke(job, step, listener)
        except Fenced:
            raise
        except (IllegalTransition, Misdriven, GraphRecursionError) as error:
            await self._lost(job, error)
        except Exception as error:
            log.exception("run %s was interrupted", run_id)
            line = f"{type(error).__name__}: {error}".splitlines()[0]
            await self.stores.jobs.failed_attempt(run_id, line, self.clock.now())

    async def _next(self, job: Job, *, reenter: Statuses, answer: Json | None) -> Given | None:
        """The next invocation's input by the recipe of `surefoot.resume`, or `None` where the run rests."""
        snapshot = await self.graph.aget_state(self._config(job))
        thread = found(job.run_id, snapshot)
        match next_step(thread):
            case "begin":
                return Given({"request": job.request})
            case "go_on":
                return Given(None)
            case "wait":
                told = answer or await self._stored_answer(snapshot)
                return Given(Command(resume={thread.interrupt_id: told})) if told else None
            case "reenter" if thread.status in reenter:
                policy = self.domains.get(job.domain).policy
                update = reset(cast("RunState", snapshot.values), policy)
                return Given(Command(goto=snapshot.values["resume_at"], update=update))
            case _:
                return None

    async def _invoke(self, job: Job, step: Given, listener: Listener) -> None:
        """One invocation, and the assertion that it left the run in a state it can rest in."""
        config = self._config(job)
        context = RunContext(**job.context)
        async for chunk in self.graph.astream(
            step.value, config, context=context, stream_mode="tasks", durability="sync"
        ):
            listener(event_of(job.run_id, cast("dict[str, Any]", chunk)))
        assert_settled(found(job.run_id, await self.graph.aget_state(config)))

    async def _stored_answer(self, snapshot: StateSnapshot) -> Json | None:
        """An answer that was accepted, and that the thread does not have yet, as after a death in between."""
        card = await self.stores.reads.card(snapshot.interrupts[0].value["escalation"]["id"])
        return card.answer.model_dump() if card and card.answer else None

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

    async def _lost(self, job: Job, error: Exception) -> None:
        """A defect of ours: never retried, loudly a dead letter."""
        log.error("run %s is a dead letter: %s", job.run_id, error)
        cause = "illegal_transition" if isinstance(error, IllegalTransition) else "misdriven"
        view = await self.view(job.run_id)
        now = self.clock.now()
        outcome = Outcome(status="failed", cause=cause, message=str(error))
        letter = DeadLetter(state=view.state or "intake", cause=cause, error=str(error), at=now)
        run = RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant)
        await self.stores.records.append(run, RunEnded(outcome=outcome, resume_at=view.state, at=now), letter)

    def _config(self, job: Job) -> RunnableConfig:
        configurable = {"thread_id": job.thread_id}
        return {"configurable": configurable, "recursion_limit": self.most_supersteps, **invocation(job)}


async def _of_free_runs(drives: Iterable[Awaitable[RunView]]) -> list[RunView]:
    """Each in turn; a run that somebody else drives, or decided on meanwhile, is left to them."""
    views = []
    for drive in drives:
        try:
            views.append(await drive)
        except (RunBusy, StaleAnswer) as told:
            log.info("left to its driver: %s", told)
    return views
