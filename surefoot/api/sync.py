"""The agent without `await`: the same methods, made from the asynchronous ones, so that they cannot differ."""

from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from graph.contract import Budget
from graph.ports import Clock
from graph.values import Json
from surefoot.api.agent import Surefoot
from surefoot.api.background import Background
from surefoot.api.run import Run
from surefoot.api.steps import Steps
from surefoot.api.tool import blocking_tool_of
from surefoot.models.provider import Provider
from surefoot.progress import Event

P = ParamSpec("P")
T = TypeVar("T")


def blocking(
    method: Callable[Concatenate[Surefoot, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate["SyncSurefoot", P], T]:
    """The method as one that returns its result; signature and docstring are the method's own."""

    @wraps(method)
    def call(self: "SyncSurefoot", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._background.do(lambda agent: method(agent, *args, **kwargs))

    return call


class SyncSteps(Iterator[Event]):
    """A run's events while it is driven; afterwards `run` is the run. `close` stops driving; it can be resumed.

    Example:
        >>> with Surefoot.sync("tickets.db") as desk:
        ...     steps = desk.stream({"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"})
        ...     nodes = [event.node for event in steps if event.phase == "enter"]
        >>> nodes[-1], steps.run.status
        ('complete', 'complete')
    """

    def __init__(self, background: Background[Surefoot], steps: Steps) -> None:
        self._background = background
        self._steps = steps

    def __next__(self) -> Event:
        """The next event; blocks. Raises what `run` raises."""
        event = self._background.do(lambda _: anext(self._steps, None))
        if event is None:
            raise StopIteration
        return event

    @property
    def run(self) -> Run:
        """How the run stands after its last event. Raises `SurefootError` before that."""
        return self._steps.run

    def close(self) -> None:
        """Stop driving, if it is driven. Idempotent."""
        self._background.do(lambda _: self._steps.aclose())


class SyncSurefoot:
    """An open agent of one domain for code that does not `await`: scripts, notebooks, Flask, Celery, threads.

    It works on a thread with an event loop of its own, so it may be used where a loop is running already, and by many
    threads at once. Ctrl-C during a call lets go of the run, which is then `interrupted` and can be resumed. A listener
    is called on the agent's own thread.

    Example:
        >>> agent = Surefoot.sync("tickets.db", domain="support")
        >>> run = agent.run({"customer_email": "elena.petrova@mail.example", "message": "Where is SF-10001?"})
        >>> agent.get(run.id) == run
        True
        >>> agent.close()
    """

    def __init__(
        self,
        db: str | Path | None = None,
        *,
        domain: str = "support",
        provider: Provider | None = None,
        clock: Clock | None = None,
    ) -> None:
        """As `Surefoot.open`; blocks until it is open."""
        opening = Surefoot.open(db, domain=domain, provider=provider, clock=clock)
        self._background = Background("surefoot", opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """One line."""
        return repr(self._background.held)

    def close(self) -> None:
        """Let go of what is driven, which can be resumed, and close the database. Idempotent."""
        self._background.close()

    @property
    def domain(self) -> str:
        """Its name."""
        return self._background.held.domain

    run = blocking(Surefoot.run)
    decide = blocking(Surefoot.decide)
    resume = blocking(Surefoot.resume)
    cancel = blocking(Surefoot.cancel)
    take_defaults = blocking(Surefoot.take_defaults)
    get = blocking(Surefoot.get)
    runs = blocking(Surefoot.runs)
    inbox = blocking(Surefoot.inbox)
    timeline = blocking(Surefoot.timeline)

    def stream(
        self,
        request: BaseModel | Json,
        *,
        budget: Budget | None = None,
        tenant: str = "default",
        thread_id: str | None = None,
        run_id: str | None = None,
    ) -> SyncSteps:
        """`run`, as an iterator over its events; its `run` afterwards is what `run` returns."""
        agent = self._background.held
        steps = agent.stream(request, budget=budget, tenant=tenant, thread_id=thread_id, run_id=run_id)
        return SyncSteps(self._background, steps)

    def as_tool(self, name: str | None = None, description: str | None = None) -> StructuredTool:
        """As `Surefoot.as_tool`, for graphs and agents that are invoked with or without `await`."""
        agent = self._background.held
        return blocking_tool_of(self.run, agent.assembly.catalog.get(agent.domain), name, description)
