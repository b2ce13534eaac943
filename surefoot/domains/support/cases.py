"""Ten tickets that between them reach every state, each with what must and must not come of it.

`redraw` gives the same situations to other customers and orders: whoever knows the tickets by heart fails there.
"""

import json
import random
import re
from pathlib import Path

from graph.values import Frozen, Json
from surefoot import casebook
from surefoot.domains.support.draw import Situation, about, draw, stranger
from surefoot.domains.support.schemas import ORDER_ID
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import effects as effects_of
from surefoot.domains.support.shop.rehearsal import letters, misbehave

CASES = Path(__file__).parent / "cases.jsonl"


class CaseFault(Frozen):
    """A misbehaviour of the shop for this ticket alone (see `shop/faults.py`)."""

    operation: str
    kind: str
    subject: str


class Case(casebook.Case):
    """A ticket, its surroundings, and what is expected of the run."""

    situation: Situation
    faults: tuple[CaseFault, ...] = ()

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
    done = [effect["tool"] for effect in effects]
    told = casebook.unmet(case.expect, status, cause, waiting_kind, reply, done)
    return [*told, *(_shop_says(case, reply, folder) if folder else ())]


def _shop_says(case: Case, reply: str | None, folder: Path) -> list[str]:
    shop = open_shop(folder / "shop.db")
    email = str(case.request["customer_email"])
    subjects = [subject for subject in (case.order_id, email) if subject]
    done = [effect["operation"] for subject in subjects for effect in effects_of(shop, subject)]
    sent = letters(shop, email)
    wrong = [] if sent == [reply] or not sent else [f"the mail server has {len(sent)} letters, not just the reply"]
    return [*casebook.wrong_effects("the shop", case.expect, done), *wrong]


def _renamed(case: Case, words: dict[str, str]) -> Case:
    """Every word of the case that is a fact of the old draw, replaced at once."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return Case.model_validate_json(re.sub(pattern, lambda found: words[found.group()], case.model_dump_json()))
