"""The long job of `growth.py`: a book of numbered entries, read a few at a time until the review has enough.

Nothing in it is large, and nothing ends early: what grows is the run itself.
"""

from collections.abc import Mapping
from typing import Final

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict, Summary, SummaryBrief
from graph.contract import Budget, Finding, Plan, Task, TaskResult
from graph.domain import Domain, Policy, Tool, WorkContext, Worker
from graph.prompt import Prompt
from graph.toolcall import EffectDone
from graph.values import Frozen, Json, TaskId

A_PLAN: Final = 8
FACTS_EVERY: Final = 10
"""Every tenth entry has an invoice and an amount, which no summary may lose."""
REMARK: Final = "It was checked against the bank's own list, and nothing about it was out of the ordinary. "


class Job(Frozen):
    """How many entries to read."""

    entries: int


class Wanted(Frozen):
    """The entry to read, and the one that was read before it."""

    number: int
    after: int = 0


class Entry(Frozen):
    """What stands there."""

    number: int
    text: str


class Count(Frozen):
    """How many were read."""

    read: int


def long_job(parallel: int, summarize_at: float) -> Domain:
    """The domain; plans of eight tasks, of which `parallel` run at once."""
    return Domain(
        name="ledgers",
        purpose="Reads a book of entries.",
        request=Job,
        outcome=Count,
        tools=(Tool("look", "Read an entry.", Wanted, Entry, _look),),
        workers=(Worker("read", "Reads one entry of the book.", Wanted, Entry, _read, tools=("look",)),),
        policy=Policy(
            gates={("read", "none"): "free"},
            max_parallel=parallel,
            max_revisions=10_000,
            max_plans=10_000,
            summarize_at=summarize_at,
        ),
        prompts={"plan": Prompt("Plan which entries to read next.")},
        rules={"plan": _plan, "review": _review, "summarize": _summarize},
        work_checks=(_enough,),
        conclude=_count,
        budget=Budget(tokens=None, usd=None, seconds=None, calls=None),
    )


def facts_of(number: int) -> tuple[str, ...]:
    """The facts of an entry, if it has any."""
    return () if number % FACTS_EVERY else (f"INV-{number:05d}", f"${number}.50")


async def _look(given: Wanted) -> Json:
    facts = " of ".join(facts_of(given.number))
    return {"number": given.number, "text": f"Entry {given.number} is in order. {REMARK}{facts}"}


async def _read(given: Wanted, context: WorkContext) -> Entry:
    return Entry.model_validate(await context.value("look", given))


def _plan(brief: PlanningBrief) -> Plan:
    """The next eight entries; the first of them refers to the last that was read."""
    done, wanted = len(brief.results), Job.model_validate(brief.request).entries
    numbers = range(done + 1, min(done + A_PLAN, wanted) + 1)
    first: Json = {"after": {"$ref": f"{next(reversed(brief.results))}.number"}} if brief.results else {}
    tasks = tuple(
        Task(id=TaskId(f"t{number}"), worker="read", input={"number": number} | (first if number == done + 1 else {}))
        for number in numbers
    )
    return Plan(tasks=tasks, summary=f"read up to {numbers[-1]} of {wanted}")


def _review(_brief: ReviewBrief) -> ReviewVerdict:
    return ReviewVerdict(verdict="pass", reason="")


def _summarize(brief: SummaryBrief) -> Summary:
    return Summary(text=f"{len(brief.messages)} messages about entries that are in order.")


def _enough(brief: ReviewBrief) -> list[Finding]:
    missing = Job.model_validate(brief.request).entries - len(brief.results)
    return [Finding(check="enough", message=f"{missing} entries are still to be read")] if missing > 0 else []


def _count(results: Mapping[str, TaskResult], _effects: tuple[EffectDone, ...]) -> Json:
    return {"read": len(results)}
