"""Tokens of every prompt: its fixed part, and the whole of a ticket's planning.

    python -m benchmarks.prompts

Counted by the estimate that the budget reserves with: a token for each three bytes and eight a message, which is more
than the usual tokenizers count.
"""

import statistics
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from graph.briefs import PlanningBrief
from graph.budget import estimate_tokens
from graph.prompt import Prompt
from graph.workercards import catalog_of
from surefoot.domains import support
from surefoot.domains.support.cases import load_cases
from surefoot.domains.support.prompts import PROMPTS as SUPPORT
from surefoot.models.prompts.render import DEFAULTS, fixed, render
from surefoot.models.prompts.turns import surroundings
from surefoot.scaffold.lending.prompts import PROMPTS as LENDING


def main() -> None:
    """Print both tables."""
    print("fixed part: system text and examples")
    named: Mapping[str, Mapping[Any, Prompt]] = {"default": DEFAULTS, "support": SUPPORT, "lending": LENDING}
    for domain, prompts in named.items():
        for key, prompt in prompts.items():
            print(f"  {f'{domain} {key}':<28}{estimate_tokens(text for _, text in fixed(prompt)):>6}")
    print("planning one ticket of support")
    with TemporaryDirectory() as folder:
        shop = support.domain(Path(folder))
        cards = catalog_of(shop)
        sizes = []
        for case in load_cases():
            brief = PlanningBrief(request=dict(case.request), plan_number=1, workers=cards)
            sizes.append(estimate_tokens(text for _, text in render(shop.prompts["plan"], brief)))
        print(f"  {'catalog of the workers':<28}{estimate_tokens([surroundings(brief)]):>6}")
    print(f"  {'whole prompt, median':<28}{statistics.median(sizes):>6g}")
    print(f"  {'whole prompt, 90th of 100':<28}{statistics.quantiles(sizes, n=10)[-1]:>6g}")
    print(f"  {'whole prompt, longest':<28}{max(sizes):>6}")


if __name__ == "__main__":
    main()
