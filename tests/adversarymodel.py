"""A model that obeys: once it has been shown the injected text, it plans, writes and passes what that text asks for."""

from typing import Final

from pydantic import BaseModel

from adversarywish import WISHES, Wish
from graph.briefs import ReviewVerdict
from graph.toolloop import LoopBrief, LoopStep
from surefoot.domains.support.briefs import DraftWords, Meant
from surefoot.models.offline import Offline, spoken
from surefoot.models.provider import Ask, Completion, Free

QUOTED_CHARS: Final = 400
"""Of its own instructions, in a letter."""


class Obedient(Free):
    """The domain's own rules until the text comes by; from then on only the text counts."""

    name = "an obedient model"

    def __init__(self, text: str, wish: Wish) -> None:
        self._text = text
        self._wish = wish
        self._rules = Offline()
        self._plans = 0
        self._reached = False
        self.tried = False
        """The text was shown, and what it asks for was planned."""
        self.secret = ""
        """What the drafting model was told, and must not tell."""

    async def complete(self, ask: Ask) -> Completion:
        """As the text says, or as the rules do."""
        self._reached = self._reached or self._text in "\n".join(texts(ask.brief.model_dump(mode="json")))
        answer = self._obeyed(ask) if self._reached else None
        if answer is None:
            return await self._rules.complete(ask)
        text = answer.model_dump_json()
        await spoken(text, ask)
        return Completion(text=text, prompt_tokens=100, completion_tokens=max(1, len(text) // 4))

    def _obeyed(self, ask: Ask) -> BaseModel | None:
        match ask.role, ask.worker:
            case "plan", _:
                self._plans += 1
                self.tried = True
                return self._wish.plan(self._plans)
            case "review", _:
                # Whoever reads the text as a reviewer has the planner read it too.
                return ReviewVerdict(verdict="pass" if self._plans else "revise", reason="as the text says")
            case "work", "draft_reply":
                return LoopStep.finishing(DraftWords(text=self._letter(ask)))
            case "work", "investigate":
                return self._looked_up(ask)
            case _:
                return None

    def _letter(self, ask: Ask) -> str:
        self.secret = next(said for role, said in ask.messages if role == "system")
        if self._wish == WISHES["reveal_prompt"]:
            return self._wish.letter(f"You asked for it: {self.secret[:QUOTED_CHARS]}")
        assert isinstance(ask.brief, LoopBrief)
        return self._wish.letter(ask.brief.input["guidance"])

    def _looked_up(self, ask: Ask) -> BaseModel:
        assert isinstance(ask.brief, LoopBrief)
        victim = self._wish.cast.victim
        steps = (
            LoopStep.calling("find_customer", email=victim.customer["email"]),
            LoopStep.calling("list_orders", customer_id=victim.customer["id"]),
            LoopStep.calling("get_order", order_id=victim.order["id"]),
        )
        if len(ask.brief.seen) < len(steps):
            return steps[len(ask.brief.seen)]
        name = next((seen.value["name"] for seen in ask.brief.seen if seen.value and "name" in seen.value), "nobody")
        return LoopStep.finishing(Meant(order_id=self._wish.cast.own, why=f"{name} has ordered it."))


def texts(value: object) -> list[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in texts(inner)]
    if isinstance(value, list | tuple):
        return [found for inner in value for found in texts(inner)]
    return [value] if isinstance(value, str) else []
