"""What `surefoot doctor --model` asks: small questions of its own, and one planning prompt of a domain's."""

from typing import Final, Literal

from pydantic import BaseModel, Field

from graph.briefs import PlanningBrief
from graph.contract import Plan
from graph.domain import Domain
from graph.schemas import schema_of
from graph.values import Frozen, Json
from graph.workercards import catalog_of
from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.models.prompts.render import prompt_of, render, with_repair
from surefoot.models.prompts.shapes import shape_of
from surefoot.models.provider import Ask

SHORT: Final = 400
"""Tokens that an answer of a few words may take, for a model that rambles."""
CUT: Final = 6
"""Tokens that no plan fits in."""
FILLER: Final = "one "
"""Takes a token of every vocabulary; stands for the answer to come."""
SYSTEM: Final = 'You plan. Answer with JSON only, such as {"tasks": [{"id": "look", "worker": "find_order"}]}.'
JOB: Final = "Plan two tasks: first find the order, then write the letter."
WRONG: Final = '{"tasks": "find the order"}'
FAULT: Final = "tasks: Input should be a valid list"


class SmallTask(BaseModel):
    """A task of the small plan."""

    id: str = Field(max_length=20)
    worker: Literal["find_order", "write_letter"]


class SmallPlan(BaseModel):
    """The least that a planner must be able to say."""

    tasks: list[SmallTask] = Field(min_length=1, max_length=4)


class Nothing(Frozen):
    """A question that no rules answer has no brief."""


Messages = tuple[tuple[str, str], ...]
SMALL: Final[Messages] = (("system", SYSTEM), ("user", JOB))


def small(domain: Domain, endpoint: Endpoint, messages: Messages = SMALL, tokens: int = SHORT) -> Ask:
    """A question that a small plan answers."""
    return _ask(domain, endpoint, messages, schema_of(SmallPlan), tokens)


def repairing(said: str, fault: str) -> Messages:
    """The same question, with an answer to it and what was wrong with that."""
    return with_repair(SMALL, said, fault)


def planning(domain: Domain, endpoint: Endpoint, request: Json, room: int) -> Ask:
    """The domain's planning prompt, as long as it and its answer will be together."""
    brief = PlanningBrief(request=request, plan_number=1, workers=catalog_of(domain))
    (role, system), *turns = render(prompt_of(domain, "plan", None), brief)
    messages = ((role, f"{system}\n{FILLER * room}"), *turns)
    return _ask(domain, endpoint, messages, shape_of(Plan, brief), CUT)


def _ask(domain: Domain, endpoint: Endpoint, messages: Messages, schema: Json, tokens: int) -> Ask:
    return Ask(
        domain=domain,
        role="plan",
        worker=None,
        brief=Nothing(),
        messages=messages,
        prompt_version="doctor",
        schema=schema,
        max_tokens=tokens,
        tier=endpoint.tier,
        model=endpoint.model,
    )
