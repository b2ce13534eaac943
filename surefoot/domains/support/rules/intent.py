"""What a ticket asks for, by general vocabulary and structure; what is not understood is said to be, never guessed."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from surefoot.domains.support.language import Language, language_of
from surefoot.domains.support.rules import hostile
from surefoot.domains.support.rules.addresses import new_address
from surefoot.domains.support.rules.clauses import MINE, NUMBER, clauses, intents, reasons
from surefoot.domains.support.rules.doubts import (
    BELOW,
    CHECKING,
    EITHER,
    PARTIAL,
    SUPPOSED,
    is_private,
)
from surefoot.domains.support.rules.grounds import ON_THE_WAY, REASONS
from surefoot.domains.support.rules.questions import further_question, whole_question
from surefoot.domains.support.rules.topics import BEYOND_US, BUSINESS
from surefoot.domains.support.rules.vocabulary import Intent
from surefoot.domains.support.rules.wishes import Ticket, Wish
from surefoot.domains.support.rules.words import plain
from surefoot.domains.support.schemas import ORDER_ID, Reason, SupportRequest
from surefoot.domains.support.threads import mails
from surefoot.domains.support.wording import squeezed

HARMLESS: Final[frozenset[Intent]] = frozenset({"status", "window", "paid_back"})
"""What may be answered to anybody: nothing happens but a letter."""
MOST_WISHES: Final = 3
"""A ticket that asks for more is a person's."""
FEW_WORDS: Final = 12
PRECEDENCE: Final[tuple[Intent, ...]] = (
    "cancel", "paid_back", "label", "refund", "return", "address", "window", "unwanted", "status",
)  # fmt: skip
"""Of what is said about one order, what is meant: a cancelled order is paid back anyway, who wants money knows where
the parcel is, and where a refund is awaited none is asked for."""


@dataclass
class _Said:
    """What the clauses about one order say."""

    intents: set[Intent] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)
    address: str = ""


Gathered = dict[str | None, _Said]


def understand(request: SupportRequest) -> Ticket:
    """Everything that a request asks for, newest mail first."""
    thread = mails(request.message)
    language = language_of(thread[0])
    wishes: tuple[Wish, ...] = ()
    if language is None or BEYOND_US.search(plain(thread[0])):
        return Ticket(wishes, language)
    for mail in thread:
        wishes = _wishes(mail, thread, request.order_id, language)
        if wishes or not _leads_on(mail):
            break
    if PARTIAL.search(plain(thread[0])) and any(wish.intent == "refund" for wish in wishes):
        return Ticket((), language)
    return Ticket(wishes if len(wishes) <= MOST_WISHES else (), language)


def _leads_on(mail: str) -> bool:
    """Whether a mail only points at the older one below it."""
    return bool(BELOW.search(plain(mail))) or len(mail.split()) <= FEW_WORDS


def _wishes(mail: str, thread: list[str], filed: str | None, language: Language) -> tuple[Wish, ...]:
    own, suspect = hostile.told_apart(mail)
    known, ambiguous = _orders(" ".join(own), thread, filed)
    words = plain(" ".join(own))
    if not known and (BUSINESS.search(words) or is_private(words)):
        return ()
    if not known and not ambiguous and language == "en" and (question := whole_question(own)):
        return (Wish("article", question=question),)
    said = _gathered(own, suspect, known)
    every = [reason for about in said.values() for reason in about.reasons]
    found = [wish for order_id, about in said.items() for wish in _settled(order_id, about, every, known, ambiguous)]
    made = _addressed(list(dict.fromkeys(found)), own)
    if ON_THE_WAY.search(words):
        made = [replace(wish, reason=None) if wish.reason == "changed_mind" else wish for wish in made]
    if not known and {wish.intent for wish in made} == {"status"} and not MINE.search(words):
        made = []
    further = further_question(own) if language == "en" else ""
    return (*made, *((Wish("article", question=further),) if further else ()))


