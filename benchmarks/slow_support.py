"""The support domain, slowed down and watched, for the kill test: `surefoot run benchmarks.slow_support:domain FILE`.

Every tool and every model answer takes a moment before and after it acts, so that a kill can land anywhere, the instant
between an effect and its receipt included. Each line of `executions.log`, in the domain's folder, is one execution,
written before it begins: the worker's own word on what ran, apart from all that Surefoot records.
"""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from pydantic import BaseModel

from graph.contract import Budget
from graph.domain import Domain, Tool, WorkContext, Worker
from graph.values import Frozen
from graph.workbench import Workbench
from surefoot.domains import support

PAUSE_SECONDS: Final = 0.03
LOG: Final = "executions.log"


class Execution(Frozen):
    """One execution that began: of a worker for a task's attempt, or of an effect under its key."""

    pid: int
    kind: str
    run_id: str = ""
    task_id: str = ""
    attempt: int = 0
    name: str
    key: str = ""


def executions(folder: Path) -> list[Execution]:
    """Everything that began so far, oldest first; a process killed while writing leaves no half line (see `_tell`)."""
    path = folder / LOG
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Execution.model_validate_json(line) for line in lines]


def domain(folder: Path) -> Domain:
    """The bundled domain; its speed differs, and its budget: a model call whose process died is charged in full."""
    return _watched(folder, Budget(tokens=1_000_000, usd=1.0, seconds=1_800, calls=400, on_alert="simplify"))


def tight(folder: Path) -> Domain:
    """The same with a budget for half of the work."""
    return _watched(folder, Budget(calls=2, on_alert="simplify"))


def _watched(folder: Path, budget: Budget) -> Domain:
    built = support.domain(folder)
    rules = {role: _slowed_rule(rule) for role, rule in built.rules.items()}
    return replace(
        built,
        tools=tuple(_watched_tool(tool, folder) for tool in built.tools),
        workers=tuple(_watched_worker(worker, folder) for worker in built.workers),
        rules=rules,
        budget=budget,
    )


def _watched_worker(worker: Worker, folder: Path) -> Worker:
    async def run(args: Any, context: WorkContext) -> BaseModel:
        bench = cast("Workbench", context)
        _tell(
            folder,
            Execution(
                pid=os.getpid(),
                kind="task",
                run_id=bench.header.run_id,
                task_id=bench.task.id,
                attempt=bench.attempt,
                name=worker.name,
            ),
        )
        done = await worker.run(args, context)
        await asyncio.sleep(PAUSE_SECONDS)
        return done

    return replace(worker, run=run)


def _watched_tool(tool: Tool, folder: Path) -> Tool:
    """Slow before and after; an effect also tells its key."""

    def call(*given: Any) -> Any:
        if tool.effect != "read":
            _tell(folder, Execution(pid=os.getpid(), kind="effect", name=tool.name, key=given[1]))
        time.sleep(PAUSE_SECONDS)
        done = tool.call(*given)
        time.sleep(PAUSE_SECONDS)
        return done

    return replace(tool, call=call)


def _slowed_rule(rule: Callable[[Any], BaseModel]) -> Callable[[Any], BaseModel]:
    def slow(brief: Any) -> BaseModel:
        time.sleep(PAUSE_SECONDS)
        return rule(brief)

    return slow


def _tell(folder: Path, execution: Execution) -> None:
    """One write of one line: whole, or not at all, whatever kills the process."""
    log = os.open(folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, execution.model_dump_json().encode() + b"\n")
    os.close(log)
