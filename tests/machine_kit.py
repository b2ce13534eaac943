"""The whole machine over a real SQLite file, with a toy domain, a scripted model and a clock of the test's own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot
from pydantic import BaseModel

from checkpoints.store import Store
from fakes import FakeClock
from graph.build import build_graph
from graph.context import RunContext
from graph.contract import Header, Plan, Spend, Task
from graph.domain import Domain
from graph.errors import DomainMistake
from graph.escalation import Escalation
from graph.jobs import DeadLetterView, RunView
from graph.ports import Clock, Deps, Records, RunRef
from graph.rows import Moved, Record
from graph.states import END, TERMINAL
from graph.trail import Made
from graph.values import Json, TaskId
from surefoot.catalog import fingerprint
from surefoot.clock import SystemClock
from surefoot.models.gateway import Gateway
from surefoot.models.scripted import Line, Scripted
from surefoot.runner import Runner
from tools.pipeline import HardenedTools
from toybackend import Backend
from toydomain import toy

Edge = tuple[str, str]
Script = Mapping[str, Sequence[Line]]
Adapt = Callable[[Deps, Store], Deps]

ADA: Final[Json] = {"name": "Ada"}
COSTLY: Final[Json] = {"name": "Ada", "price": 500}
"""A greeting that a person must approve."""
NONSENSE: Final = Plan(tasks=(Task(id=TaskId("find"), worker="nobody"),))
"""A plan that is always refused."""
ONLY_FIND: Final = Plan(tasks=(Task(id=TaskId("find"), worker="find", input=ADA),), summary="only find")

ONLY_GREET: Final = Plan(
    tasks=(
        Task(
            id=TaskId("greet"), stage="deliver", worker="greet", input={"name": "Ada", "text": "Hello.", "price": 500}
        ),
    ),
    summary="just greet",
)
"""A plan whose one effect a person must approve."""


@dataclass(frozen=True)
class OneDomain:
    """The `Domains` port over one domain, whatever it is called."""

    domain: Domain

    def get(self, name: str) -> Domain:
        """The one domain. Raises `DomainMistake` for the name `unknown`."""
        if name == "unknown":
            raise DomainMistake("no domain of that name")
        return self.domain

    def version(self, name: str) -> str:
        """Its fingerprint."""
        return fingerprint(self.domain)


@dataclass(frozen=True)
class Machine:
    """An open machine, and the parts of it that tests look at."""

    store: Store
    deps: Deps
    runner: Runner
    model: Scripted
    backend: Backend
    clock: FakeClock

    async def accept(self, request: Json = ADA, thread_id: str | None = None, **context: Any) -> RunView:
        """A job that nobody drives yet."""
        return await self.runner.accept(RunContext(**{"domain": "toy", **context}), request, thread_id)

    async def run(self, request: Json = ADA, thread_id: str | None = None, **context: Any) -> RunView:
        """A job, driven as far as it goes."""
        return await self.runner.drive((await self.accept(request, thread_id, **context)).job.run_id)

    async def edges(self, view: RunView) -> set[Edge]:
        """Every edge in the recorded timeline, and the one to the end where the run took it."""
        timeline = await self.store.reads.timeline(view.job.run_id)
        last = timeline[-1].target
        ends = last in TERMINAL or view.status == "parked"
        return {(step.source, step.target) for step in timeline} | ({(last, END)} if ends else set())

    async def path(self, view: RunView) -> list[str]:
        """The nodes that were entered, in order."""
        return [step.target for step in await self.store.reads.timeline(view.job.run_id)]

    async def card(self, view: RunView) -> Escalation:
        """The one card that the run waits for."""
        (card,) = await self.store.reads.cards(run_id=view.job.run_id)
        return card.card

    async def open_letters(self) -> list[DeadLetterView]:
        """Dead letters that nothing has resolved."""
        return [letter for letter in await self.store.reads.dead_letters() if not letter.resolved]

    async def spent(self, view: RunView) -> Spend:
        """What the ledger says of the run."""
        job = view.job
        return await self.deps.ledger.spent(RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant))

    async def snapshot(self, view: RunView) -> StateSnapshot:
        """What the thread holds."""
        return await self.runner.graph.aget_state(config_of(view))

    async def values(self, view: RunView) -> dict[str, Any]:
        """The run's state."""
        return cast("dict[str, Any]", (await self.snapshot(view)).values)


