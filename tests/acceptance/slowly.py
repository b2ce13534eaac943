"""A domain whose work waits for a file, so that a test may do something meanwhile: `slowly:domain`."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from graph.briefs import PlanningBrief, ReviewVerdict, Summary
from graph.contract import Plan, Task, TaskResult
from graph.domain import Domain, EffectIdentity, Policy, Tool, WorkContext, Worker, deliver_worker
from graph.toolcall import EffectDone
from graph.values import Json, TaskId


class Request(BaseModel):
    """What is asked; `go` names the file that is waited for."""

    go: str


class Said(BaseModel):
    """What was said."""

    go: str


class Outcome(BaseModel):
    """How often it was said."""

    times: int


def plan(brief: PlanningBrief) -> Plan:
    """Wait, then say it."""
    said = {"go": {"$ref": "wait.go"}}
    tasks = (
        Task(id=TaskId("wait"), worker="wait", input=brief.request),
        Task(id=TaskId("say"), stage="deliver", worker="say", input=said),
    )
    return Plan(tasks=tasks, summary="wait, then say it")


def conclude(_results: Mapping[str, TaskResult], effects: tuple[EffectDone, ...]) -> Json:
    """One line an effect."""
    return {"times": len(effects)}


def domain(folder: Path) -> Domain:
    """The domain; `folder` has a line a start in `begun`, a line an effect in `said`, and the files waited for."""
    folder.mkdir(parents=True, exist_ok=True)

    def note(name: str, line: str) -> None:
        with (folder / name).open("a") as file:
            file.write(f"{line}\n")

    async def wait(given: Request, context: WorkContext) -> Said:
        await asyncio.to_thread(note, "begun", given.go)
        while not await asyncio.to_thread((folder / given.go).exists):  # noqa: ASYNC110 a test makes it
            await asyncio.sleep(0.05)
        return Said(go=given.go)

    def say(given: Said, key: str) -> Said:
        note("said", f"{given.go} {key}")
        return given

    tool = Tool("say", "Say it.", Said, Said, say, effect="irreversible", stakes="customer",
                identity=EffectIdentity(("go",)), honours_keys=True)  # fmt: skip
    return Domain(
        name="slowly", purpose="Waits.", request=Request, outcome=Outcome, tools=(tool,),
        workers=(Worker("wait", "Wait for a file.", Request, Said, wait), deliver_worker(tool)),
        policy=Policy(gates={("irreversible", "customer"): "free"}),
        prompts={},
        rules={
            "plan": plan,
            "review": lambda _: ReviewVerdict(verdict="pass"),
            "summarize": lambda _: Summary(text=""),
        },
        conclude=conclude,
    )  # fmt: skip
