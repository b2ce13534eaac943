"""What a long run costs as it goes on: bytes a superstep on disk, and prompt tokens a call.

    python -m benchmarks.growth            (--tasks 400 --parallel 4 --window 8000)

One run of many tasks through the real graph, planned eight at a time, with offline rules for a model. Beside it the
same run without summaries, and LangGraph's own saver with `add_messages`, given the same messages, one a superstep.
Bytes are whole pages of the SQLite file: all tables, their indexes and what is free in between.
"""

import argparse
import asyncio
import sqlite3
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from benchmarks.ledgers import long_job
from checkpoints.store import Store
from graph.build import build_graph
from graph.context import RunContext
from graph.domain import Domain
from graph.ports import Deps
from surefoot.catalog import fingerprint
from surefoot.clock import SystemClock
from surefoot.models.gateway import Gateway
from surefoot.models.offline import Offline
from surefoot.models.provider import Ask, Completion
from surefoot.progress import Event
from surefoot.runner import Runner
from tools.pipeline import HardenedTools

SHARE: Final = 0.7
NEVER: Final = 1_000_000
"""A window, in tokens, that no history of this benchmark fills."""
EARLY: Final = (50, 100)
LATE: Final = (350, 400)


@dataclass(frozen=True)
class One:
    """The `Domains` port over one domain."""

    domain: Domain

    def get(self, name: str) -> Domain:  # noqa: ARG002 there is one
        """The domain."""
        return self.domain

    def version(self, name: str) -> str:  # noqa: ARG002 there is one
        """Its fingerprint."""
        return fingerprint(self.domain)


@dataclass
class Counting(Offline):
    """Offline rules that keep every call."""

    asked: list[tuple[str, int]] = field(default_factory=list)
    """Role and prompt tokens."""

    async def complete(self, ask: Ask) -> Completion:
        """The rule's answer."""
        answer = await super().complete(ask)
        self.asked.append((ask.role, answer.prompt_tokens))
        return answer


@dataclass(frozen=True)
class Growth:
    """One run: the size of its file after each superstep, and the prompts of its calls."""

    sizes: tuple[int, ...]
    prompts: tuple[tuple[str, int], ...] = ()
    state: dict[str, Any] = field(default_factory=dict)

    def mean(self, first: int, last: int) -> float:
        """Bytes a superstep between two of them."""
        return (self.sizes[last - 1] - self.sizes[first - 1]) / (last - first)

    @property
    def overall(self) -> float:
        """Bytes a superstep of the whole run, an empty file's own pages included."""
        return self.sizes[-1] / len(self.sizes)

    def of(self, *roles: str) -> list[int]:
        """Prompt tokens of the calls of some roles, in order."""
        return [tokens for role, tokens in self.prompts if role in roles]


class Scale:
    """Weighs a SQLite file once a superstep."""

    def __init__(self, path: Path) -> None:
        self.sizes: list[int] = []
        self._db = sqlite3.connect(path)

    def weigh(self, count: str = "SELECT count(*) FROM checkpoints") -> None:
        """Note the size under the number of checkpoints that there are."""
        (number,) = self._db.execute(count).fetchone()
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (each,) = self._db.execute("PRAGMA page_size").fetchone()
        self.sizes[number - 1 :] = [pages * each] * (number - len(self.sizes[: number - 1]))

    def close(self) -> None:
        """Done."""
        self._db.close()


@asynccontextmanager
async def opened(path: Path, domain: Domain, window: int) -> AsyncIterator[tuple[Runner, Counting]]:
    """A runner over the real graph and store."""
    clock, domains, model = SystemClock(), One(domain), Counting()
    async with Store.open(path, clock=clock) as store:
        deps = Deps(
            domains=domains,
            models=Gateway(model, store.ledger, domains, clock, window),
            tools=HardenedTools(store.effects, store.records, clock, holder="growth"),
            ledger=store.ledger,
            effects=store.effects,
            records=store.records,
            clock=clock,
        )
        yield Runner(build_graph(deps, checkpointer=store.saver), store, domains, clock, most_supersteps=100_000), model


async def ours(path: Path, tasks: int, parallel: int, window: int) -> Growth:
    """The long run."""
    async with opened(path, long_job(parallel, SHARE), window) as (runner, model):
        view = await runner.accept(RunContext(domain="ledgers"), {"entries": tasks})
        with closing(Scale(path)) as scale:

            def listen(_event: Event) -> None:
                scale.weigh()

            view = await runner.drive(view.job.run_id, listen)
            scale.weigh()
        snapshot = await runner.graph.aget_state({"configurable": {"thread_id": view.job.thread_id}})
        assert view.status == "complete", view
        return Growth(tuple(scale.sizes), tuple(model.asked), dict(snapshot.values))


class Stock(TypedDict):
    """LangGraph's own way: a list with its reducer."""

    messages: Annotated[list[AnyMessage], add_messages]


async def stock(path: Path, texts: list[str], supersteps: int) -> Growth:
    """The same texts through LangGraph's own saver and reducer."""

    async def step(state: Stock) -> dict[str, Any]:
        return {"messages": [AIMessage(texts[len(state["messages"]) % len(texts)])]}

    graph = StateGraph(Stock)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: END if len(state["messages"]) >= supersteps else "step")
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        config: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": supersteps + 10}
        compiled = graph.compile(checkpointer=saver)
        with closing(Scale(path)) as scale:
            async for _ in compiled.astream({"messages": []}, config, stream_mode="updates", durability="sync"):
                scale.weigh()
        return Growth(tuple(scale.sizes))


async def measured(folder: Path, tasks: int, parallel: int, window: int) -> dict[str, Growth]:
    """All three."""
    whole = await ours(folder / "whole.db", tasks, parallel, NEVER)
    small = await ours(folder / "ours.db", tasks, parallel, window)
    texts = [message.text for message in whole.state["messages"]]
    same = await stock(folder / "stock.db", texts, len(small.sizes))
    return {"Surefoot": small, "without summaries": whole, "stock saver, add_messages": same}


def table(figures: dict[str, Growth], window: int) -> str:
    """The figures as text."""
    lines = [f"{'bytes a superstep':<28}{'supersteps':>12}{'overall':>10}{EARLY!s:>12}{LATE!s:>12}{'ratio':>8}"]
    for name, grown in figures.items():
        early, late = grown.mean(*EARLY), grown.mean(*LATE)
        steps = len(grown.sizes)
        lines.append(f"{name:<28}{steps:>12}{grown.overall:>10,.0f}{early:>12,.0f}{late:>12,.0f}{late / early:>8.2f}")
    heads = f"{'prompt tokens':<28}{'calls':>12}{'median':>10}{'largest':>12}{'total':>12}"
    lines += ["", f"{heads}   threshold {int(window * SHARE)}"]
    for name, grown in figures.items():
        if tokens := grown.of("plan", "review", "summarize"):
            row = f"{len(tokens):>12}{statistics.median(tokens):>10,.0f}{max(tokens):>12,}{sum(tokens):>12,}"
            quarters = "  ".join(f"{sum(tokens[: len(tokens) * n // 4]):,}" for n in range(1, 5))
            lines.append(f"{name:<28}{row}   after each quarter of its calls: {quarters}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=400)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--window", type=int, default=8_000)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        figures = asyncio.run(measured(Path(folder), given.tasks, given.parallel, given.window))
    print(table(figures, given.window))


if __name__ == "__main__":
    main()
