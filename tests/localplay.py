"""One ticket played by a cast: what came of it, and what SmolLM2 itself brought about."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, cast

from graph.contract import Budget, Spend, Transition
from graph.ports import RunRef
from graph.rows import ToolCalled
from graph.state import RunState
from graph.values import Frozen, Json
from localkit import BUDGET, Cast, Said, exported
from localrules import Evidence, breaches
from store_kit import rows
from surefoot import Surefoot
from surefoot.api import Run
from surefoot.clock import SystemClock
from surefoot.domains.support.cases import Case, arm
from surefoot.models.choice import answering
from surefoot.settings import Settings

DOMAIN: Final = "support"
VALIDATING: Final = "validating"
"""The task id of calls that no model asked for."""
ANSWERED: Final = "SELECT at FROM model_calls WHERE role = ? AND outcome = 'ok'"
BY_REVIEW: Final = frozenset({"executing", "complete", "revising", "escalated"})


class Played(Frozen):
    """One run, held against what must always be true."""

    case: str
    parts: tuple[str, ...]
    status: str
    cause: str | None
    path: tuple[str, ...]
    """The states, in order."""
    spend: Spend
    answers: int
    """Completions that SmolLM2 gave."""
    effects: tuple[str, ...]
    own_calls: tuple[str, ...]
    """Tools whose call SmolLM2 decided on, and that returned ok."""
    own_states: tuple[str, ...]
    """States that SmolLM2's decisions led to, once a visit."""
    wrong: tuple[str, ...]
    """Invariants that do not hold, in words."""


async def play(case: Case, parts: tuple[str, ...], url: str, folder: Path, budget: Budget = BUDGET) -> Played:
    """The ticket from its acceptance to its rest, through the real API, store and provider."""
    db = folder / "surefoot.db"
    with exported(url):
        settings = Settings(db=db)
        async with answering(settings, SystemClock()) as real:
            cast = Cast(real, parts)
            async with Surefoot.open(db, domain=DOMAIN, provider=cast) as agent:
                shop = settings.data_folder(DOMAIN)
                await asyncio.to_thread(arm, case, shop)
                run = await agent.run(case.request, budget=budget)
                return await _told(cast, await _evidence(case, run, agent, shop), agent)


async def _evidence(case: Case, run: Run, agent: Surefoot, shop: Path) -> Evidence:
    assembly = agent.assembly
    snapshot = await assembly.runner.graph.aget_state({"configurable": {"thread_id": run.thread_id}})
    state = cast("RunState", snapshot.values)
    ref = RunRef(run_id=state["header"].run_id, thread_id=state["header"].thread_id, tenant=state["header"].tenant)
    effects = await assembly.store.effects.done(ref)
    domain = assembly.catalog.get(DOMAIN)
    return Evidence(case, run, state, domain, state["header"].budget, effects, assembly.settings.db, shop)


async def _told(cast: Cast, found: Evidence, agent: Surefoot) -> Played:
    run, reads = found.run, agent.assembly.store.reads
    calls, path = (
        await reads.tool_calls(found.state["header"].run_id),
        await reads.timeline(found.state["header"].run_id),
    )
    return Played(
        case=found.case.id,
        parts=cast.parts,
        status=run.status,
        cause=run.outcome.cause if run.outcome else run.escalation.kind if run.escalation else None,
        path=tuple(step.target for step in path),
        spend=run.spend,
        answers=len(cast.said),
        effects=tuple(effect.tool for effect in found.effects),
        own_calls=tuple(_own_calls(cast, calls)),
        own_states=tuple(_own_states(cast, path, found)),
        wrong=tuple(breaches(found)),
    )


def _own_calls(cast: Cast, calls: Sequence[ToolCalled]) -> Iterator[str]:
    """A step that it chose itself, or a call that a task of its own plan made."""
    chosen = [step for said in cast.said for step in _step(said)]
    for called in calls:
        planned = "plan" in cast.parts and called.task_id != VALIDATING
        if called.result.ok and (planned or (called.call.tool, called.call.args) in chosen):
            yield called.call.tool


def _step(said: Said) -> Iterator[tuple[str, Json]]:
    """The tool and arguments of a worker's step; nothing where the answer is none."""
    if said.part.startswith("work:"):
        try:
            step: Any = json.loads(said.text)
        except json.JSONDecodeError:
            return
        yield step.get("tool", ""), step.get("args", {})


def _own_states(cast: Cast, path: Sequence[Transition], found: Evidence) -> Iterator[str]:
    """What its accepted plans, its verdicts, its finished work and its summaries led to."""
    judged, summed = _times(found.db, "review"), _times(found.db, "summarize")
    worked = _worked(cast, found)
    for before, step in pairwise(path):
        match step.source:
            case "planning":
                own = "plan" in cast.parts and step.target == "executing"
            case "executing":
                own = ("plan" in cast.parts and step.target == "worker") or (worked and step.target == "reviewing")
            case "reviewing":
                asked = any(before.at <= at <= step.at for at in judged)
                own = "review" in cast.parts and asked and step.target in BY_REVIEW
            case "summarize":
                own = "summarize" in cast.parts and any(before.at <= at <= step.at for at in summed)
            case _:
                own = False
        if own:
            yield step.target


def _times(db: Path, role: str) -> list[int]:
    """When the role gave a valid answer, in microseconds."""
    return [int(str(at)) for (at,) in rows(db, ANSWERED, role)]


def _worked(cast: Cast, found: Evidence) -> bool:
    """Whether a worker that it plays has finished a task."""
    played = {part.removeprefix("work:") for part in cast.parts if part.startswith("work:")}
    return any(result.worker in played and result.status == "success" for result in found.state["results"].values())
