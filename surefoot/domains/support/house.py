"""The house's own style for letters, as data, and the check that holds letters against it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from surefoot.domains.support.language import Language, language_of
from surefoot.domains.support.secrecy import repeated
from surefoot.domains.support.wording import SIGNATURES, straight


@dataclass(frozen=True)
class House:
    """What every letter must look like, whoever wrote it."""

    most_chars: int = 2_500
    must_not: tuple[str, ...] = ()
    """Patterns, in any case of letters."""
    must_mention: Mapping[str, tuple[str, ...]] | None = None
    """By the tool whose effect is delivered: fields of quote or call whose value the letter must state."""


HOUSE: Final = House(
    must_not=(
        r"\bas an? (?:ai|language model|assistant)\b",
        r"\b(?:system prompt|my instructions|internal (?:note|policy|tool)s?)\b",
        r"\bguarantee[sd]?\b(?! of)",
        r"\b(?:your|the customer's) (?:own )?fault\b",
        r"\b(?:we accept|admit) (?:full )?liability\b",
        r"\b(?:legal|medical) advice\b",
        r"\b(?:stupid|idiot|calm down)\b",
        r"\bpassword is\b",
    ),
    must_mention={
        "issue_refund": ("order_id", "amount_cents", "payout_days"),
        "cancel_order": ("order_id",),
        "change_address": ("order_id", "address"),
        "create_return_label": ("order_id", "window_ends_on"),
    },
)

PLACEHOLDER: Final = re.compile(
    r"\[[A-Z][A-Za-z_ ]{1,30}\]|\{\w*\}|<[a-zA-Z_ ]{2,30}>|\b(?:X{3,}|TODO|TBD)\b|\bLorem ipsum\b"
)
SHOUTING: Final = re.compile(r"\b[A-ZÄÖÜÉ]{3,}(?:\s+[A-ZÄÖÜÉ]{2,}){2,}\b|!{2,}")


def faults_of(text: str, wrote_in: Language, house: House = HOUSE) -> Iterator[str]:
    """What a letter has against the house's style, in words; the same language is asked of it as the ticket has."""
    plain = straight(text)
    if len(text) > house.most_chars:
        yield f"the letter has {len(text)} characters, {house.most_chars} are the most"
    if SHOUTING.search(plain):
        yield "the letter shouts: use no capitals and one exclamation mark at most"
    for found in PLACEHOLDER.findall(text):
        yield f"the letter has the placeholder {found}"
    for pattern in house.must_not:
        if found := re.search(pattern, plain, re.IGNORECASE):
            yield f"the letter must not say {found.group()!r}"
    if told := repeated(text):
        yield f"the letter repeats its writer's instructions: {told!r}"
    spoken = language_of(text)
    if spoken != wrote_in:
        yield f"the letter is in {spoken or 'another language'}, the ticket in {wrote_in}"
    if not any(text.rstrip().endswith(signature) for signature in SIGNATURES.values()):
        yield "the letter is not signed as the house signs"
