"""The context's detour: the oldest messages become a summary, and the facts in them are kept word for word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from langchain_core.messages import AnyMessage, RemoveMessage

from graph import history
from graph.briefs import Summary, SummaryBrief
from graph.budget import BYTES_PER_TOKEN
from graph.chat import of_run
from graph.errors import BudgetRefused, ModelError
from graph.pinned import largest, pinned, unanswered
from graph.ports import Deps, ModelCall
from graph.room import goal, tokens_of
from graph.state import RunState, Update

KEPT: Final = 0.5
"""Share of what a summary is to leave that the newest messages may take, in their own words."""
EXTRACT: Final = 240
"""Characters of each message that an extract keeps at most."""


async def summarize(state: RunState, deps: Deps) -> Update:
    """Compress all but the job and the newest messages; then all but the job; where that is too large, extract."""
    job, *rest = of_run(state["messages"])
    desk, size = Desk(state, deps, job, tuple(rest)), goal(state)
    sizes = [tokens_of([message]) for message in rest]
    cuts = dict.fromkeys((history.split(rest, int(size * KEPT), sizes), len(rest)))
    for cut in filter(None, cuts):
        text = await desk.told(cut)
        found = desk.compressed(cut, history.extract(desk.texts(cut), EXTRACT) if text is None else text)
        if tokens_of(found) < size:
            return desk.replaced(found)
        if text is None:
            break
    return desk.replaced(desk.extracted(size)) if rest else {}


@dataclass(frozen=True)
class Desk:
    """The history on the table: the job, and the messages after it."""

    state: RunState
    deps: Deps
    job: AnyMessage
    rest: tuple[AnyMessage, ...]

    def texts(self, cut: int) -> tuple[str, ...]:
        """The oldest messages, in words."""
        return tuple(map(history.words_of, self.rest[:cut]))

    def facts(self, cut: int) -> tuple[str, ...]:
        """What must stay of the oldest messages word for word; of earlier summaries, all that they kept."""
        oldest = self.rest[:cut]
        patterns = self.deps.domains.get(self.state["header"].domain).policy.pinned
        fresh = pinned((message.text for message in oldest if not history.size_after(message)), patterns)
        answers = (f"{answered.question.message}" for answered in self.state["answers"])
        return unanswered(largest([*history.kept_facts(oldest), *fresh]), answers)

    async def told(self, cut: int) -> str | None:
        """The model's summary; `None` where it has none. A run that cannot pay meets its breaker at the next state."""
        call = ModelCall(header=self.state["header"], role="summarize", state="summarize")
        brief = SummaryBrief(messages=self.texts(cut), pinned=self.facts(cut))
        try:
            return (await self.deps.models.structured(call, brief, Summary)).text
        except (ModelError, BudgetRefused):
            return None

    def compressed(self, cut: int, text: str) -> list[AnyMessage]:
        """The history as it would be: the job, the summary, the newest messages."""
        newest, plan = self.rest[cut:], self.state["plan"]
        number = plan.number if plan else 0
        opened = history.open_tasks(plan, self.state["results"], newest)
        kept = {"covers": history.covered(self.rest[:cut], number)} | ({"plan": number} if opened else {})
        sequence = self.state["transitions"][-1].sequence
        summary = history.summarized(text, self.facts(cut), opened, sequence, **kept)
        return [self.job, summary, *newest]

    def extracted(self, size: int) -> list[AnyMessage]:
        """All but the job as an extract, in what is left beside the facts; it may still be too large."""
        count = len(self.rest)
        left = (size - tokens_of(self.compressed(count, ""))) * BYTES_PER_TOKEN
        return self.compressed(count, history.extract(self.texts(count), min(EXTRACT, max(0, left) // count)))

    def replaced(self, found: Sequence[AnyMessage]) -> Update:
        """The update that puts it in place; the summary knows what it left, so that it is not made again at once."""
        _, summary, *newest = found
        removed = [RemoveMessage(str(message.id)) for message in self.rest]
        weighed = history.weighed(summary, tokens_of(found))
        return {"messages": [*removed, weighed, *newest]}
