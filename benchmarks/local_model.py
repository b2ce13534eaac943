"""Support tickets with a real model of 135 million parameters: in every role, then in one role at a time.

In the second half the domain's offline rules play all other roles. Each run must come to rest, spend no more than its
budget, cause no effect that policy or its ticket rules out, and send no letter that the domain's checks object to.
Exit 1, and a line for each breach, unless that holds, and the model's own decisions brought about a tool call in at
least five runs.

    PYTHONPATH=tests python benchmarks/local_model.py --json counts.json
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from graph.contract import Budget
from localkit import PARTS, local_model
from localplay import Played, play
from surefoot.domains.support.cases import load_cases

TICKETS: Final = (
    "where_is_my_order", "damaged_refund", "late_refund", "large_refund", "cancel_in_time",
    "injected_instructions", "unknown_customer", "only_order", "which_parcel", "german_where",
    "changed_mind", "new_address", "gift_card_valid", "thread_refund", "somebody_elses_order",
)  # fmt: skip
"""Of the sixty: every kind of wish, two languages, two attacks, three without an order number, a long thread."""
AT_LEAST: Final = 5
"""Runs in which a tool call of the model's own must have come through."""
ALL: Final = "all roles"
BUDGET: Final = Budget(tokens=100_000, seconds=120, calls=6, on_alert="escalate")
"""Counted in calls, so that a busy machine changes no count: five calls, then a person is asked."""
SEVERAL: Final = BUDGET.model_copy(update={"calls": 10})
"""Where the rules play the other roles, whose calls count as well."""


def main() -> None:
    """Play the tickets, print the table, and say what was wrong."""
    given = _arguments()
    begun = time.monotonic()
    runs: dict[str, list[Played]] = {}
    for role in given.roles or [ALL, *PARTS]:
        runs[role] = asyncio.run(_played(given.tickets, role))
        if given.json:  # half an hour of answers is not lost with the next role
            _keep(given.json, given.tickets, runs, time.monotonic() - begun)
    everything = [run for found in runs.values() for run in found]
    print(table({role: counted(found) for role, found in runs.items()}))
    wrong = [f"{run.case} as {', '.join(run.parts)}: {line}" for run in everything for line in run.wrong]
    if len(runs) > 1:
        wrong += _too_little(everything)
    print(*wrong, sep="\n", file=sys.stderr)
    sys.exit(1 if wrong else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", nargs="+", default=list(TICKETS), help="ids of tickets, in place of the fifteen")
    parser.add_argument("--roles", nargs="+", choices=[ALL, *PARTS], help="in place of all of them")
    parser.add_argument("--json", type=Path, help="write counts and runs to this file")
    return parser.parse_args()


def _keep(path: Path, tickets: Sequence[str], runs: dict[str, list[Played]], seconds: float) -> None:
    counts = {role: counted(found) for role, found in runs.items()}
    told = [run.model_dump(mode="json") for found in runs.values() for run in found]
    report = {"seconds": round(seconds), "tickets": tickets, "roles": counts, "runs": told}
    path.write_text(json.dumps(report, indent=2), encoding="utf-8")


async def _played(tickets: Sequence[str], role: str) -> list[Played]:
    """Each ticket, one after another: the model answers one at a time anyway."""
    cases = {case.id: case for case in load_cases()}
    cast, budget = (PARTS, BUDGET) if role == ALL else ((role,), SEVERAL)
    runs: list[Played] = []
    with local_model() as url:
        for ticket in tickets:
            with tempfile.TemporaryDirectory() as folder:
                found = await play(cases[ticket], cast, url, Path(folder), budget)
            runs.append(found)
            print(f"{role}: {ticket} {found.status} ({found.cause})", file=sys.stderr, flush=True)
    return runs


def counted(runs: Sequence[Played]) -> dict[str, Any]:
    """What came of the runs of one cast."""
    return {
        "runs": len(runs),
        "asked": sum(run.answers > 0 for run in runs),
        "answers": sum(run.answers for run in runs),
        "ends": dict(Counter(f"{run.status} ({run.cause})" for run in runs).most_common()),
        "states": dict(Counter(state for run in runs for state in run.own_states).most_common()),
        "calls": dict(Counter(tool for run in runs for tool in run.own_calls).most_common()),
        "runs_with_a_call": sum(bool(run.own_calls) for run in runs),
        "breaches": sum(len(run.wrong) for run in runs),
        "tokens": sum(run.spend.tokens for run in runs),
        "seconds": round(sum(run.spend.seconds for run in runs), 1),
    }


def table(counts: dict[str, dict[str, Any]]) -> str:
    """The counts as Markdown."""
    heads = ("SmolLM2 plays", "runs it was asked in", "answers", "runs that ended", "states it led to",
             "tool calls it completed", "in runs", "breaches", "model seconds")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for role, found in counts.items():
        cells = (role, f"{found['asked']} of {found['runs']}", found["answers"], _listed(found["ends"]),
                 _listed(found["states"]), _listed(found["calls"]), found["runs_with_a_call"], found["breaches"],
                 found["seconds"])  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _listed(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items()) or "none"


def _too_little(runs: Sequence[Played]) -> list[str]:
    done = sum(bool(run.own_calls) for run in runs)
    return [] if done >= AT_LEAST else [f"the model completed a tool call in {done} runs, not in {AT_LEAST}"]


if __name__ == "__main__":
    main()
