"""The offline model: a domain's own rules behind the same gateway, so that all runs without a key or a net."""

from graph.budget import estimate_tokens
from graph.errors import DomainMistake
from surefoot.models.provider import Ask, Completion, Free


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
        prompt = estimate_tokens(said for _, said in ask.messages)
        return Completion(text=text, prompt_tokens=prompt, completion_tokens=estimate_tokens([text]))
