"""Long histories for the tests of the context: made of a seed, with facts that are known, fed to the node itself."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from langchain_core.messages import AnyMessage
from pydantic import BaseModel

from graph import history
from graph.briefs import Summary, SummaryBrief
from graph.contract import Header, Plan, Task, TaskResult
from graph.domain import Domain
from graph.ports import Deps, ModelCall
from graph.prose import Says
from graph.room import crowded
from graph.state import RunState, fold_messages
from graph.values import TaskId
from machine_kit import OneDomain
from nodes.summarize import summarize
from store_kit import header, step
from toydomain import toy

ROOM: Final = 4_000
"""Tokens that a prompt may take in these tests."""
WORDS: Final = ("the", "parcel", "was", "seen", "at", "a", "depot", "and", "nothing", "about", "it", "is", "odd", "now")


@dataclass
class Forgetful:
    """A model whose summaries have not one fact in them; the port `Models`, as far as a summary needs it."""

    briefs: list[SummaryBrief] = field(default_factory=list)
    says: str = "things went on"
    raises: Exception | None = None

    async def structured(self, call: ModelCall, brief: BaseModel, answer: Any, says: Says | None = None) -> Any:
        """The same every time."""
        assert (call.role, answer, says) == ("summarize", Summary, None)
        self.briefs.append(cast("SummaryBrief", brief))
        if self.raises:
            raise self.raises
        return Summary(text=self.says)

    def window(self, header: Header) -> int:
        """Tokens."""
        return ROOM


def deps_of(models: Forgetful, folder: Path, **policy: Any) -> Deps:
    """The ports that the node uses: a model and a domain."""
    domain: Domain = toy(folder, **policy)
    return Deps(OneDomain(domain), models, *cast("Any", (None,) * 5))


def state_of(messages: Sequence[AnyMessage] = (), **fields: Any) -> RunState:
    """A state in which a run is at work, with a history that begins with its job."""
    first = history.received({"name": "Ada"})
    given = {
        "request": {"name": "Ada"},
        "header": header(),
        "messages": [first, *messages],
        "transitions": [step(7, "summarize")],
        "plan": None,
        "results": {},
        "answers": [],
        "room": ROOM,
        "fits": None,
    }
    return cast("RunState", {**given, **fields})


async def summarized(state: RunState, deps: Deps) -> RunState:
    """The state after the detour."""
    update = await summarize(state, deps)
    messages = fold_messages(state["messages"], [update.get("messages", [])])
    again = [step(state["transitions"][-1].sequence + 1, "summarize")]
    return {**state, "messages": messages, "transitions": again}


def text_of(state: RunState) -> str:
    """All that a planner is told of the history."""
    return "\n".join(message.text for message in state["messages"])


@dataclass(frozen=True)
class Told:
    """One plan with its results, as messages, and the facts in them."""

    plan: Plan
    results: dict[str, TaskResult]
    facts: tuple[str, ...]

    def messages(self) -> list[AnyMessage]:
        """As EXECUTING adds them."""
        return [history.planned(self.plan), *map(history.settled, self.results.values())]


def plans(seed: int, count: int) -> Iterator[Told]:
    """Plans of one to six tasks, whose outputs are words with facts of every kind among them."""
    chance = random.Random(seed)  # noqa: S311 a test's own dice
    for number in range(1, count + 1):
        tasks, results, facts = list[Task](), dict[str, TaskResult](), list[str]()
        for index in range(chance.randint(1, 6)):
            name, found = TaskId(f"{number}/t{index}"), tuple(_facts(chance))
            words = [*chance.choices(WORDS, k=chance.randint(5, 40)), *found]
            tasks.append(Task(id=name, worker="find", input={"name": f"n{index}"}))
            output = {"seen": ". ".join((" ".join(words[: -len(found) or None]), *found)) + "."}
            results[str(name)] = TaskResult(task_id=name, worker="find", status="success", output=output)
            facts += found
        yield Told(Plan(number=number, tasks=tuple(tasks), summary="look"), results, tuple(facts))


def _facts(chance: random.Random) -> Iterator[str]:
    number = chance.randint(100, 99_999)
    kinds = (
        f"ORD-{number}", f"${number}.{chance.randint(10, 99)}", f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        f"ann{number}@example.org", f"We will refund parcel {number} by Friday", f"Was parcel {number} opened?",
        f"{number} EUR", f"{chance.randint(1, 28)} March 2026", f"{chance.randint(1, 99)} Mill Lane",
    )  # fmt: skip
    if chance.random() < 0.4:
        yield chance.choice(kinds)


async def lived(seed: int, deps: Deps, count: int = 60) -> tuple[RunState, list[str], int]:
    """A run through many plans, summarized whenever it is crowded: its state, all its facts, how often it was."""
    state, facts, times = state_of(), list[str](), 0
    for told in plans(seed, count):
        messages, results = fold_messages(state["messages"], [told.messages()]), {**state["results"], **told.results}
        state = {**state, "messages": messages, "results": results, "plan": told.plan}
        facts += told.facts
        if crowded(state):
            state, times = await summarized(state, deps), times + 1
    return state, facts, times
