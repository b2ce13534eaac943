"""The offline model: a domain's own rules behind the same gateway, so that all runs without a key or a net."""

import asyncio
from typing import Final

from graph.budget import estimate_tokens
from graph.errors import DomainMistake
from surefoot.models.provider import Ask, Completion, Free

PIECE: Final = 24
"""Characters that a text which is all there grows by, where people watch it."""


class Offline(Free):
    """Answers by the domain's rules; free, deterministic, and only as clever as they are."""

    name = "offline rules"

    async def complete(self, ask: Ask) -> Completion:
        """The rule's answer to the structured brief. Raises `DomainMistake` where the domain has no such rule."""
        key = f"work:{ask.worker}" if ask.role == "work" else ask.role
        rule = ask.domain.rules.get(key)
        if rule is None:
            raise DomainMistake(f"domain {ask.domain.name} has no offline rule {key!r}: add it to Domain.rules")
        text = rule(ask.brief).model_dump_json()
        await spoken(text, ask)
        prompt = estimate_tokens(said for _, said in ask.messages)
        return Completion(text=text, prompt_tokens=prompt, completion_tokens=estimate_tokens([text]))


async def spoken(text: str, ask: Ask) -> None:
    """Tell the text as if it were being written; whoever watches has a turn after each piece."""
    if ask.hear is None:
        return
    for end in range(PIECE, len(text) + PIECE, PIECE):
        ask.hear(text[:end])
        await asyncio.sleep(0)
