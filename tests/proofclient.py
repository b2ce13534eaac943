"""Fifty workers under one budget, in a process that may kill itself: schedules drawn from seeds, a line of JSON each.

Arguments: provider's port, database, then schedules as `seed:life`; a second life finishes what the first left.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from pydantic import RootModel

from checkpoints.store import Store
from graph.contract import Budget, Header
from graph.domain import Role
from graph.errors import BudgetRefused, InvalidAnswer, ModelUnavailable
from graph.ports import ModelCall, by_run
from graph.values import RunId, ThreadId
from proofprovider import ANSWER_MICROS, PROMPT_MICROS
from surefoot.api.alone import Given, Instructed
from surefoot.clock import SystemClock
from surefoot.models.endpoints.patience import Trouble, patiently
from surefoot.models.gateway import Gateway
from surefoot.models.provider import Ask, Completion, Free

WORKERS: Final = 50
PATIENCE: Final = 0.15
"""Seconds after which a silent provider is given up."""
ROLES: Final[tuple[Role, ...]] = ("classify", "plan", "work", "work", "work", "review", "summarize", "answer")
KILLED: Final = 0.15
"""Share of the schedules whose first life ends by SIGKILL."""
INSTRUCTIONS: Final = (
    "Answer with one JSON string, in English, and mention every order id, such as A-1042, word for word."
)


class Said(RootModel[dict[str, str]]):
    """What the provider answers."""


class Brisk(SystemClock):
    """Real time, but nobody waits long between tries."""

    async def sleep(self, seconds: float) -> None:
        """Wait a hundredth."""
        await asyncio.sleep(seconds / 100)


class Broke(Exception):
    """A request gave no answer."""

    def __init__(self, *, billed: bool) -> None:
        super().__init__("broke")
        self.billed = billed


class Wire(Free):
    """The provider behind the socket, with the tries and prices of a real one."""

    name = "proof"

    def __init__(self, port: int, schedule: "Schedule", clock: Brisk) -> None:
        self.port, self.schedule, self.clock = port, schedule, clock

    def most_usd_micros(self, ask: Ask, prompt_tokens: int) -> int:
        """By the provider's list."""
        return prompt_tokens * PROMPT_MICROS + ask.max_tokens * ANSWER_MICROS

    async def complete(self, ask: Ask) -> Completion:
        """At most three tries."""
        return await patiently(lambda: self._try(ask), _judged, self.clock, ask.tries)

    async def _try(self, ask: Ask) -> Completion:
        schema = json.dumps(ask.schema)
        request = {
            "run": self.schedule.run, "role": ask.role, "messages": [*(text for _, text in ask.messages), schema],
            "cap": ask.max_tokens, "letters": self.schedule.letters, "seed": self.schedule.rng.random(),
        }  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await spoken(self.port, request)
        except TimeoutError as error:
            raise Broke(billed=True) from error
        if reply is None:
            raise Broke(billed=True)
        if "status" in reply:
            raise Broke(billed=False)
        if "piece" in reply:
            if ask.hear:
                ask.hear(reply["piece"])
            raise Broke(billed=True)
        return _completion(reply)


def _completion(reply: dict[str, Any]) -> Completion:
    prompt, answer = reply.get("prompt", 0), reply.get("answer", 0)
    return Completion(
        reply["text"],
        prompt,
        answer or len(reply["text"].encode()) // 3,
        usd_micros=prompt * PROMPT_MICROS + answer * ANSWER_MICROS,
        estimated="prompt" not in reply,
        fault="it was cut off" if reply["cut_off"] else "",
    )


def _judged(error: Exception) -> Trouble:
    if not isinstance(error, Broke):
        raise error
    return Trouble(ModelUnavailable("the provider broke off"), retryable=True, billed=error.billed)


