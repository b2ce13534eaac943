"""Drives one run over the graph, step by step, under a lease that its caller holds."""

import logging
from dataclasses import dataclass
from typing import Any, Final, cast

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphRecursionError
from langgraph.types import Command, StateSnapshot

from graph.build import Compiled
from graph.context import RunContext
from graph.contract import Outcome
from graph.errors import Fenced, IllegalTransition, Misdriven
from graph.jobs import Job, Stores
from graph.ports import Clock, Domains, RunRef
from graph.rows import DeadLetter, RunEnded
from graph.state import RunState
from graph.values import Json
from graph.worktime import SINCE
from surefoot.progress import Listener, events_of
from surefoot.resume import assert_settled, found, next_step, reset
from surefoot.telemetry.steps import invocation

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
class Driver:
    """The recipe of `surefoot.resume` applied until a run rests."""

    graph: Compiled
    stores: Stores
    domains: Domains
    clock: Clock
    most_supersteps: int

    async def advance(
        self,
        job: Job,
        listener: Listener,
        *,
        reenter: Statuses = NONE,
        answer: Json | None = None,
        budget: Json | None = None,
    ) -> None:
        """Go on until nothing is left to do. Whatever a node raises leaves the run interrupted, not lost.

        A `budget` holds new limits for a run that is re-entered.
        """
        try:
            while (step := await self._next(job, reenter=reenter, answer=answer, budget=budget)) is not None:
                reenter, answer = NONE, None
                await self._invoke(job, step, listener)
        except Fenced:
            raise
        except (IllegalTransition, Misdriven, GraphRecursionError) as error:
            await self._lost(job, error)
        except Exception as error:
            log.exception("run %s was interrupted", job.run_id)
            line = f"{type(error).__name__}: {error}".splitlines()[0]
            await self.stores.jobs.failed_attempt(job.run_id, line, self.clock.now())

    async def _next(
        self, job: Job, *, reenter: Statuses, answer: Json | None, budget: Json | None = None
    ) -> Given | None:
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
                update = reset(cast("RunState", snapshot.values), policy, budget)
                return Given(Command(goto=update["reentry"] or "failed", update=update))
            case _:
                return None

    async def _invoke(self, job: Job, step: Given, listener: Listener) -> None:
        """One invocation, and the assertion that it left the run in a state it can rest in."""
        config = self._config(job)
        config["configurable"][SINCE] = self.clock.now()
        context = RunContext(**job.context)
        async for mode, chunk in self.graph.astream(
            step.value, config, context=context, stream_mode=["tasks", "custom"], durability="sync"
        ):
            for event in events_of(job.run_id, str(mode), chunk):
                listener(event)
        assert_settled(found(job.run_id, await self.graph.aget_state(config)))

    async def _stored_answer(self, snapshot: StateSnapshot) -> Json | None:
        """An answer that was accepted, and that the thread does not have yet, as after a death in between."""
        card = await self.stores.reads.card(snapshot.interrupts[0].value["escalation"]["id"])
        return card.answer.model_dump() if card and card.answer else None

    async def _lost(self, job: Job, error: Exception) -> None:
        """A defect of ours: never retried, loudly a dead letter."""
        log.error("run %s is a dead letter: %s", job.run_id, error)
        cause = "illegal_transition" if isinstance(error, IllegalTransition) else "misdriven"
        view = await self.stores.reads.run(job.run_id)
        state, now = view.state if view else None, self.clock.now()
        outcome = Outcome(status="failed", cause=cause, message=str(error))
        letter = DeadLetter(state=state or "intake", cause=cause, error=str(error), at=now)
        run = RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant)
        await self.stores.records.append(run, RunEnded(outcome=outcome, resume_at=state, at=now), letter)

    def _config(self, job: Job) -> RunnableConfig:
        configurable = {"thread_id": job.thread_id}
        return {"configurable": configurable, "recursion_limit": self.most_supersteps, **invocation(job)}
