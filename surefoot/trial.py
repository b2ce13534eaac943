"""Runs a domain's cases and holds each run against what its case expects."""

import asyncio
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from graph.context import RunContext
from graph.contract import Spend
from graph.errors import BadRequest
from graph.escalation import Escalation
from graph.jobs import RunView
from graph.ports import RunRef
from surefoot.assembly import Assembly
from surefoot.casebook import Casebook, Cases
from surefoot.loading import imported, module_of
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
    spend: Spend


def cases_of(domain: str) -> Cases:
    """The domain's cases: its module `cases`, or else the file `cases.jsonl` beside it.

    Raises:
        BadRequest: It has neither, or a module that lacks one of the three functions.
        DomainMistake: There is no such domain, or its module `cases` cannot be imported.
    """
    home = module_of(domain)
    if hasattr(home, "__path__") and find_spec(f"{home.__name__}.cases"):
        return _complete(imported(f"{home.__name__}.cases", f"domain {domain}"))
    file = _file_beside(home)
    if not file.is_file():
        raise BadRequest(f"domain {domain} has no cases: write some to {file}, one JSON object a line")
    return Casebook(file)


def _complete(module: ModuleType) -> Cases:
    lacking = [name for name in ("load_cases", "arm", "check_case") if not callable(getattr(module, name, None))]
    if lacking:
        raise BadRequest(f"{module.__name__} lacks {', '.join(lacking)}; see surefoot.casebook.Cases")
    return cast("Cases", module)


def _file_beside(home: ModuleType) -> Path:
    """`cases.jsonl` in a package's folder; `mine.cases.jsonl` beside a domain that is one file `mine.py`."""
    source = Path(str(home.__file__))
    return source.with_name("cases.jsonl") if hasattr(home, "__path__") else source.with_suffix(".cases.jsonl")


async def attempt(case: Any, domain: str, assembly: Assembly, listener: Listener) -> Trial:
    """Run one case in its surroundings and check it."""
    bench, folder = cases_of(domain), assembly.settings.data_folder(domain)
    await asyncio.to_thread(bench.arm, case, folder)  # it may fill a database
    context = RunContext(domain=domain, budget=case.budget)
    accepted = await assembly.runner.accept(context, case.request)
    view = await assembly.runner.drive(accepted.job.run_id, listener)
    return await _judged(case, view, bench, folder, assembly)


async def _judged(case: Any, view: RunView, bench: Cases, folder: Path, assembly: Assembly) -> Trial:
    job, store = view.job, assembly.store
    run = RunRef(run_id=job.run_id, thread_id=job.thread_id, tenant=job.tenant)
    done = await store.effects.done(run)
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
    return Trial(case, view, card, [effect.tool for effect in done], unmet, await store.ledger.spent(run))