def breaking(backend: Backend, mode: str, say: Line, count: int = 1) -> Callable[[Any], BaseModel | str]:
    """A line during which the backend begins to misbehave."""

    def line(brief: Any) -> BaseModel | str:
        backend.break_down(mode, count)
        return say(brief) if callable(say) else cast("BaseModel", say)

    return line


def config_of(view: RunView) -> RunnableConfig:
    """The thread, for LangGraph."""
    return {"configurable": {"thread_id": view.job.thread_id}}


def untouched(deps: Deps, _store: Store) -> Deps:
    """The ports as they are."""
    return deps


@asynccontextmanager
async def machine(
    folder: Path,
    script: Script | None = None,
    *,
    domain: Domain | None = None,
    adapt: Adapt = untouched,
    clock: FakeClock | None = None,
    real_time: bool = False,
    lease_seconds: float = 30.0,
    most_supersteps: int = 120,
) -> AsyncIterator[Machine]:
    """The machine over `folder`, which may be opened again as after a restart."""
    fake, model = clock or FakeClock(), Scripted(script)
    time: Clock = SystemClock() if real_time else fake
    domains = OneDomain(domain or toy(folder / "toy"))
    async with Store.open(folder / "surefoot.db", clock=time) as store:
        deps = adapt(_bound(store, domains, model, time), store)
        graph = build_graph(deps, checkpointer=store.saver)
        runner = Runner(graph, store, domains, time, lease_seconds, most_supersteps)
        yield Machine(store, deps, runner, model, Backend(folder / "toy"), fake)


def _bound(store: Store, domains: OneDomain, model: Scripted, clock: Clock) -> Deps:
    return Deps(
        domains=domains,
        models=Gateway(provider=model, ledger=store.ledger, domains=domains, clock=clock),
        tools=HardenedTools(store.effects, store.records, clock, holder="this process"),
        ledger=store.ledger,
        effects=store.effects,
        records=store.records,
        clock=clock,
    )


# -- faults at the ports ------------------------------------------------------------------------------


@dataclass(frozen=True)
class CancelsAt:
    """Records that the caller gives up just as the run enters a node."""

    records: Records
    store: Store
    node: str

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """Keep the rows; from that node on the run is cancelled."""
        cancelled = await self.records.append(run, *rows)
        if any(isinstance(row, Moved) and row.transition.target == self.node for row in rows):
            await self.store.jobs.cancel(run.run_id)
            return True
        return cancelled

    def queue(self, run: RunRef, *rows: Record) -> None:
        """As the inner port does."""
        self.records.queue(run, *rows)

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """As the inner port says."""
        return await self.records.calls(run)


def cancels_at(node: str) -> Adapt:
    """The caller gives up as the run enters `node`."""
    return lambda deps, store: replace(deps, records=CancelsAt(deps.records, store, node))


@dataclass(frozen=True)
class NarrowGateway(Gateway):
    """A model whose window is tiny at some of the times it is asked for, counted from 1."""

    narrow: frozenset[int] = frozenset()
    asked: list[int] = field(default_factory=list)

    def window(self, header: Header) -> int:
        """One token, or plenty."""
        self.asked.append(1)
        return 1 if len(self.asked) in self.narrow else 100_000


def narrow_at(*times: int) -> Adapt:
    """The context does not fit when a state that can spend is entered for the n-th time."""

    def adapt(deps: Deps, _store: Store) -> Deps:
        gateway = cast("Gateway", deps.models)
        return replace(
            deps, models=NarrowGateway(gateway.provider, gateway.ledger, gateway.domains, gateway.clock,
                                       narrow=frozenset(times))
        )  # fmt: skip

    return adapt
