"""What a ticket asks for, by general vocabulary; what is not understood is said to be unclear, never guessed."""

import re
from dataclasses import dataclass
from typing import Literal

from surefoot.domains.support.schemas import ORDER_ID, Reason, SupportRequest
from surefoot.domains.support.wording import straight

Intent = Literal["cancel", "refund", "window", "status", "unclear"]

REFUSED = re.compile(
    r"(?:\b(?:not|dont|no|never|without)|n't)\s+"
    r"(?:(?:want|need|wish|asking|ask|like|for|to|a|an|the|my|any)\s+){0,4}(?:refund|cancel|return)\w*"
)
"""`I do not want a refund`: a wish that is named only to be denied."""

INTENTS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "window",
        re.compile(r"\b(?:return|refund)s? (?:window|policy|period|deadline)|until when|how (?:long|many days)"),
    ),
    ("cancel", re.compile(r"\bcancel\w*|\bcall (?:it )?off\b|\bstop (?:my|the|this) order\b")),
    ("refund", re.compile(r"\brefund\w*|\bmoney back\b|\breimburse\w*|\b(?:return|send) (?:it|them|this)\b")),
    ("status", re.compile(r"\bwhere\b|\btrack\w*|\barriv\w*|\bdeliver\w*|\bship\w*|\bparcel\b|\bpackage\b|\bdelay\w*")),
)
"""The first that matches wins: asking about terms is not asking for money, and a cancelled order is paid back."""

REASONS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    ("damaged", re.compile(r"\b(?:damag\w*|broke\w*|crack\w*|defect\w*|faulty|shatter\w*|torn|scratch\w*|chipped)\b")),
    ("wrong_item", re.compile(r"\bwrong (?:item|article|product|colou?r|size|one)\b|\bnot what i ordered\b")),
    (
        "not_received",
        re.compile(r"(?:\bnever|\bnot|n't) (?:yet )?(?:arriv\w*|come|been delivered|received?)\b|\blost\b"),
    ),
)

BEYOND_US = re.compile(r"\b(?:lawyer|attorney|court|police|injur\w*|allerg\w*|chargeback|journalist)\b")
"""Matters that a person must see, whatever else the ticket says."""


@dataclass(frozen=True)
class Ticket:
    """A ticket as the rules understand it."""

    intent: Intent
    reason: Reason
    order_id: str | None
    """`None` where no order is named, or more than one."""


def understand(request: SupportRequest) -> Ticket:
    """Intent, reason and order of a request."""
    words = straight(request.message).lower()
    return Ticket(_intent(words), _reason(words), _order_id(request))


def _intent(words: str) -> Intent:
    if BEYOND_US.search(words):
        return "unclear"
    wished = REFUSED.sub(" ", words)
    return next((intent for intent, pattern in INTENTS if pattern.search(wished)), "unclear")


def _reason(words: str) -> Reason:
    return next((reason for reason, pattern in REASONS if pattern.search(words)), "changed_mind")


def _order_id(request: SupportRequest) -> str | None:
    named = {*re.findall(rf"\b{ORDER_ID}\b", request.message.upper()), *filter(None, [request.order_id])}
    return named.pop() if len(named) == 1 else None
