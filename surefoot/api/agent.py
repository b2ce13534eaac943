"""An open agent of one domain: run jobs, answer, resume, look."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from checkpoints.saver.fenced import FencedSaver
from graph.context import RunContext
from graph.contract import Budget, RunStatus, Transition
from graph.errors import BadRequest
from graph.jobs import CardView, RunView
from graph.ports import Clock, Deps
from graph.values import Json, Micros, RunId
from surefoot.api.apart import apart, let_go
from surefoot.api.run import Run, plain, seen
from surefoot.api.steps import Steps
from surefoot.api.tool import tool_of
from surefoot.assembly import Assembly, assembled
from surefoot.models.provider import Provider
from surefoot.progress import Listener, silent
from surefoot.settings import Settings

if TYPE_CHECKING:
    from surefoot.api.sync import SyncSurefoot


@dataclass(frozen=True)
class Surefoot:
    """An open agent of one domain. May be used by many tasks at once; two never drive one run.

    Example:
        >>> ticket = {"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"}
        >>> async with Surefoot.open("tickets.db", domain="support") as agent:
        ...     run = await agent.run(ticket, budget=Budget(usd=0.10))
        >>> run.status
        'complete'
    """

    assembly: Assembly
    domain: str
    _driven: set[asyncio.Task[Any]] = field(default_factory=set, compare=False)

    def __repr__(self) -> str:
        """One line."""
        return f"<Surefoot {self.domain} on {self.assembly.settings.db}, {self.assembly.model}>"

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
        """Open the database, and create it where it is missing; `SUREFOOT_DB` or `surefoot.db` where none is given.

        `domain` is a bundled one's name, or `package.module:name` for your own. The settings say which model answers
        (docs/models.md), unless a `provider` is given. Leaving the block stops what is still driven; it can be resumed.

        Raises:
            StorageError: The file cannot be used.
            DomainMistake: The domain is unknown, or wired wrongly.
        """
        settings = Settings(db=Path(db)) if db else Settings()
        async with assembled(settings, provider=provider, clock=clock) as assembly:
            assembly.catalog.get(domain)
            agent = cls(assembly, domain)
            try:
                yield agent
            finally:
                await let_go(agent._driven)

    @staticmethod
    def sync(
        db: str | Path | None = None,
        *,
        domain: str = "support",
        provider: Provider | None = None,
        clock: Clock | None = None,
    ) -> "SyncSurefoot":
        """The same agent without `await`: open now, closed by `with` or `close()`. Raises as `open` does.

        Example:
            >>> with Surefoot.sync("tickets.db", domain="support") as desk:
            ...     run = desk.run({"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"})
            >>> run.status
            'complete'
        """
        from surefoot.api.sync import SyncSurefoot  # noqa: PLC0415 it is made from this class

        return SyncSurefoot(db, domain=domain, provider=provider, clock=clock)

    async def run(  # noqa: PLR0913 a caller's choices
        self,
        request: BaseModel | Json,
        *,
        budget: Budget | None = None,
        tenant: str = "default",
        thread_id: str | None = None,
        run_id: str | None = None,
        listener: Listener = silent,
    ) -> Run:
        """Accept a job and drive it to its end, to a person, or to a wait.

        `request` is the domain's request model, or the same as a dict; one that breaks the schema ends `rejected`. A
        `budget` tightens the domain's. With a `run_id` of your own the call is idempotent: the same job again goes on
        with the run that there is. `listener` hears each step as it happens.

        Raises:
            ThreadBusy: The thread's last run is not over.
            RunBusy: Another process drives this run.
            BadRequest: The request is no object, or `run_id` is another job's.

        Example:
            >>> ticket = {"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"}
            >>> first = await agent.run(ticket, run_id="ticket-4711")
            >>> again = await agent.run(ticket, run_id="ticket-4711")
            >>> again == first
            True
        """
        chosen = budget.model_dump(exclude_unset=True) if budget else {}
        context = RunContext(domain=self.domain, tenant=tenant, budget=chosen, run_id=run_id)
        job = plain(request)
        view = await self.assembly.runner.accept(context, job, thread_id)
        if view.job.request != job:
            raise BadRequest(f"run_id: {run_id!r} is another job's, whose request differs; give one of its own")
        return await self._driving(self.assembly.runner.drive(view.job.run_id, listener))

    def stream(
        self,
        request: BaseModel | Json,
        *,
        budget: Budget | None = None,
        tenant: str = "default",
        thread_id: str | None = None,
        run_id: str | None = None,
    ) -> Steps:
        """`run`, as an iterator over its events; its `run` afterwards is what `run` returns."""
        drive = partial(self.run, request, budget=budget, tenant=tenant, thread_id=thread_id, run_id=run_id)
        return Steps(drive, self._driven)

    async def decide(
        self, card_or_run: str, option: str, *, note: str = "", actor: str = "python", listener: Listener = silent
    ) -> Run:
        """Answer an escalation, by its own id or its run's, and drive the run on. `actor` is who decided.

        Raises:
            StaleAnswer: It is not open any more, or has no such option; the message names those it has.
            UnknownRun: There is no such card or run.
            RunBusy: Another process drives this run, or another graph does.

        Example:
            >>> ticket = {"customer_email": "tom.becker@mail.example", "message": "It came broken. Refund SF-10041."}
            >>> run = await agent.run(ticket)
            >>> run
            <Run ... waiting (effect_approval: approve | stop | decline), ...>
            >>> await agent.decide(run.id, "approve", note="VIP", actor="kim")
            <Run ... complete (done), ...>
        """
        decided = self.assembly.runner.decide(card_or_run, option, note=note, actor=actor, listener=listener)
        return await self._driving(decided)

    async def resume(self, run_id: str, *, budget: Budget | None = None, listener: Listener = silent) -> Run:
        """Continue at the state that failed, parked or was interrupted; finished work is kept.

        `budget` sets new limits, which may pass the domain's; what it does not name stays. A run that used up its
        own, or all its plans, needs one.

        Raises:
            UnknownRun: There is no such run.
            StaleAnswer: The run is over.
            BadRequest: A budget is needed, or one of its limits is used up already.
            RunBusy: Another process drives this run, or another graph does.
        """
        limits = budget.model_dump(exclude_unset=True) if budget else None
        return await self._driving(self.assembly.runner.resume(run_id, listener, budget=limits))

    async def cancel(self, run_id: str) -> Run:
        """End the run, at its next state where somebody drives it. Raises `UnknownRun`, `StaleAnswer` or `RunBusy`."""
        return await self._driving(self.assembly.runner.cancel(run_id))

    async def take_defaults(self, now: Micros | None = None) -> list[Run]:
        """Take the safe default of every card whose deadline has passed; `now` is in microseconds since the epoch."""
        views = await apart(self.assembly.runner.take_defaults(now or self.assembly.deps.clock.now()))
        return [await self._seen(view) for view in views]

    async def get(self, run_id: str) -> Run:
        """The run as it stands. Raises `UnknownRun`."""
        return await self._seen(await self.assembly.runner.view(run_id))

    async def runs(self, *, status: RunStatus | None = None, limit: int = 50) -> list[Run]:
        """The domain's runs, newest first."""
        views = await self.assembly.store.reads.runs(status=status, domain=self.domain, limit=limit)
        return [await self._seen(view) for view in views]

    async def inbox(self) -> list[CardView]:
        """Open escalations of every domain in the database, the earliest deadline first."""
        return await self.assembly.store.reads.cards()

    async def timeline(self, run_id: str) -> list[Transition]:
        """Every step of a run, in order, with its reason and time. Raises `UnknownRun`."""
        view = await self.assembly.runner.view(run_id)
        return await self.assembly.store.reads.timeline(RunId(view.job.run_id))

    def as_tool(self, name: str | None = None, description: str | None = None) -> StructuredTool:
        """The agent as a LangChain tool, for `create_agent`, a `ToolNode` or any other graph.

        Its arguments are the domain's request schema. It runs a job and answers with `Run.to_json()` as text; of a run
        that waits, `card` says what a person must decide, and the model cannot. Under a checkpointer a replayed call
        finds its run again instead of starting another.
        """
        return tool_of(self.run, self.assembly.catalog.get(self.domain), name, description)

    @property
    def deps(self) -> Deps:
        """The ports, for `build_graph`."""
        return self.assembly.deps

    @property
    def saver(self) -> FencedSaver:
        """The database's LangGraph checkpointer."""
        return self.assembly.store.saver

    async def _driving(self, work: Coroutine[Any, Any, RunView]) -> Run:
        return await self._seen(await apart(work))

    async def _seen(self, view: RunView) -> Run:
        return await seen(view, self.assembly.deps.ledger, self.assembly.store.reads)
