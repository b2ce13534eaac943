"""CPU a model call costs above the raw OpenAI client: Surefoot, create_agent with six middlewares, bare LangGraph.

    make model-turn            (or python -m benchmarks.model_turn --rounds 5 --runs 20)

Each contender makes five tool calls one after the other and ends, against a scripted endpoint without latency in
another process, with a SQLite file for its checkpoints. Rounds alternate between them; their medians are printed.
What is measured is this process's CPU, of all threads, over all of a run divided by its model calls.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openai

from benchmarks.contenders import Run, bare_langgraph, create_agent_with_six, surefoot_agent
from benchmarks.endpoint import TOOL_CALLS, endpoint


@asynccontextmanager
async def raw_client(url: str, _folder: Path) -> AsyncIterator[Run]:
    """The client alone: as many calls, with the conversation growing as in an agent."""
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)

    async def run(_number: int) -> int:
        messages: list[Any] = [{"role": "system", "content": "Look up."}, {"role": "user", "content": "What is there?"}]
        for _ in range(TOOL_CALLS + 1):
            said = await client.chat.completions.create(model="m", messages=messages)
            messages += [{"role": "assistant", "content": said.choices[0].message.content}]
            messages += [{"role": "user", "content": '{"value": 1}'}]
        return TOOL_CALLS + 1

    async with client:
        yield run


CONTENDERS = {
    "raw client": raw_client,
    "bare LangGraph": bare_langgraph,
    "create_agent, six middlewares": create_agent_with_six,
    "Surefoot": surefoot_agent,
}


async def cpu_a_call(run: Run, first: int, runs: int) -> float:
    """Milliseconds of this process's CPU a model call."""
    begun, calls = time.process_time(), 0
    for number in range(first, first + runs):
        calls += await run(number)
    return (time.process_time() - begun) * 1_000 / calls


async def measured(url: str, folder: Path, rounds: int, runs: int) -> dict[str, list[float]]:
    """Each contender's rounds, after one that is not counted."""
    figures: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    async with AsyncExitStack() as stack:
        ready = {name: await stack.enter_async_context(open_(url, folder)) for name, open_ in CONTENDERS.items()}
        for number in range(rounds + 1):
            for name, run in ready.items():
                figure = await cpu_a_call(run, number * runs, runs)
                figures[name] += [figure] if number else []
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=20)
    given = parser.parse_args()
    with TemporaryDirectory() as folder, endpoint() as url:
        figures = asyncio.run(measured(url, Path(folder), given.rounds, given.runs))
    raw = statistics.median(figures["raw client"])
    print(f"{'':<32}{'CPU ms a model call':>20}{'above the client':>18}{'range of rounds':>20}")
    for name, rounds in figures.items():
        median = statistics.median(rounds)
        print(f"{name:<32}{median:>20.2f}{median - raw:>18.2f}{f'{min(rounds):.2f}-{max(rounds):.2f}':>20}")


if __name__ == "__main__":
    main()
