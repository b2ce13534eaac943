"""Draws mutations: a template, a ticket that it can stand for, and another customer in the same situation."""

import random
import re
from collections.abc import Iterator
from typing import Final

from graph.values import Json
from surefoot.domains.support.draw import Drawer, about, stranger
from surefoot.domains.support.mutations.asks import ASKS, NEW_ADDRESSES, Ask
from surefoot.domains.support.mutations.mangle import reordered, with_typos
from surefoot.domains.support.mutations.templates import GROUPS, Group, Template, templates
from surefoot.domains.support.tickets import Case, load_cases, other_words, renamed

SEED: Final = 7
COUNT: Final = 300
TYPOS: Final = 0.5
"""Share of the messages that have any."""
REORDERED: Final = 0.3
QUOTED: Final = re.compile(r"\n\n>.*", re.DOTALL)
HABITS: Final = frozenset({"add_note"})
"""Effects that some tickets expect of this domain, and that nobody needs in order to be right."""


class Mutation(Case):
    """A ticket in other words."""

    group: Group
    origin: str
    """The id of the ticket whose situation and expectation it has."""
    template: str


class Crowd:
    """People to write about; nobody comes twice before everybody fitting had a turn."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._round = 0
        self._drawer = Drawer(seed)

    def words(self, origin: Case, nobody: str) -> dict[str, str]:
        """The facts of a ticket, to those of somebody in the same situation."""
        try:
            return other_words(origin, self._drawer, nobody)
        except LookupError:
            self._round += 1
            self._drawer = Drawer(self._seed + self._round)
            return other_words(origin, self._drawer, nobody)


def mutations(seed: int = SEED, count: int = COUNT) -> list[Case]:
    """Cases with `group` and `origin`; each template is used before any is used again. One seed draws the same."""
    rng = random.Random(seed)  # noqa: S311 a repeatable draw
    origins = {case.id: case for case in load_cases()}
    crowd = Crowd(seed)
    made: list[Case] = []
    for number, (group, template) in zip(range(1, count + 1), _turns(rng), strict=False):
        ask = ASKS[template.ask]
        origin = origins[rng.choice(ask.origins)]
        case, address = _elsewhere(origin, ask, crowd.words(origin, stranger(f"{seed}m{number}")), rng)
        told = case.model_dump(mode="json") | {
            "id": f"m{number:03d}_{template.id}", "title": f"{origin.title}, in other words",
            "intent": template.intent, "group": group, "origin": origin.id, "template": template.id,
            "request": _request(template, ask, case, address, rng),
        }  # fmt: skip
        made.append(Mutation.model_validate(told))
    return made


def _turns(rng: random.Random) -> Iterator[tuple[Group, Template]]:
    known = [(group, template) for group in GROUPS for template in templates(group)]
    while True:
        yield from rng.sample(known, len(known))


def _elsewhere(origin: Case, ask: Ask, words: dict[str, str], rng: random.Random) -> tuple[Case, str]:
    """The origin with other people, and with another new address where it has one."""
    line, *parts = rng.choice(NEW_ADDRESSES)
    case = renamed(origin, words | dict(zip(ask.address, parts, strict=False)))
    needed = tuple(tool for tool in case.expect.effects if tool not in HABITS)
    return case.model_copy(update={"expect": case.expect.model_copy(update={"effects": needed})}), line


def _request(template: Template, ask: Ask, case: Case, address: str, rng: random.Random) -> Json:
    slots = _slots(case) | {"address": address}
    said = _filled(_mangled(template, rng), slots)
    request = {"customer_email": case.request["customer_email"], "message": said + _quoted(case)}
    if ask.filed and not case.sole and "{order}" not in template.text and case.own:
        request["order_id"] = case.own[0]
    return request


def _mangled(template: Template, rng: random.Random) -> str:
    """An attack is typed with care, the rest is not."""
    text = template.text
    if template.intent == "hostile":
        return text
    text = reordered(text, rng) if rng.random() < REORDERED else text
    return with_typos(text, rng) if rng.random() < TYPOS else text


def _slots(case: Case) -> dict[str, str]:
    """What the slots stand for: the first own order, `b_` the second one, `s_` somebody else's."""
    named: dict[str, str] = {}
    for prefix, order_id in [*zip(("", "b_"), case.own, strict=False), *zip(("s_",), case.strangers, strict=False)]:
        named |= {f"{prefix}{name}": said for name, said in about(order_id).facts().items()}
    if not case.own and case.strangers:  # somebody unknown names an order that is not theirs as far as we know
        named |= {name.removeprefix("s_"): said for name, said in named.items()}
    return named


def _filled(text: str, slots: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: slots[found.group(1)], text)


def _quoted(case: Case) -> str:
    """The thread under the ticket's own words, if it has one."""
    found = QUOTED.search(str(case.request["message"]))
    return found.group() if found else ""
