"""The agent as a tool of another agent."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import StructuredTool, ToolException

from graph.canonical import digest
from graph.domain import Domain
from graph.errors import BadRequest, RunBusy, ThreadBusy
from graph.values import Json
from surefoot.api.run import Run


def tool_of(
    run: Callable[..., Awaitable[Run]], domain: Domain, name: str | None, purpose: str | None
) -> StructuredTool:
    """A tool over `Surefoot.run`: a job in the domain's request schema goes in, `Run.to_json()` comes out as text."""

    async def call(config: RunnableConfig, **fields: Any) -> str:
        with _told_to_the_model():
            return _answer(await run(**_given(domain, config, fields)))

    return _tool(domain, name, purpose, coroutine=call)


def blocking_tool_of(run: Callable[..., Run], domain: Domain, name: str | None, purpose: str | None) -> StructuredTool:
    """The same over `SyncSurefoot.run`; where it is awaited, LangChain calls it on a thread."""

    def call(config: RunnableConfig, **fields: Any) -> str:
        with _told_to_the_model():
            return _answer(run(**_given(domain, config, fields)))

    return _tool(domain, name, purpose, func=call)


def _tool(domain: Domain, name: str | None, purpose: str | None, **call: Any) -> StructuredTool:
    return StructuredTool.from_function(
        **call,
        name=name or domain.name,
        description=purpose or domain.purpose,
        args_schema=domain.request,
        handle_tool_error=True,
    )


def _given(domain: Domain, config: RunnableConfig, fields: Json) -> Json:
    """What `run` is given: the request, and an id that is the same however often the same call is replayed.

    Nothing replays a call without a checkpointer; such a run names itself.
    """
    request = domain.request.model_validate(fields, by_name=True).model_dump(mode="json", by_alias=True)
    place = config.get("configurable", {})
    thread_id, task = place.get("thread_id"), place.get("checkpoint_ns")
    called = {"thread": str(thread_id), "task": str(task), "request": request}
    return {"request": request, "run_id": digest(called, 12) if thread_id and task else None}


def _answer(run: Run) -> str:
    return json.dumps(run.to_json(), ensure_ascii=False)


@contextmanager
def _told_to_the_model() -> Iterator[None]:
    """What a model can do something about is the tool's answer; all else is raised."""
    try:
        yield
    except (RunBusy, ThreadBusy, BadRequest) as told:
        raise ToolException(str(told)) from told
