"""Clauses: what a single part of a sentence asks for, and why."""

import re
from typing import Final

from surefoot.domains.support.rules.grounds import REASONS, SOUND
from surefoot.domains.support.rules.topics import ASKING, BUSINESS, TOPICS
from surefoot.domains.support.rules.vocabulary import INTENTS, PAST, REFUSED, Intent
from surefoot.domains.support.schemas import ORDER_ID, Reason

NUMBER: Final = re.compile(ORDER_ID.lower())
JOINT: Final = re.compile(r";|,? (?:and|but|also|then|und|aber|y|pero|et|mais) |, ")
PERSONAL: Final = re.compile(
    r"\b(?:my|our|this|that) (?:\w+ )?(?:order|parcel|package|delivery|shipment|refund|money|purchase)\b|"
    r"\bthe (?:order|parcel|package|refund|money)\b|\bi (?:\w+ )?(?:ordered|bought|received|got|placed|paid)\b|"
    r"\bi(?:'d| would) like to (?:return|cancel|change)|\bmy (?:new )?address\b"
)
"""A question about something of one's own is no question about how things are done."""


MINE: Final = re.compile(
    r"\b(?:my|our|the|a) (?:\w+ )?(?:orders?|parcel|package|delivery|shipment|consignment|things|stuff|goods|items?|"
    r"confirmation)\b|\b(?:it|they) (?:has|have|is|are|will|been|arrive|come|get|got|still|not)\b|"
    r"\b(?:is|has|will|does|have) (?:it|they)\b|\bmy\b|\bi(?: have|'ve)? (?:\w+ )?(?:ordered|bought|paid)\b|"
    r"\bmein\w*\b|\bmi\b|\bma\b|\bmon\b"
)
"""What a question about a parcel has in it, as against one about the shop."""


def clauses(sentence: str) -> list[str]:
    """Parts of a plain sentence that each ask for something of their own."""
    parts: list[str] = []
    for part in JOINT.split(sentence):
        if parts and not (intents(part) and intents(parts[-1])):
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    return parts


def intents(clause: str) -> set[Intent]:
    """What a clause asks for; nothing where it asks how things are done here, unless it is to be forgotten."""
    said = mentioned(clause)
    return said if "erase" in said or not is_general(clause) else set()


def mentioned(clause: str) -> set[Intent]:
    """Everything that the words could ask for; a wish that is named only to be denied is none."""
    wished = REFUSED.sub(" ", clause)
    found = {intent for intent, pattern in INTENTS if pattern.search(wished)}
    return found - {"cancel"} if PAST.search(wished) else found


def reasons(clause: str) -> list[Reason]:
    """Every reason that is given."""
    meant = SOUND.sub(" ", clause)
    return [reason for reason, pattern in REASONS if pattern.search(meant)]


def is_general(said: str) -> bool:
    """Whether this asks how things are done here, and not about an order of one's own."""
    asks = TOPICS.search(said) and ASKING.search(said)
    return bool(asks) and not (PERSONAL.search(said) or NUMBER.search(said) or BUSINESS.search(said))
