"""Tasks of the agent's own: apart from the graph that a caller may be in, and let go of at the end."""

import asyncio
from asyncio import Task
from collections.abc import Coroutine, Iterable
from contextvars import copy_context
from typing import Any, TypeVar

from langchain_core.runnables.config import var_child_runnable_config

T = TypeVar("T")


async def apart(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` where LangGraph sees no caller: called from a node or a tool, a run is still one of its own.

    Otherwise whoever streams or traces the caller's graph would be told of every step inside, unreviewed drafts too.
    """
    context = copy_context()
    context.run(var_child_runnable_config.set, None)
    return await asyncio.create_task(work, context=context)


async def let_go(tasks: Iterable[Task[Any]]) -> None:
    """Cancel tasks, and wait until they have ended; what they raise is theirs to tell."""
    under_way = [task for task in tasks if not task.done()]
    for task in under_way:
        task.cancel()
    if under_way:
        await asyncio.wait(under_way)