async def spoken(port: int, request: dict[str, Any]) -> dict[str, Any] | None:
    """One exchange; `None` where the provider hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(json.dumps(request).encode() + b"\n")
        line = await reader.readline()
    finally:
        writer.close()
    return json.loads(line) if line else None


@dataclass
class Schedule:
    """All that a seed decides."""

    seed: int
    life: int

    def __post_init__(self) -> None:
        """Draw what both lives share, then what only this one has."""
        drawn = Random(self.seed)  # noqa: S311 seeded, nothing secret
        self.letters = drawn.choice((3, 4, 5, 6))
        tokens, usd = drawn.randint(8_000, 60_000), drawn.choice((None, drawn.uniform(0.03, 0.3)))
        self.budget = Budget(tokens=tokens, usd=usd, calls=drawn.choice((None, drawn.randint(20, 150))), seconds=None)
        self.killed = drawn.random() < KILLED and self.life == 1
        self.rng = Random(f"{self.seed}:{self.life}")  # noqa: S311 the same

    @property
    def run(self) -> str:
        """The run's id."""
        return f"run-{self.seed}"

    def header(self) -> Header:
        """The run's header."""
        return Header(
            run_id=RunId(self.run), thread_id=ThreadId(self.run), tenant="proof", domain="alone",
            domain_version="none", budget=self.budget, started_at=Brisk().now(),
        )  # fmt: skip


async def worker(gateway: Gateway, header: Header, rng: Random) -> None:
    """A few calls of random roles; a refusal ends it, as it would end a run's state."""
    for _ in range(rng.randint(1, 3)):
        await asyncio.sleep(rng.uniform(0, 0.02))
        call = ModelCall(header=header, role=rng.choice(ROLES), state="executing")
        brief = Given("the customer of order A-1042 asks again, " * rng.randint(1, 30))
        try:
            await gateway.structured(call, brief, Said)
        except BudgetRefused:
            if call.role == "answer":
                return
        except (ModelUnavailable, InvalidAnswer):
            continue


async def lived(schedule: Schedule, store: Store, port: int, clock: Brisk) -> dict[str, Any]:
    """All workers at once, a few of them cancelled on the way; what the ledger says at the end."""
    header = schedule.header()
    while await store.leases.claim(header.thread_id, f"life {schedule.life}", 0.05) is None:  # noqa: ASYNC110 another's
        await asyncio.sleep(0.02)
    gateway = Gateway(Wire(port, schedule, clock), store.ledger, Instructed(INSTRUCTIONS), clock, answer_tokens=400)
    if schedule.killed:
        when = schedule.rng.uniform(0.0, 0.25)
        asyncio.get_running_loop().call_later(when, os.kill, os.getpid(), signal.SIGKILL)
    dice = [Random(schedule.rng.random()) for _ in range(WORKERS)]  # noqa: S311 the same
    tasks = [asyncio.create_task(worker(gateway, header, each)) for each in dice]
    for task in schedule.rng.sample(tasks, 3):
        asyncio.get_running_loop().call_later(schedule.rng.uniform(0, 0.05), task.cancel)
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    defects = [error for error in ended if isinstance(error, Exception)]
    if schedule.killed:
        await asyncio.sleep(1)  # the end comes any moment
    return await _told(schedule, store, port, defects)


async def _told(schedule: Schedule, store: Store, port: int, defects: list[Exception]) -> dict[str, Any]:
    spend = await store.ledger.spent(by_run(schedule.header()))
    (sums,) = await _rows(store, "SELECT count(*), coalesce(sum(tokens), 0), coalesce(sum(usd_micros), 0),"
                          " sum(status = 'open'), sum(status = 'unknown'), sum(overrun > 0) FROM reservations"
                          " WHERE run_id = ? AND status != 'refused'", schedule.run)  # fmt: skip
    return {
        "seed": schedule.seed, "budget": schedule.budget.model_dump(), "spend": spend.model_dump(), "sums": sums,
        "billed": await spoken(port, {"tally": schedule.run}), "defects": [repr(error) for error in defects],
    }  # fmt: skip


async def _rows(store: Store, sql: str, *given: object) -> list[tuple[Any, ...]]:
    return await store.read(lambda connection: [tuple(row) for row in connection.execute(sql, given)])


async def main(port: int, db: Path, schedules: list[Schedule]) -> None:
    """One after another, each told as soon as it is over."""
    clock = Brisk()
    async with Store.open(db, clock=clock) as store:
        for schedule in schedules:
            told: Awaitable[dict[str, Any]] = lived(schedule, store, port, clock)
            sys.stdout.write(json.dumps(await told) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    drawn = [Schedule(*map(int, given.split(":"))) for given in sys.argv[3:]]
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), drawn))
