"""What tiers save: the bundled support tickets at list prices, all on the large model against roles on two.

    python -m benchmarks.tiering [--large gpt-5] [--small gpt-5-mini]

The offline rules answer, so that every arrangement has the same outcomes by construction: what is compared is the price
of one and the same set of calls. Their tokens are our own count (a token for each three bytes and eight a message), no
cache is assumed, and prices are OpenAI's list prices as genai-prices has them. Whether a small model's drafts are as
good is not measured here.
"""

import argparse
import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from graph.costs import CallView
from surefoot.assembly import assembled
from surefoot.models.endpoints.endpoint import OPENAI
from surefoot.models.endpoints.prices import usd_micros
from surefoot.models.offline import Offline
from surefoot.models.tiers import PARTS, TIERS
from surefoot.progress import silent
from surefoot.settings import Settings
from surefoot.trial import attempt, cases_of

DOMAIN: Final = "support"
ARRANGEMENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "all on the large model": dict.fromkeys(PARTS, "large"),
    "tiers as shipped": TIERS,
    "drafts on the small model too": {**TIERS, "work": "small"},
    "all on the small model": dict.fromkeys(PARTS, "small"),
}


@dataclass(frozen=True)
class Played:
    """The tickets, once through the agent."""

    tickets: int
    as_expected: int
    calls: tuple[CallView, ...]


async def played() -> Played:
    """Every bundled ticket, each over a shop of its own, answered by the offline rules."""
    calls: list[CallView] = []
    cases, good = cases_of(DOMAIN).load_cases(), 0
    for case in cases:
        with TemporaryDirectory() as folder:
            async with assembled(Settings(db=Path(folder) / "tiering.db"), provider=Offline()) as assembly:
                trial = await attempt(case, DOMAIN, assembly, silent)
                calls += await assembly.store.reads.model_calls(trial.view.job.run_id)
                good += not trial.unmet
    return Played(len(cases), good, tuple(calls))


def cost(calls: Sequence[CallView], tiers: Mapping[str, str], models: Mapping[str, str]) -> int:
    """Micro-dollars of the calls, each on the model of its role's tier. Raises `SystemExit` for an unknown model."""
    total = 0
    for call in calls:
        model = models[tiers[call.role]]
        micros = usd_micros(OPENAI, model, call.prompt_tokens, call.completion_tokens)
        if micros is None:
            raise SystemExit(f"{model}: genai-prices knows no price for it; name one of OpenAI's models")
        total += micros
    return total


def main() -> None:
    """Play the tickets and print one line an arrangement."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--large", default="gpt-5")
    asked.add_argument("--small", default="gpt-5-mini")
    chosen = asked.parse_args()
    models = {"large": chosen.large, "small": chosen.small}
    logging.disable(logging.CRITICAL)  # tickets on which the shop misbehaves are meant to
    told = asyncio.run(played())
    print(f"{told.tickets} tickets, {told.as_expected} as expected in each arrangement (the offline rules answer)")
    for role in dict.fromkeys(call.role for call in told.calls):
        some = [call for call in told.calls if call.role == role]
        print(f"  {role:<10}{len(some):>5} calls {sum(call.tokens for call in some):>9,} tokens (estimated)")
    print(f"large {chosen.large}, small {chosen.small}, OpenAI's list prices, nothing cached")
    whole = cost(told.calls, ARRANGEMENTS["all on the large model"], models)
    for name, tiers in ARRANGEMENTS.items():
        micros = cost(told.calls, tiers, models)
        print(f"  {name:<32}${micros / 1_000_000:>8.4f}   {micros / whole:.2f} of all-large")


if __name__ == "__main__":
    main()
