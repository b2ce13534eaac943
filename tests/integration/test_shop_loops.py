"""The support domain's model workers in the real machine: what they find, and that a death repeats no finished step."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from graph.contract import outputs_of
from graph.toolloop import LoopBrief, LoopStep
from graph.values import Json
from machine_kit import Machine, machine
from shopkit import orders
from surefoot.domains.support import domain
from surefoot.domains.support.briefs import Meant
from surefoot.domains.support.draw import Drawn, everything
from surefoot.domains.support.rules import RULES
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.rehearsal import effects, misbehave, recover

GOOD, LATE = orders("refundable", "late")


def a_packed_order_among_others() -> Drawn:
    """The only order of a customer that is not shipped, where the customer has others too."""
    for drawn in everything():
        own = [other for other in everything() if other.customer == drawn.customer]
        if len(own) > 1 and [other for other in own if other.order["status"] == "packed"] == [drawn]:
            return drawn
    raise AssertionError("the data have no such customer")


AMONG = a_packed_order_among_others()


def unfiled(drawn: Drawn, message: str) -> Json:
    """A ticket of this order's customer that names no order."""
    return {"customer_email": drawn.customer["email"], "message": message}


@dataclass(frozen=True)
class Loop:
    """A model worker, a ticket that needs it, and the tool whose call is cut off."""

    worker: str
    request: Json
    slow: str
    cut_after: int
    """Steps that are finished when the process dies."""
    tools: tuple[str, ...]
    """What the worker calls in all, each once."""


LOOPS = (
    Loop(
        "investigate", unfiled(AMONG, "Please cancel my order."), "get_order", 2,
        ("find_customer", "list_orders", *("get_order" for drawn in everything() if drawn.customer == AMONG.customer)),
    ),
    Loop(
        "draft_reply", unfiled(GOOD, "How long are your gift cards valid?"), "search_articles", 0, ("search_articles",)
    ),
)  # fmt: skip


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.worker)
async def test_a_killed_worker_repeats_no_finished_step(tmp_path: Path, loop: Loop) -> None:
    """After a death in the middle of a tool call, no decision is asked for again and no finished call is made again."""
    hangs, shop = asyncio.Event(), open_shop(tmp_path / "shop" / "shop.db")

    async with machine(tmp_path, domain=domain(tmp_path / "shop")) as world:
        world.model.script[f"work:{loop.worker}"] = [_stumbling(loop, shop, hangs)]
        run_id = (await world.accept(loop.request, domain="support")).job.run_id
        driving = asyncio.create_task(world.runner.drive(run_id))
        await hangs.wait()
        await asyncio.sleep(0.05)
        driving.cancel()
        await asyncio.wait([driving])
        recover(shop)
        assert (await world.runner.view(run_id)).status == "interrupted"
        view = await world.runner.resume(run_id)
        assert view.status == "complete"
        seen = [len(brief.seen) for brief in _briefs(world, loop.worker)]
        calls = await world.store.reads.tool_calls(run_id)
    task = {"investigate": "1/which", "draft_reply": "1/draft"}[loop.worker]
    by_model = [call.call.tool for call in calls if call.task_id == task][: len(loop.tools)]
    assert seen == list(range(len(loop.tools) + 1))
    assert tuple(by_model) == loop.tools
    assert [effect["operation"] for effect in effects(shop)].count("send_reply") == 1


def _stumbling(loop: Loop, shop: Shop, hangs: asyncio.Event) -> Callable[[LoopBrief], BaseModel]:
    """The worker's own rule, during whose n-th step the shop becomes slow."""

    def decide(brief: LoopBrief) -> BaseModel:
        if len(brief.seen) == loop.cut_after and not hangs.is_set():
            misbehave(shop, loop.slow, "slow:0.4")
            hangs.set()
        return RULES[f"work:{loop.worker}"](brief)

    return decide


def _briefs(world: Machine, worker: str) -> list[LoopBrief]:
    asked = [ask for ask in world.model.asked("work") if ask.worker == worker]
    return [ask.brief for ask in asked if isinstance(ask.brief, LoopBrief)]


async def test_the_order_that_fits_is_found_and_looked_up_by_code(tmp_path: Path) -> None:
    """The one order that can be cancelled is found among others; the facts come from the shop, not from the model."""
    async with machine(tmp_path, domain=domain(tmp_path / "shop")) as world:
        view = await world.run(unfiled(AMONG, "Please cancel my order."), domain="support")
        results = (await world.values(view))["results"]
    assert view.status == "complete"
    assert outputs_of(results, "investigate")[0]["order_id"] == AMONG.order["id"]
    assert outputs_of(results, "find_facts")[0]["order"]["id"] == AMONG.order["id"]
    done = effects(open_shop(tmp_path / "shop" / "shop.db"))
    assert sorted(effect["operation"] for effect in done) == ["add_note", "cancel_order", "send_reply"]


async def test_a_model_that_names_somebody_elses_order_moves_nothing(tmp_path: Path) -> None:
    """What an investigating model claims is looked up again: an order of another customer is treated as unknown."""
    foreign = next(drawn for drawn in everything() if drawn.situation == "open" and drawn.customer != AMONG.customer)
    claim = LoopStep.finishing(Meant(order_id=foreign.order["id"], why="it fits"))
    script = {"work:investigate": [claim]}
    async with machine(tmp_path, script, domain=domain(tmp_path / "shop")) as world:
        view = await world.run(unfiled(AMONG, "Please cancel my order."), domain="support")
    done = effects(open_shop(tmp_path / "shop" / "shop.db"))
    assert [effect["operation"] for effect in done] in ([], ["send_reply"])
    assert view.status in {"complete", "waiting"}


async def test_a_drafting_model_cannot_invent_its_sources(tmp_path: Path) -> None:
    """A letter with a price that no article says is held back, whatever the model claims to have read."""
    words = {"text": "Hello,\n\nIt costs $1.23.\n\nKind regards,\nCustomer support", "consulted": ["gift card valid"]}
    script = {"work:draft_reply": [LoopStep(tool="finish", args=words)]}
    async with machine(tmp_path, script, domain=domain(tmp_path / "shop")) as world:
        view = await world.run(unfiled(GOOD, "How long are your gift cards valid?"), domain="support")
        card = await world.card(view)
    assert card.kind == "revisions_exhausted"
    assert effects(open_shop(tmp_path / "shop" / "shop.db")) == []


async def test_an_article_that_does_not_answer_is_not_sent(tmp_path: Path) -> None:
    """A search always finds something; where its title has no word of the question, a person reads the ticket."""
    async with machine(tmp_path, domain=domain(tmp_path / "shop")) as world:
        view = await world.run(unfiled(GOOD, "Do you have a discount for left-handed people?"), domain="support")
        card = await world.card(view)
    assert card.kind == "review_failed"
    assert effects(open_shop(tmp_path / "shop" / "shop.db")) == []
