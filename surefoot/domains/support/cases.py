"""Ten tickets that between them reach every state, each with what must and must not come of it.

`redraw` gives the same situations to other customers and orders: whoever knows the tickets by heart fails there.
"""

import json
import random
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from graph.values import Frozen, Json
from surefoot.domains.support.draw import Situation, about, draw, stranger
from surefoot.domains.support.schemas import ORDER_ID
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import effects as effects_of
from surefoot.domains.support.shop.rehearsal import letters, misbehave

CASES = Path(__file__).parent / "cases.jsonl"


class Expectation(Frozen):
    """What must be true when the run has come to rest."""

    status: Literal["complete", "rejected", "failed", "waiting"]
    cause: str | None = None
    waiting_kind: str | None = Field(default=None, description="the kind of the open card")
    effects: tuple[str, ...] = Field(default=(), description="tools whose effect happened, each exactly once")
    forbidden: tuple[str, ...] = Field(default=(), description="tools whose effect must not happen")
    reply_contains: tuple[str, ...] = ()
    reply_lacks: tuple[str, ...] = ()


class CaseFault(Frozen):
    """A misbehaviour of the shop for this ticket alone (see `shop/faults.py`)."""

    operation: str
    kind: str
    subject: str


class Case(Frozen):
    """A ticket, its surroundings, and what is expected of the run."""

    id: str
    title: str
    situation: Situation
    request: Json
    expect: Expectation
    faults: tuple[CaseFault, ...] = ()
    budget: dict[str, float | str] = Field(default_factory=dict, description="fields of Budget, for RunContext")

    @property
    def order_id(self) -> str | None:
        """The order that the ticket is about."""
        found = re.search(ORDER_ID, json.dumps(self.request))
        return found.group() if found else None


def load_cases() -> list[Case]:
    """The committed tickets, in the order of the demo."""
    return [Case.model_validate_json(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


def redraw(case: Case, seed: int) -> Case:
    """The same situation with another customer and order; cases of one seed share neither."""
    cases = load_cases()
    drawn = draw({known.id: known.situation for known in cases}, random.Random(seed))  # noqa: S311 repeatable draw
    if case.order_id is None:
        return _renamed(case, {case.request["customer_email"]: stranger(seed)})
    before = about(case.order_id).words()
    return _renamed(case, dict(zip(before, drawn[case.id].words(), strict=True)))


def arm(case: Case, folder: Path) -> None:
    """Let the shop in the domain's folder misbehave as the case says."""
    shop = open_shop(folder / "shop.db")
    for fault in case.faults:
        misbehave(shop, fault.operation, fault.kind, fault.subject)


def check_case(  # noqa: PLR0913, PLR0917 all that is known of a run
    case: Case,
    status: str,
    cause: str | None,
    waiting_kind: str | None,
    reply: str | None,
    effects: list[Json],
    *,
    folder: Path | None = None,
) -> list[str]:
    """Every expectation that failed, in words; none means that the case passed.

    `effects` are the journal's, as dicts with `tool` and `args`. With the domain's folder, the shop itself is asked.
    """
    expect = case.expect
    told = [
        *_differs("status", expect.status, status),
        *(_differs("cause", expect.cause, cause) if expect.cause else ()),
        *_differs("card", expect.waiting_kind, waiting_kind),
        *_wrong_effects("the journal", expect, [effect["tool"] for effect in effects]),
        *(f"the reply lacks {text!r}" for text in expect.reply_contains if text not in (reply or "")),
        *(f"the reply has {text!r}" for text in expect.reply_lacks if text in (reply or "")),
    ]
    return [*told, *(_shop_says(case, reply, folder) if folder else ())]


def _shop_says(case: Case, reply: str | None, folder: Path) -> list[str]:
    shop = open_shop(folder / "shop.db")
    email = str(case.request["customer_email"])
    subjects = [subject for subject in (case.order_id, email) if subject]
    done = [effect["operation"] for subject in subjects for effect in effects_of(shop, subject)]
    sent = letters(shop, email)
    wrong = [] if sent == [reply] or not sent else [f"the mail server has {len(sent)} letters, not just the reply"]
    return [*_wrong_effects("the shop", case.expect, done), *wrong]


def _wrong_effects(where: str, expect: Expectation, done: list[str]) -> list[str]:
    counts = {tool: done.count(tool) for tool in sorted({*done, *expect.effects, *expect.forbidden})}
    missing = [
        f"{where}: {tool} happened {counts[tool]} times, not once" for tool in expect.effects if counts[tool] != 1
    ]
    return missing + [f"{where}: {tool} happened, it must not" for tool in expect.forbidden if counts[tool]]


def _differs(what: str, expected: Any, found: Any) -> list[str]:
    return [] if found == expected else [f"{what} is {found}, expected {expected}"]


def _renamed(case: Case, words: dict[str, str]) -> Case:
    """Every word of the case that is a fact of the old draw, replaced at once."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return Case.model_validate_json(re.sub(pattern, lambda found: words[found.group()], case.model_dump_json()))
