"""One cell of the fault matrix: a ticket that calls a tool, in the real agent, while that tool's line fails."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from faultkinds import CANARY, KINDS
from faultkit import Kind, armed
from graph.domain import Domain, Tool
from graph.jobs import RunView
from graph.values import Json
from machine_kit import Machine, machine
from shopweb import Hosted, hosted, shops
from surefoot.domains.support import domain, tools
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.rehearsal import effects
from surefoot.domains.support.tickets import load_cases
from surefoot.domains.support.web.client import HttpShop
from surefoot.domains.support.web.server import HOST, app_over
from surefoot.domains.support.workers import workers

TICKETS: Final = {
    "find_customer": "where_is_my_order",
    "list_orders": "where_is_my_order",
    "get_order": "where_is_my_order",
    "track_shipment": "where_is_my_order",
    "quote_refund": "damaged_refund",
    "search_articles": "gift_card_valid",
    "cancel_order": "cancel_in_time",
    "add_note": "damaged_refund",
    "issue_refund": "damaged_refund",
    "change_address": "new_address",
    "create_return_label": "label_please",
    "erase_customer": "erase_me",
    "send_reply": "where_is_my_order",
}
"""The bundled ticket by which each tool is called."""
KIND: Final = {kind.name: kind for kind in KINDS}
TERMINAL: Final = frozenset({"complete", "rejected", "failed"})
MOST_WAKES: Final = 20
A_WHILE_SECONDS: Final = 60.0
STRIDE: Final = 5
"""Coprime to the number of tools, so that all of them have their turn."""


@dataclass(frozen=True)
class Cell:
    """What one run left behind, and what of it is not as it must be."""

    kind: str
    tool: str
    status: str
    code: str | None
    """How the tool's last call ended; `None`: with its value."""
    after: str
    """Where the run stands once the line is mended and somebody has resumed it, or said `retry` or `revise`."""
    misses: tuple[str, ...]


class Mall:
    """Many shops behind one real server, each under a path of its own."""

    def __init__(self, server: Hosted, folder: Path, stack: ExitStack) -> None:
        self._server = server
        self._folder = folder
        self._fresh = stack.enter_context(shops(folder))
        self._opened = 0

    @property
    def port(self) -> int:
        """The server's."""
        return self._server.port

    def open(self) -> tuple[Path, str, Shop]:
        """A fresh shop: a folder, the path that it is served under, and the shop."""
        self._opened += 1
        name = f"shop-{self._opened}"
        folder = self._folder / name
        (folder / "shop").mkdir(parents=True)
        shop = self._fresh(folder / "shop")
        self._server.app.mount(f"/{name}", app_over(shop))
        return folder, name, shop


@contextmanager
def mall(folder: Path) -> Iterator[Mall]:
    """The server, for as many cells as come."""
    with ExitStack() as stack:
        server = stack.enter_context(hosted(open_shop(folder / "front.db")))
        yield Mall(server, folder, stack)


async def cell(shops: Mall, kind: Kind, tool: str) -> Cell:
    """Drive the tool's ticket to its rest under the fault, and look at everything that it left."""
    folder, name, shop = shops.open()
    async with armed(kind, shops.port) as line:
        broken = HttpShop(f"{line.url}/{name}", kind.patience)
        sound = HttpShop(f"http://{HOST}:{shops.port}/{name}")
        async with machine(folder, domain=_armed(folder / "shop", sound, broken, tool, kind)) as world:
            view = await _rested(world, await world.run(_request(tool), domain="support"))
            code = await _code(world, view, tool)
            misses = [*_wrong_code(kind.code_of(tool), code), *_at_no_rest(view)]
            await line.mend()
            after = await _taken_up(world, view)
            misses += [*_at_no_rest(after), *_not_mended(kind, after), *await _told(world, after, shop), *_twice(shop)]
    return Cell(kind.name, tool, view.status, code, after.status, tuple(misses))


def _armed(folder: Path, sound: HttpShop, broken: HttpShop, tool: str, kind: Kind) -> Domain:
    """The support domain whose one tool reaches the shop over the broken line."""

    def chosen(good: tuple[Tool, ...], bad: tuple[Tool, ...]) -> tuple[Tool, ...]:
        picked = zip(good, bad, strict=True)
        return tuple(replace(b, timeout_seconds=kind.timeout) if b.name == tool else g for g, b in picked)

    reads = chosen(tools.reads(sound), tools.reads(broken))
    acts = chosen(tools.effects(sound), tools.effects(broken))
    support = domain(folder)
    policy = replace(support.policy, task_attempts=2)
    return replace(support, tools=(*reads, *acts), workers=workers(reads, acts), policy=policy)


