"""A ticket as a case: its surroundings, what is expected of it, and the same with other customers and orders."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from graph.values import Frozen
from surefoot import casebook
from surefoot.domains.support.draw import Drawer, Situation, about, stranger
from surefoot.domains.support.schemas import ORDER_ID

CASES = Path(__file__).parent / "cases.jsonl"


class CaseFault(Frozen):
    """A misbehaviour of the shop for this ticket alone (see `shop/faults.py`)."""

    operation: str
    kind: str
    subject: str


class Expectation(casebook.Expectation):
    """What must be true when the run has come to rest, where several ends may be right."""

    or_waiting: tuple[str, ...] = Field(default=(), description="cards that are as right; nothing forbidden may happen")
    or_complete: bool = Field(default=False, description="a reply alone is as right as the card")
    reply_any: tuple[tuple[str, ...], ...] = Field(default=(), description="of each group, one text is in the reply")
    args_contain: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="tool to texts that stand in the arguments of its effect"
    )

    def at(self, status: str, waiting_kind: str | None) -> "Expectation":
        """What is expected of a run that ended like this: an alternative that it took, or the expectation itself."""
        if status == "waiting" and waiting_kind in self.or_waiting:
            return Expectation(status="waiting", waiting_kind=waiting_kind, forbidden=self.forbidden)
        if status == "complete" and self.or_complete:
            forbidden = tuple(tool for tool in self.forbidden if tool != "send_reply")
            return Expectation(
                status="complete", effects=("send_reply",), forbidden=forbidden, reply_lacks=self.reply_lacks
            )
        return self


class Case(casebook.Case):
    """A ticket, its surroundings, and what is expected of the run."""

    intent: str
    expect: Expectation
    situation: Situation
    also: tuple[Situation, ...] = Field(default=(), description="situations of the customer's further orders")
    orders: tuple[str, ...] = Field(default=(), description="the customer's orders that it is about, named or not")
    strangers: tuple[str, ...] = Field(default=(), description="orders of other people that matter to it")
    sole: bool = Field(default=False, description="the customer has no other orders")
    faults: tuple[CaseFault, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """The customer's orders that the ticket is about; without a customer, none."""
        if self.orders or self.situation == "unknown_customer":
            return self.orders
        return tuple(dict.fromkeys(re.findall(ORDER_ID, json.dumps(self.request))))

    @property
    def order_id(self) -> str | None:
        """The order that the ticket is about, or the first of them."""
        return next(iter(self.own), None)


def load_cases() -> list[Case]:
    """The committed tickets, in the order of the demo."""
    return [Case.model_validate_json(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def redraw(case: Case, seed: int) -> Case:
    """The same situation with another customer and order; cases of one seed share neither."""
    return renamed(case, _redrawn(seed)[case.id])


@cache
def _redrawn(seed: int) -> dict[str, dict[str, str]]:
    drawer = Drawer(seed)
    return {case.id: other_words(case, drawer, stranger(f"{seed}{place}")) for place, case in enumerate(load_cases())}


def other_words(case: Case, drawer: Drawer, nobody: str) -> dict[str, str]:
    """The facts of a case as it is told, to those of other customers in the same situation.

    `nobody` is the address that takes the place of one that the shop does not know.
    """
    drawn = drawer.draw((case.situation, *case.also), sole=case.sole) if case.own else ()
    drawn += tuple(other for known in case.strangers for other in drawer.draw((about(known).situation,)))
    before = [word for known in (*case.own, *case.strangers) for word in about(known).words()]
    after = [word for found in drawn for word in found.words()]
    words = {} if case.own else {str(case.request["customer_email"]): nobody}
    return {**dict(zip(reversed(before), reversed(after), strict=True)), **words}


def renamed(case: Case, words: Mapping[str, str]) -> Case:
    """The case with every fact of the old draw replaced, all at once."""
    ordered = sorted(words, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")
    return Case.model_validate(_replaced(case.model_dump(mode="json"), pattern, words))


def _replaced(value: Any, pattern: re.Pattern[str], words: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(inner, pattern, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, pattern, words) for inner in value]
    return pattern.sub(lambda found: words[found.group()], value) if isinstance(value, str) else value
