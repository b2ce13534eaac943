"""Runs a domain's bundled cases and holds each run against what its case expects."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from graph.context import RunContext
from graph.errors import BadRequest
from graph.escalation import Escalation
from graph.jobs import RunView
from graph.ports import RunRef
from surefoot.assembly import Assembly
from surefoot.progress import Listener


@dataclass(frozen=True)
class Trial:
    """One case after its run."""

    case: Any
    view: RunView
    card: Escalation | None
    effects: list[str]
    """Tools whose effect happened, as the journal has them."""
    unmet: list[str]
    """Expectations that failed, in words."""


def cases_of(domain: str) -> ModuleType:
    """The domain's `cases` module: `load_cases`, `arm`, `check_case`. Raises `BadRequest` where it has none."""
    try:
        return importlib.import_module(f"surefoot.domains.{domain}.cases")
    except ModuleNotFoundError as error:
        raise BadRequest(f"domain {domain} has no bundled cases") from error


async def attempt(case: Any, domain: str, assembly: Assembly, listener: Listener) -> Trial:
    """Run one case in its surroundings and check it."""
    bench, folder = cases_of(domain), assembly.settings.data_folder(domain)
    bench.arm(case, folder)
    context = RunContext(domain=domain, budget=case.budget)
    accepted = await assembly.runner.accept(context, case.request)
    view = await assembly.runner.drive(accepted.job.run_id, listener)
    return await _judged(case, view, bench, folder, assembly)


async def _judged(case: Any, view: RunView, bench: ModuleType, folder: Path, assembly: Assembly) -> Trial:
    job, store = view.job, assembly.store
    done = await store.effects.done(RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant))
    cards = await store.reads.cards(run_id=job.run_id)
    card = cards[0].card if cards else None
    unmet = bench.check_case(
        case,
        view.status,
        view.outcome.cause if view.outcome else None,
        card.kind if card else None,
        view.outcome.data.get("reply") if view.outcome else None,
        [effect.model_dump(mode="json") for effect in done],
        folder=folder,
    )
    return Trial(case, view, card, [effect.tool for effect in done], unmet)