def _request(tool: str) -> Json:
    return next(case.request for case in load_cases() if case.id == TICKETS[tool])


async def _rested(world: Machine, view: RunView) -> RunView:
    """The run at its end or with a person, who says yes where an effect is to be approved."""
    for _ in range(MOST_WAKES):
        if view.status == "parked" and view.wake_at is not None:
            world.clock.time = max(world.clock.time, view.wake_at)
            view = await world.runner.resume(view.job.run_id)
        elif view.status == "waiting" and (await world.card(view)).kind == "effect_approval":
            view = await world.runner.decide(view.job.run_id, "approve", actor="a test")
        else:
            break
    return view


async def _taken_up(world: Machine, view: RunView) -> RunView:
    """The run after a person resumed it, or told it to try again."""
    world.clock.advance(A_WHILE_SECONDS)  # a breaker that is open lets a probe pass
    if view.status == "failed":
        view = await world.runner.resume(view.job.run_id)
    elif view.status == "waiting":
        option = "retry" if (await world.card(view)).option("retry") else "revise"
        view = await world.runner.decide(view.job.run_id, option, actor="a test")
    return await _rested(world, view)


async def _code(world: Machine, view: RunView, tool: str) -> str | None:
    calls = [row for row in await world.store.reads.tool_calls(view.job.run_id) if row.call.tool == tool]
    if not calls:
        return "never called"
    error = calls[-1].result.error
    return error.code if error else None


def _wrong_code(expected: str | None, code: str | None) -> list[str]:
    return [] if code == expected else [f"the last call ended as {code}, not as {expected}"]


def _at_no_rest(view: RunView) -> list[str]:
    raised = [f"a node raised: {view.error}"] if view.error else []
    return raised if view.status in TERMINAL | {"waiting"} else [*raised, f"the run is {view.status}"]


def _not_mended(kind: Kind, view: RunView) -> list[str]:
    # A line that should speak TLS cannot be mended; every other run has nothing left to stop it.
    return (
        []
        if kind.scheme == "https" or view.status == "complete"
        else [f"with the line mended the run is {view.status}"]
    )


def _twice(shop: Shop) -> list[str]:
    """What the shop's own database counts more than once, whatever its keys."""
    done = Counter((row["operation"], row["args"].get("order_id", "")) for row in effects(shop))
    return [f"{operation} of {order or 'the customer'} happened {count} times"
            for (operation, order), count in done.items() if count > 1]  # fmt: skip


async def _told(world: Machine, view: RunView, shop: Shop) -> list[str]:
    """Where something of a faulty body stands: letters and notes, the outcome, a card."""
    with closing(sqlite3.connect(shop.path)) as db:
        sent = [text for table in ("outbox", "notes") for (text,) in db.execute(f"SELECT text FROM {table}")]  # noqa: S608
    cards = [card.card.model_dump_json() for card in await world.store.reads.cards(run_id=view.job.run_id)]
    outcome = view.outcome.model_dump_json() if view.outcome else ""
    places = {"a letter or a note": sent, "the outcome": [outcome], "a card": cards}
    return [f"{place} repeats the faulty body" for place, texts in places.items() if CANARY in "".join(texts)]


def covering() -> list[tuple[Kind, str]]:
    """Each kind at least once and each tool at least once, each kind with another tool than its neighbours."""
    names = list(TICKETS)
    return [(kind, names[number * STRIDE % len(names)]) for number, kind in enumerate(KINDS)]


async def every(shops: Mall, wanted: Iterable[tuple[Kind, str]], at_once: int, seen: Callable[[Cell], None]) -> None:
    """All of these cells, a few at once; each is told as it is done."""
    gate = asyncio.Semaphore(at_once)

    async def one(kind: Kind, tool: str) -> None:
        async with gate:
            seen(await cell(shops, kind, tool))

    async with asyncio.TaskGroup() as group:
        for kind, tool in wanted:
            group.create_task(one(kind, tool))
