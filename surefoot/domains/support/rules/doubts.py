"""Where words that sound like a wish may be none: threats, conditions, parts, questions back, matters of the law."""

import re
from typing import Final

from surefoot.domains.support.rules.clauses import mentioned
from surefoot.domains.support.schemas import ORDER_ID

EITHER: Final = re.compile(rf"{ORDER_ID}.{{0,40}}\bor\b.{{0,30}}{ORDER_ID}|^or\b.{{0,40}}{ORDER_ID}", re.IGNORECASE)
"""Two orders of which only one is meant."""
BELOW: Final = re.compile(
    r"\b(?:below|fyi|forward\w*|attached|see (?:my|the) (?:mail|message)|unten|weiter|abajo|ci-dessous)\b"
)
"""A mail that points at the older one below it."""
SUPPOSED: Final = re.compile(
    r"^(?:and |but |so )?(?:if|in case|should)\b.{0,80}\b(?:not|isn't|doesn't|hasn't|won't|don't|can't|no|late|"
    r"nothing)\b.{0,80}\b(?:by|before|until|tomorrow|today|soon|within|this week|next|in time|end of)\b|"
    r"\b(?:otherwise|or else|or i(?:'ll| will| shall| am going to))\b"
)
"""What will be wanted if something else happens is not wanted now."""
PARTIAL: Final = re.compile(
    r"\bpart(?:ial|ially|ly)\b|\bpart of (?:the|my|it)\b|"
    r"\b(?:just|only) (?:that|this|the broken|the damaged|one|half)\b|\bkeep (?:the )?(?:rest|others?|remaining)\b|"
    r"\b(?:one|two|three|some|half|most) of (?:the|my|them|those)\b|\bthe rest (?:is|are|was|of it)\b|"
    r"\bsome (?:of the )?money back\b"
)
"""A part of an order: the terms know whole orders only, so a person decides."""
CHECKING: Final = re.compile(
    r"^(?:does|did|is|was|will|which|what|do you)\b(?!.*\b(?:instead|change|please|new|rather)\b).*\?$"
)
"""A question whether an address is right, not a wish to change it."""
PRIVACY: Final = re.compile(
    r"\b(?:personal|private|my|our|customer) (?:data|information|details|records?|account|profile|registration|"
    r"membership)\b|\bdata (?:about|on|of|concerning) (?:me|us)\b|\bdata protection\b|\bprivacy\b|\bconsent\b|"
    r"\bgdpr\b|\bdatenschutz\b|\bknow about me\b|\bfrom your (?:systems?|records?|files?|lists?|computers?)\b|"
    r"\bdsgvo\b|\brgpd\b"
)
"""A matter of somebody's data that is no plain wish to be erased: the law's, and so a person's."""
ABOUT_DATA: Final = re.compile(
    r"\b(?:which|what|copy|change|password|log ?in|logged|e-?mail address|where|parcel|order\w*)\b"
)
"""What the help pages answer, or what is about an order after all."""


def is_private(said: str) -> bool:
    """Whether this is about somebody's data, and no wish that the rules understand."""
    return bool(PRIVACY.search(said)) and not ABOUT_DATA.search(said) and "erase" not in mentioned(said)
