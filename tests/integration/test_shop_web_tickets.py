"""Tickets through the real machine, with the shop behind a server that may die."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from fakes import FakeClock
from graph.contract import Budget
from graph.errors import BadRequest, DomainMistake
from graph.values import Json
from house import ROOT
from shopkit import orders
from shopweb import free_port
from surefoot.api import Surefoot
from surefoot.domains.support.cases import Case, arm, check_case, load_cases
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.rehearsal import effects
from surefoot.domains.support.web.choice import SHOP_URL, shop_for
from surefoot.domains.support.web.client import HttpShop
from surefoot.domains.support.web.hosting import Place, served, shop_at
from surefoot.progress import Event

(GOOD,) = orders("refundable")
TICKET: Json = {
    "customer_email": GOOD.customer["email"],
    "message": "It arrived broken, refund it please.",
    "order_id": GOOD.order["id"],
}
WANTED = ["add_note", "issue_refund", "send_reply"]

MIDDLES = {
    "while facts are looked up": ("worker", "enter", "find_facts"),
    "before the review": ("reviewing", "enter", ""),
    "before the reply": ("worker", "enter", "send_reply"),
}
"""At which event of the run the server is killed."""


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Surefoot, Shop]]:
    """An agent over a fresh database, and the file of its shop."""
    async with Surefoot.open(folder / "test.db", clock=FakeClock()) as agent:
        yield agent, open_shop(file_in(folder))


def file_in(folder: Path) -> Path:
    """Where the shop of an agent over `test.db` is."""
    return folder / "test-data" / "support" / "shop.db"


class Server:
    """A server of the shop that somebody started by hand, always on one port."""

    def __init__(self, file: Path) -> None:
        self._command = [sys.executable, "-m", "surefoot.domains.support.web", str(file), "--port", str(free_port())]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Returns once it can be called."""
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, env=env)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()

    def kill(self) -> None:
        """As the machine's end would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def by_hand(file: Path) -> Iterator[Server]:
    """A server that is gone in the end."""
    server = Server(file)
    server.start()
    try:
        yield server
    finally:
        server.kill()


async def ended(case: Case, agent: Surefoot, folder: Path) -> tuple[Json, list[str]]:
    """What the demo's table says of a case, and what of it does not hold."""
    run = await agent.run(case.request, budget=Budget.model_validate(case.budget) if case.budget else None)
    outcome, card = run.outcome, run.escalation
    journal = [effect.model_dump() for effect in outcome.effects] if outcome else []
    told = check_case(
        case, run.status, outcome.cause if outcome else None, card.kind if card else None,
        outcome.data.get("reply") if outcome else None, journal, folder=folder,
    )  # fmt: skip
    done = [effect["tool"] for effect in journal]
    return {
        "case": case.id,
        "status": run.status,
        "why": card.kind if card else outcome and outcome.cause,
        "data": outcome.data if outcome else None,
        "effects": done,
    }, told


async def table(folder: Path, place: Place) -> list[Json]:
    """The first ten tickets, each as expected, with the shop at a place."""
    file = file_in(folder)
    rows = []
    async with shop_at(place, file), opened(folder) as (agent, _):
        for case in load_cases()[:10]:
            arm(case, file.parent)
            row, told = await ended(case, agent, file.parent)
            assert told == []
            rows.append(row)
    return rows


async def test_the_table_is_the_same(tmp_path: Path) -> None:
    """The first ten tickets end alike, to the word of each letter, with the shop in a file and behind a server."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert await table(tmp_path / "a", "http") == await table(tmp_path / "b", "local")


@pytest.mark.parametrize("middle", MIDDLES)
async def test_a_server_killed_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, middle: str) -> None:
    """The run fails as `tool_unavailable`; with the server back, `resume` completes it, and nothing happens twice."""
    with by_hand(file_in(tmp_path)) as server:
        monkeypatch.setenv(SHOP_URL, server.url)

        def kills(event: Event) -> None:
            if (event.node, event.phase, event.detail) == MIDDLES[middle]:
                server.kill()

        async with opened(tmp_path) as (agent, shop):
            run = await agent.run(TICKET, listener=kills)
            assert (run.status, run.outcome and run.outcome.cause) == ("failed", "tool_unavailable")
            assert len(effects(shop)) < len(WANTED)
            server.start()
            run = await agent.resume(run.id)
            assert run.status == "complete"
            assert sorted(effect["operation"] for effect in effects(shop)) == WANTED


async def test_a_server_ends_with_whoever_needed_it(tmp_path: Path) -> None:
    """It answers while it is wanted and not a moment longer, whatever ends that."""
    order = GOOD.order["id"]
    seen: list[str] = []

    async def breaks() -> None:
        async with served(tmp_path / "shop.db") as url:
            assert HttpShop(url).get_order(order)["id"] == order
            seen.append(url)
            raise KeyError

    with pytest.raises(KeyError):
        await breaks()
    with pytest.raises(httpx.ConnectError):
        HttpShop(seen[0]).get_order(order)


async def test_a_server_that_cannot_start_is_told(tmp_path: Path) -> None:
    """Nobody waits for a server that has ended."""
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="did not start"):
        async with served(tmp_path / "file" / "shop.db"):
            pass


async def test_the_environment_says_which_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's address or a file, for as long as the demo lasts; afterwards what was set before."""
    monkeypatch.setenv(SHOP_URL, "http://127.0.0.1:9")
    assert shop_for(tmp_path) == HttpShop("http://127.0.0.1:9")
    async with shop_at("local", tmp_path / "shop.db"):
        assert shop_for(tmp_path) == Shop(tmp_path / "shop.db")
    assert shop_for(tmp_path) == HttpShop("http://127.0.0.1:9")


@pytest.mark.parametrize("url", ["8765", "127.0.0.1:8765", "ftp://shop.example", "http://"])
def test_an_address_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """One line with the variable and an example."""
    monkeypatch.setenv(SHOP_URL, url)
    with pytest.raises(DomainMistake, match=f"{SHOP_URL}={url}: give an address such as http://"):
        shop_for(tmp_path)


async def test_missing_libraries_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what to install, for the server and for the client."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(BadRequest, match=r'--shop http needs uvicorn; in the checkout: pip install -e "\.\[http\]"'):
        async with shop_at("http", tmp_path / "shop.db"):
            pass
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.setenv(SHOP_URL, "http://127.0.0.1:9")
    with pytest.raises(DomainMistake, match=f"{SHOP_URL} needs httpx; in the checkout: pip install"):
        shop_for(tmp_path)
