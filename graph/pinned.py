"""What a summary may never lose: ids, amounts, dates, addresses, promises and open questions, word for word."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_NAMED: Final = "amount|price|total|cents|balance|fee|due|deadline|expires|address|phone|iban"
_STREETS: Final = "Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Square"

PATTERNS: Final = {
    "id": r"\b[A-Z]{1,6}-?\d{3,}[\w-]*|\b[a-z]{2,12}[-_]\d{2,}\b|#\d+\b|\b\d{6,}\b",
    "uuid": r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
    "amount": r"[$€£¥]\s?\d(?:[\d,.]*\d)?|\b\d(?:[\d,.]*\d)?\s?(?:%|(?:USD|EUR|GBP|CHF|JPY|dollars|euros|cents)\b)",
    "date": r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
    rf"|\b\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?\b|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?"
    r"|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b",
    "mail": r"[^\s<>,;:\"'()\[\]]+@[^\s<>,;:\"'()\[\]]+\.\w+",
    "url": r"https?://[^\s<>\"')\]]+",
    "street": rf"\b\d+[a-zA-Z]? (?:[A-Z][\w'.-]* ){{1,4}}(?:{_STREETS})\b[^;:\n?]{{0,60}}",
    "named": rf"\b\w*(?:{_NAMED})\w*: \S.*?(?=, \w+: |[;\n\]]|$)",
}
"""How each kind of fact looks in the history, where an output stands as `name: value, name: value`."""

PROMISE: Final = re.compile(
    r"\b(?:promis(?:e|es|ed|ing)|guarantee[sd]?|committed to|(?:we|I|you|they|he|she) will|(?:we|I|you|they)'ll"
    r"|will be (?:\w+ed|sent|paid|made)|shall)\b",
    re.IGNORECASE,
)
QUESTION: Final = "?"
_CLOSING: Final = "\"')]}.,"
_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\n|; |, (?=\w+: )")
_FACTS: Final = tuple(re.compile(pattern) for pattern in PATTERNS.values())


def pinned(texts: Iterable[str], patterns: Sequence[str] = ()) -> tuple[str, ...]:
    """Every fact in the texts, in order and once, those of a domain's own `patterns` too.

    A fact that stands inside another one is not told again.
    """
    own = tuple(re.compile(pattern) for pattern in patterns)
    return largest(fact for text in texts for fact in _found(text, own))


def largest(facts: Iterable[str]) -> tuple[str, ...]:
    """Each fact once, without those that are part of another."""
    once = list(dict.fromkeys(facts))
    whole: list[str] = []
    told = ""
    for fact in sorted(once, key=len, reverse=True):
        if fact not in told:
            whole.append(fact)
            told = f"{told}\n{fact}"
    kept = frozenset(whole)
    return tuple(fact for fact in once if fact in kept)


def unanswered(facts: Iterable[str], answers: Iterable[str]) -> tuple[str, ...]:
    """The facts without the questions that stand in an answer: those are open no more."""
    told = "\n".join(answers)
    return tuple(fact for fact in facts if not (fact.endswith(QUESTION) and fact in told))


def _found(text: str, own: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    for pattern in (*_FACTS, *own):
        yield from (match[0].strip() for match in pattern.finditer(text) if match[0].strip())
    for sentence in map(str.strip, _SENTENCES.split(text)):
        if (asked := sentence.rstrip(_CLOSING)).endswith(QUESTION):
            yield asked
        elif PROMISE.search(sentence):
            yield sentence
