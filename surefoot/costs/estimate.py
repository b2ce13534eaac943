"""What a job will likely cost, before it starts: from the ledger of its like, else from its planning prompt."""

from collections.abc import Callable, Sequence
from typing import Final

from pydantic import ValidationError

from graph.briefs import PlanningBrief
from graph.budget import estimate_tokens
from graph.contract import Budget
from graph.costs import RunCost
from graph.domain import Domain
from graph.errors import BadRequest
from graph.values import Frozen, Json
from graph.workercards import catalog_of
from surefoot.costs.figures import percentile
from surefoot.costs.likeness import like
from surefoot.models.prompts.render import prompt_of, render

LIKELY_CALLS: Final = 3
"""A plan, a draft and a review: what a first run of a domain is taken to need."""
ANSWER_TOKENS: Final = 500
"""What one of their answers is taken to be."""


class Likely(Frozen):
    """One figure: half of the runs stayed under `median`, 95 of 100 under `p95`."""

    median: float
    p95: float | None = None
    """`None` where there is no history to tell it."""


class Estimate(Frozen):
    """What a job will likely cost, and what that is known from."""

    domain: str
    kind: str | None = None
    runs: int
    """How many runs it is based on; 0 says that it is based on the size of the planning prompt alone."""
    tokens: Likely
    usd: Likely | None = None
    """`None` where no price is known."""
    calls: Likely
    seconds: Likely | None = None
    """Of work."""
    budget: Budget
    """The domain's own, which the run cannot pass."""


Pricing = Callable[[int, int], int | None]
"""Prompt and answer tokens to micro-dollars; `None` where no price is known."""


def estimate(request: Json, domain: Domain, runs: Sequence[RunCost], pricing: Pricing) -> Estimate:
    """What `request` will likely cost, judged by finished runs of its like. Raises `BadRequest`.

    Only without any such run `pricing` is asked, for the planning prompt.
    """
    try:
        domain.request.model_validate(request)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise BadRequest(f"request.{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    known = like(request, domain, runs)
    if not known.runs:
        return _from_prompt(request, domain, pricing)
    priced = not any(run.unpriced for run in known.runs)
    return Estimate(
        domain=domain.name,
        kind=known.kind,
        runs=len(known.runs),
        tokens=_likely([run.tokens for run in known.runs]),
        usd=_likely([run.usd_micros / 1_000_000 for run in known.runs]) if priced else None,
        calls=_likely([run.calls for run in known.runs]),
        seconds=_likely([run.worked for run in known.runs]),
        budget=domain.budget,
    )


def planning_tokens(request: Json, domain: Domain) -> int:
    """The size of the first prompt, by the estimate that the budget reserves with."""
    workers = catalog_of(domain)
    brief = PlanningBrief(request=request, plan_number=1, workers=workers)
    return estimate_tokens(text for _, text in render(prompt_of(domain, "plan", None), brief))


def _from_prompt(request: Json, domain: Domain, pricing: Pricing) -> Estimate:
    prompt, answer = LIKELY_CALLS * planning_tokens(request, domain), LIKELY_CALLS * ANSWER_TOKENS
    micros = pricing(prompt, answer)
    return Estimate(
        domain=domain.name,
        runs=0,
        tokens=Likely(median=prompt + answer),
        usd=None if micros is None else Likely(median=micros / 1_000_000),
        calls=Likely(median=LIKELY_CALLS),
        budget=domain.budget,
    )


def _likely(values: Sequence[float]) -> Likely:
    return Likely(median=percentile(values, 0.5), p95=percentile(values, 0.95))
