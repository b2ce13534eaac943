"""Sixty tickets with what must and must not come of each; the first ten between them reach every state.

`redraw` gives the same situations to other customers and orders, `mutations` other words as well: whoever knows the
tickets by heart fails there.
"""

import json
from pathlib import Path

from graph.values import Json
from surefoot import casebook
from surefoot.domains.support.draw import about
from surefoot.domains.support.mutations.generator import Mutation, mutations
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import effects as effects_of
from surefoot.domains.support.shop.rehearsal import letters, misbehave
from surefoot.domains.support.tickets import Case, CaseFault, Expectation, load_cases, redraw

__all__ = [
    "Case", "CaseFault", "Expectation", "Mutation", "arm", "check_case", "load_cases", "mutations", "redraw",
]  # fmt: skip


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
    expect = case.expect.at(status, waiting_kind)
    done = [effect["tool"] for effect in effects]
    return [
        *casebook.unmet(expect, status, cause, waiting_kind, reply, done),
        *(f"the reply has none of {group}" for group in expect.reply_any if not _any(group, reply)),
        *_wrong_args(expect, effects),
        *(_shop_says(case, expect, reply, folder) if folder else ()),
    ]


def _any(group: tuple[str, ...], reply: str | None) -> bool:
    said = (reply or "").casefold()
    return any(text.casefold() in said for text in group)


def _wrong_args(expect: Expectation, effects: list[Json]) -> list[str]:
    given = {effect["tool"]: json.dumps(effect["args"], ensure_ascii=False) for effect in effects}
    wanted = [(tool, text) for tool, texts in expect.args_contain.items() for text in texts]
    return [f"{tool} was not called with {text!r}" for tool, text in wanted if text not in given.get(tool, "")]


def _shop_says(case: Case, expect: Expectation, reply: str | None, folder: Path) -> list[str]:
    shop = open_shop(folder / "shop.db")
    email = str(case.request["customer_email"])
    subjects = {email, *case.own, *case.strangers, *(about(order).customer["id"] for order in case.own)}
    done = [row["operation"] for row in effects_of(shop) if subjects & {str(value) for value in row["args"].values()}]
    sent = letters(shop, email)
    wrong = [] if sent == [reply] or not sent else [f"the mail server has {len(sent)} letters, not just the reply"]
    return [*casebook.wrong_effects("the shop", expect, done), *wrong]