def _orders(own: str, thread: list[str], filed: str | None) -> tuple[tuple[str, ...], bool]:
    """The orders that a ticket is about, and whether it leaves open which one."""
    named = list(dict.fromkeys(re.findall(ORDER_ID, own.upper())))
    if named and filed and filed not in named:
        return (), True
    if not named and not filed:
        older = dict.fromkeys(re.findall(ORDER_ID, " ".join(thread).upper()))
        return (tuple(older), False) if len(older) == 1 else ((), False)
    return tuple(named or [filed or ""]), bool(EITHER.search(own))


def _gathered(own: list[str], suspect: list[str], known: tuple[str, ...]) -> Gathered:
    """What is said about each order; what names none is about the only one there is."""
    said: Gathered = {}
    _gather(said, own)
    asked: Gathered = {}
    _gather(asked, suspect)
    for order_id, about in asked.items():
        said.setdefault(order_id, _Said()).intents.update(about.intents & HARMLESS)
    loose = said.pop(None, None) if len(known) == 1 else None
    if loose is not None:
        about = said.setdefault(known[0], _Said())
        about.intents |= loose.intents
        about.reasons += loose.reasons
        about.address = about.address or loose.address
    return said


def _gather(said: Gathered, sentences: list[str]) -> None:
    current: tuple[str | None, ...] = (None,)
    for sentence in sentences:
        said_plainly = plain(sentence)
        address = "" if CHECKING.search(said_plainly) else new_address(sentence) or ""
        for clause in clauses(said_plainly):
            current = tuple(dict.fromkeys(found.upper() for found in NUMBER.findall(clause))) or current
            for order_id in current:
                about = said.setdefault(order_id, _Said())
                about.intents |= intents(clause) & HARMLESS if SUPPOSED.search(said_plainly) else intents(clause)
                about.reasons += reasons(clause)
                if address and _has(clause, address):
                    about.address = address
                    about.intents.add("address")


def _has(clause: str, address: str) -> bool:
    """Whether this is the clause that the address stands in."""
    return squeezed(plain(address)).split()[0] in squeezed(clause).split()


def _settled(
    order_id: str | None,
    about: _Said,
    every: list[Reason],
    known: tuple[str, ...],
    ambiguous: bool,  # noqa: FBT001
) -> list[Wish]:
    """The wishes about one order that stand beside each other."""
    reason = next((known for known, _ in REASONS if known in (about.reasons or every)), None)
    unsure = ambiguous or (order_id is None and len(known) > 1)
    return [
        Wish(intent, reason, None if unsure else order_id, unsure, about.address if intent == "address" else "")
        for intent in _standing(about.intents, set(about.reasons))
    ]


def _standing(said: set[Intent], why: set[Reason]) -> list[Intent]:
    """Erasure, and the first of everything else that is said."""
    first = next((intent for intent in PRECEDENCE if intent in said), None)
    match first:
        case "label" if "refund" in said and why - {"changed_mind"}:
            first = "refund"
        case "unwanted":
            first = None if "erase" in said else "cancel"  # who wants to be forgotten wants nothing more, not no order
        case "return" if why & {"damaged", "wrong_item"}:
            first = "offer"
        case "return":
            first = "window" if "window" in said else "label"
        case None | "status" if why & {"damaged", "wrong_item"}:
            first = "offer"
        case None if "not_received" in why:
            first = "status"
    if "erase" in said:
        return ["erase", *([first] if first and first != "status" else [])]
    return [first] if first else []


def _addressed(wishes: list[Wish], own: list[str]) -> list[Wish]:
    """Wishes for another address that is given elsewhere in the ticket."""
    given = dict.fromkeys(filter(None, map(new_address, own))) or dict.fromkeys(
        filter(None, [new_address("\n".join(own))])
    )
    only = next(iter(given)) if len(given) == 1 else ""
    return [replace(wish, address=wish.address or only) if wish.intent == "address" else wish for wish in wishes]
