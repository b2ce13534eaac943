"""What a letter promises, read by code: words by which it says that something was or will be done."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from surefoot.domains.support.wording import straight

Promise = Literal["refund", "cancel", "address", "label", "erase", "goodwill"]

DENIED: Final = re.compile(
    r"\b(?:not|cannot|can't|won't|unable|no|never|nicht|kein\w*|niemals|nunca|ne|pas|jamais)\b|\bn'", re.IGNORECASE
)
SUPPOSED: Final = re.compile(
    r"\b(?:(?i:if|(?<!at )once|would|could|might|whether|unless|wenn|falls|sobald|würden?|könnten?|podr[ií]a\w*|"
    r"pourr\w+)"
    r"|may|si|Si)\b|\?$"
)
"""A condition or a question; `may` in lower case only, since a promise may name the month."""
DONE: Final = r"(?:have|has|had|will|'ll|are|am|is|was|were|been|being|be)"
DONE_DE: Final = r"(?:haben|hat|wurden?|wird|werden|ist|sind)"
DONE_ES: Final = r"(?:hemos|ha|han|fue|será|serán|está|queda)"
DONE_FR: Final = r"(?:avons|a|ont|est|sont|sera|seront)"


def _done(english: str, german: str, spanish: str, french: str, *more: str) -> re.Pattern[str]:
    """The verbs of one deed behind the auxiliaries of each language, and other ways to say it."""
    forms = (
        rf"\b{DONE}\s+(?:\w+\s+){{0,2}}(?:{english})",
        rf"\b{DONE_DE}\b.{{0,80}}\b(?:{german})",
        rf"\b{DONE_ES}\s+(?:\w+\s+){{0,2}}(?:{spanish})",
        rf"\b{DONE_FR}\s+(?:\w+\s+){{0,2}}(?:{french})",
        *more,
    )
    return re.compile("|".join(forms), re.IGNORECASE)


PROMISES: Final[Mapping[Promise, re.Pattern[str]]] = {
    "refund": _done(
        r"(?:refund|reimburs)\w*", r"(?:rück|zurück)?(?:erstattet|gezahlt|überwiesen)\b", r"(?:reembolsad|devuelt)\w*",
        r"rembours\w*", r"\bwe (?:\w+ )?(?:refund|reimburs)ed",
        r"\b(?:issued|processed|approved|sent|made|arranged|initiated)\b.{0,20}\brefund",
        r"\brefund\b.{0,40}\b(?:is|was|has been|will be|will)\s+(?:\w+\s+)?"
        r"(?:on its way|issued|processed|approved|sent|made|arriv\w*|paid|reach)",
        r"\bmoney (?:is on its way|will reach|has been)",
    ),
    "cancel": _done(
        r"cancel\w*", r"storniert\b", r"(?:cancelad|anulad)\w*", r"annul\w*", r"\bwe (?:\w+ )?cancell?ed",
        r"\bcancellation (?:is|was|has been|will be) \w+",
    ),
    "address": _done(
        r"(?:chang|updat|redirect)\w*\b.{0,40}\baddress", r"(?:Liefer)?adresse\b.{0,60}\bgeändert",
        r"cambiad\w*\b.{0,40}\bdirecci", r"chang\w*\b.{0,40}\badresse",
        r"\baddress\b.{0,40}\b(?:has been|was|is now|will be)\s+(?:\w+\s+)?(?:changed|updated)",
        r"\bwe (?:\w+ )?(?:changed|updated)\b.{0,40}\baddress",
    ),
    "label": _done(
        r"(?:sen[dt]|ma[dk]e|creat|mail)\w*\b.{0,30}\blabel",
        r"(?:etikett|retourenschein)\w*\b.{0,60}\b(?:erstellt|geschickt)",
        r"(?:cread|enviad)\w*\b.{0,30}\betiqueta", r"(?:créé|envoyé)\w*\b.{0,30}\bétiquette",
        r"\blabel\b.{0,40}\b(?:is on its way|is attached|has been|will (?:be|reach|come|arrive))",
    ),
    "erase": _done(
        r"(?:eras|delet|remov)\w*\b.{0,30}\b(?:data|account)", r"daten\b.{0,60}\bgelöscht",
        r"(?:borrad|eliminad|suprimid)\w*\b.{0,40}\b(?:datos|cuenta)",
        r"(?:effac|supprim)\w*\b.{0,40}\b(?:données|compte)",
        r"\b(?:data|account)\b.{0,40}\b(?:has|have|will|is|are)\s+(?:\w+\s+){0,2}(?:erased|deleted|removed)",
    ),
    "goodwill": re.compile(
        r"\b(?:we|you|i)(?:'ll| will| can| shall| are going to| have)? (?:\w+ ){0,4}"
        r"(?:replace(?:d|ment)?|voucher|discount|coupon|compensat\w+|store credit|free of charge|call you|for free)\b",
        re.IGNORECASE,
    ),
}  # fmt: skip


def promises(what: Promise, text: str) -> list[str]:
    """The clauses of a text that say, neither denied nor supposed, that the deed was or will be done."""
    sentences = re.split(r"(?<=[.!?])\s+|\n+", straight(text))
    clauses = (
        clause for one in sentences if not SUPPOSED.search(one) for clause in re.split(r",(?!\d)|[;:]|\bbut\b", one)
    )
    return [clause for clause in clauses if PROMISES[what].search(clause) and not DENIED.search(clause)]
