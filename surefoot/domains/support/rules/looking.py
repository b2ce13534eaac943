"""Finding the order that a ticket without a number is about: look at what the customer has, step by step."""

import re
from typing import Final

from graph.toolloop import LoopBrief, LoopStep
from graph.values import Json
from surefoot.domains.support.briefs import Investigate, Meant
from surefoot.domains.support.rules.words import plain
from surefoot.domains.support.schemas import OrderLine
from surefoot.domains.support.wording import day

FITTING: Final = {
    "cancel": {"packed"}, "address": {"packed"}, "status": {"packed", "shipped"}, "refund": {"delivered"},
    "label": {"delivered"}, "offer": {"delivered"}, "window": {"delivered"},
}  # fmt: skip
"""States in which an order may be what the ticket is about, by what is asked for."""
MOST_LOOKED_AT: Final = 4
LETTERS_OF_A_NAME: Final = 4


def investigate(brief: LoopBrief) -> LoopStep:
    """Who writes, which orders there are, and where several could be meant, what is in them."""
    given = Investigate.model_validate(brief.input)
    seen = {step.tool: step.value for step in brief.seen if step.value is not None}
    if "find_customer" not in seen:
        return LoopStep.calling("find_customer", email=given.customer_email)
    if "list_orders" not in seen:
        return LoopStep.calling("list_orders", customer_id=seen["find_customer"]["id"])
    lines = [OrderLine.model_validate(line) for line in seen["list_orders"]["orders"]]
    if len(lines) <= 1:
        return _finish([line.id for line in lines], "it is the customer's only order")
    return _among(given, lines, {step.args["order_id"]: step.value for step in brief.seen if step.tool == "get_order"})


def _among(given: Investigate, lines: list[OrderLine], looked_at: dict[str, Json | None]) -> LoopStep:
    """One more look, or the orders that what was seen leaves over."""
    unseen = [line.id for line in lines[:MOST_LOOKED_AT] if line.id not in looked_at]
    if unseen:
        return LoopStep.calling("get_order", order_id=unseen[0])
    said = plain(given.message)
    named = [order_id for order_id, order in looked_at.items() if order and _is_named(order, said)]
    if named:
        return _finish(named, "the ticket names what is in it, or its day")
    states = FITTING.get(given.wants, set())
    return _finish(
        [line.id for line in lines if line.status in states], f"it is {' or '.join(sorted(states)) or 'known'}"
    )


def _is_named(order: Json, said: str) -> bool:
    """Whether the ticket names an article of the order, by all words of its title, or the day of the order."""
    days = {order["placed_on"], plain(day(order["placed_on"])), plain(day(order["placed_on"]).rsplit(" ", 1)[0])}
    titles = ([word for word in re.findall(r"[a-z]+", plain(item["title"])) if len(word) >= LETTERS_OF_A_NAME]
              for item in order["items"])  # fmt: skip
    return any(name in said for name in days) or any(
        words and all(re.search(rf"\b{word}s?\b", said) for word in words) for words in titles
    )


def _finish(orders: list[str], why: str) -> LoopStep:
    if len(orders) == 1:
        return LoopStep.finishing(Meant(order_id=orders[0], why=why))
    many = f"{len(orders)} orders fit" if orders else "no order fits"
    return LoopStep.finishing(Meant(order_id=None, why=many))
