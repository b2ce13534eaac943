"""The conversation that a model is asked in."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from graph.domain import Domain, Role
from graph.prompt import Prompt
from surefoot.models.prompts import answer, classify, parse, plan, review, summarize, work
from surefoot.models.prompts.turns import Turn, answered, surroundings, turns

DEFAULTS: Final[Mapping[Role, Prompt]] = {
    "classify": classify.PROMPT, "parse": parse.PROMPT, "plan": plan.PROMPT, "work": work.PROMPT,
    "review": review.PROMPT, "summarize": summarize.PROMPT, "answer": answer.PROMPT,
}  # fmt: skip
NO_ANSWER: Final = "(no answer)"
"""In place of an empty one, which some endpoints would not take back."""


def prompt_of(domain: Domain, role: Role, worker: str | None) -> Prompt:
    """The worker's own prompt, else the domain's for the role, else ours."""
    own = domain.prompts.get(f"{role}:{worker}") if worker else None
    return own or domain.prompts.get(role) or DEFAULTS[role]


def render(prompt: Prompt, brief: BaseModel) -> tuple[Turn, ...]:
    """The messages of a first attempt: the system text, the examples, the job."""
    before = fixed(prompt, surroundings(brief))
    return (*before, *turns(brief, before))


def fixed(prompt: Prompt, around: str = "") -> tuple[Turn, ...]:
    """What is the same for every job: the system text with what can be chosen from, and the examples."""
    system = f"{prompt.system}\n{around}" if around else prompt.system
    shown = (turn for example in prompt.examples for turn in (*turns(example.given), answered(example.answer)))
    return (("system", system), *shown)


def with_repair(messages: tuple[Turn, ...], said: str, error: str) -> tuple[Turn, ...]:
    """The same conversation, with the model's own answer and what was wrong with it."""
    told = f"That answer does not fit the schema: {error}. Answer again with JSON that fits."
    return (*messages, ("assistant", said or NO_ANSWER), ("user", told))


def version(prompt: Prompt, brief: BaseModel, schema: object) -> str:
    """The prompt's own version, and eight hex digits that change with its words, its surroundings or the schema."""
    text = json.dumps([fixed(prompt, surroundings(brief)), schema], sort_keys=True)
    return f"{prompt.version}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"
