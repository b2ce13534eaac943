"""Tasks, transitions and decisions as LangSmith sees them, and the metadata that all runs of a trace share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphBubbleUp
from langsmith import get_current_run_tree, trace
from pydantic import BaseModel

from graph.domain import Domain, WorkContext, Worker
from graph.errors import NeedsHuman
from graph.jobs import Job
from graph.ports import Domains, Records, RunRef, by_run
from graph.rows import Alerted, CardAnswered, CardOpened, DeadLetter, Moved, Record, RunEnded, RunParked, ToolCalled
from graph.trail import Made
from graph.values import Json

Decision = Moved | CardOpened | CardAnswered | RunParked | RunEnded | Alerted | DeadLetter
"""Rows that tell why a run went where it went; the others have runs of their own."""

NO_ERRORS: Final = (NeedsHuman, GraphBubbleUp)
"""Asking a person is what a worker may do."""


def invocation(job: Job) -> RunnableConfig:
    """What the root of an invocation's trace is called, and the metadata that LangGraph's own runs inherit."""
    return {"run_name": f"surefoot {job.domain}", "metadata": about(job, domain=job.domain)}


def about(run: RunRef | Job, **more: object) -> Json:
    """The metadata that all runs of a trace have; by `session_id` LangSmith shows a thread's traces as one."""
    known = {"session_id": run.thread_id, "thread_id": run.thread_id, "run_id": run.run_id, "tenant": run.tenant}
    return {**known, **{name: value for name, value in more.items() if value is not None}}


@dataclass(frozen=True)
class TracedRecords:
    """`Records`: each transition and each decision is a run of its own, with its reason."""

    inner: Records

    async def append(self, run: RunRef, *rows: Record) -> bool:
        """As the inner port does."""
        cancelled = await self.inner.append(run, *rows)
        _seen(run, rows)
        return cancelled

    def queue(self, run: RunRef, *rows: Record) -> None:
        """As the inner port does."""
        self.inner.queue(run, *rows)
        _seen(run, rows)

    async def calls(self, run: RunRef) -> tuple[Made, ...]:
        """As the inner port says."""
        return await self.inner.calls(run)


@dataclass(frozen=True)
class TracedDomains:
    """`Domains`: each task is a run named after its worker, within the node's."""

    inner: Domains
    seen: dict[str, Domain] = field(default_factory=dict)

    def get(self, name: str) -> Domain:
        """As the inner port does, with traced workers."""
        if name not in self.seen:
            domain = self.inner.get(name)
            self.seen[name] = replace(domain, workers=tuple(_traced(worker) for worker in domain.workers))
        return self.seen[name]

    def version(self, name: str) -> str:
        """As the inner port says."""
        return self.inner.version(name)


def _traced(worker: Worker) -> Worker:
    return replace(worker, run=_within_a_run(worker))


def _within_a_run(worker: Worker) -> Callable[[Any, WorkContext], Awaitable[BaseModel]]:
    async def run(given: BaseModel, context: WorkContext) -> BaseModel:
        header, task = context.header, context.task
        metadata = about(
            by_run(header), domain=header.domain, state="worker", task_id=task.id, worker=worker.name, stage=task.stage
        )
        inputs = given.model_dump(mode="json")
        with trace(
            f"task {worker.name}", "chain", inputs=inputs, metadata=metadata, exceptions_to_handle=NO_ERRORS
        ) as here:
            output = await worker.run(given, context)
            here.end(outputs=output.model_dump(mode="json"))
            return output

    return run


def _seen(run: RunRef, rows: tuple[Record, ...]) -> None:
    for row in rows:
        if isinstance(row, ToolCalled):
            _count(row)
        elif isinstance(row, Decision):
            _note(run, row)


def _count(row: ToolCalled) -> None:
    """How often the backend was tried; the call's result tells it only where it failed."""
    if (here := get_current_run_tree()) is not None and here.run_type == "tool":
        here.add_metadata({"attempts": row.tries, "call_id": row.id})


def _note(run: RunRef, row: Decision) -> None:
    """Nothing takes time here, so the run is over when it is told: one message, not two."""
    if (here := get_current_run_tree()) is None:
        return
    name, told = _named(row)
    here.create_child(
        name,
        inputs=row.model_dump(mode="json"),
        end_time=datetime.now(UTC),
        extra={"metadata": about(run, **told)},
    ).post()


def _named(row: Decision) -> tuple[str, Json]:
    """The run's name, and what one filters by."""
    if isinstance(row, Moved):
        step = row.transition
        return f"{step.source} to {step.target}", {"reason": step.reason, "sequence": step.sequence}
    name, reason = _told(row)
    return name, {"reason": reason}


def _told(row: CardOpened | CardAnswered | RunParked | RunEnded | Alerted | DeadLetter) -> tuple[str, str]:
    told: tuple[str, str]
    match row:
        case CardOpened():
            told = "asked", row.card.kind
        case CardAnswered():
            told = "answered", row.answer.option
        case RunParked():
            told = "parked", f"until {row.wake_at}"
        case RunEnded():
            told = f"ended {row.outcome.status}", row.outcome.cause
        case Alerted():
            told = "alert", row.kind
        case DeadLetter():
            told = "dead letter", row.cause
    return told
