"""What a letter states and promises, read by code, so that it can be compared with the facts."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from surefoot.domains.support.schemas import ORDER_ID
from surefoot.domains.support.wording import MONTHS, day, dollars, straight

MONTH = "|".join([*MONTHS, *(month[:3] for month in MONTHS)])

AMOUNT = re.compile(
    r"([$€£]|USD\s?)(\d[\d,]*(?:\.\d{1,2})?)"  # with its currency before it
    r"|()(\d[\d,]*\.\d{2})\b"  # bare, but with cents
    r"|()(\d[\d,]*(?:\.\d{1,2})?)\s?(?:dollars|USD)\b"
)
ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({MONTH})\b\.?,?(?: (\d{{4}}))?")
MONTH_DAY = re.compile(rf"\b({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?")
SPAN = re.compile(r"\b(\d+)[ -](?:(?:business|working|calendar) )?days?\b")
CODE = re.compile(rf"\b(?:{ORDER_ID}|[A-Z]{{2}}\d{{6,}}|PAY-\d+)\b")

DENIED = re.compile(r"\b(?:not|cannot|can't|won't|unable|no|never)\b", re.IGNORECASE)
SUPPOSED = re.compile(r"\b(?:(?i:if|(?<!at )once|would|could|might|whether|unless)|may)\b|\?$")
"""A condition or a question; `may` in lower case only, since a promise may name the month."""
DONE = r"(?:have|has|had|will|'ll|are|am|is|was|were|been|being|be)"
PROMISES = {
    "refund": re.compile(
        rf"\b(?:{DONE}\s+(?:\w+\s+){{0,2}}(?:refund|reimburs)\w*|we (?:\w+ )?(?:refund|reimburs)ed)"
        r"|\b(?:issued|processed|approved|sent|made|arranged|initiated)\b.{0,20}\brefund"
        r"|\brefund\b.{0,40}\b(?:is|was|has been|will be|will)\s+(?:\w+\s+)?"
        r"(?:on its way|issued|processed|approved|sent|made|arriv\w*|paid|reach)"
        r"|\bmoney (?:is on its way|will reach|has been)",
        re.IGNORECASE,
    ),
    "cancel": re.compile(
        rf"\b(?:{DONE}\s+(?:\w+\s+){{0,2}}cancel\w*|we (?:\w+ )?cancell?ed)"
        r"|\bcancellation (?:is|was|has been|will be) \w+",
        re.IGNORECASE,
    ),
}
"""Words by which a letter says that something was or will be done."""


def stated_by(text: str) -> frozenset[str]:
    """Amounts, days, spans and codes that a text states, each in one canonical spelling."""
    return frozenset([*amounts(text), *_days(text), *_spans(text), *CODE.findall(text)])


def stated_in(value: Any, name: str = "") -> frozenset[str]:
    """The same of a JSON value: `*_cents` are amounts, `*_days` are spans, strings are read as text."""
    if isinstance(value, dict):
        return frozenset().union(*(stated_in(inner, key) for key, inner in value.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return frozenset().union(*(stated_in(inner, name) for inner in value))
    if isinstance(value, str):
        return _also_yearless(stated_by(value))
    if isinstance(value, int) and name.endswith("_cents"):
        return frozenset({dollars(value)})
    return frozenset({f"{value} days"}) if name.endswith("_days") else frozenset()


def promises(what: str, text: str) -> list[str]:
    """The clauses of a text that say, neither denied nor supposed, that the effect was or will be done."""
    sentences = re.split(r"(?<=[.!?])\s+|\n+", straight(text))
    clauses = (
        clause for one in sentences if not SUPPOSED.search(one) for clause in re.split(r",(?!\d)|[;:]|\bbut\b", one)
    )
    return [clause for clause in clauses if PROMISES[what].search(clause) and not DENIED.search(clause)]


def amounts(text: str) -> Iterator[str]:
    """The amounts of money that a text states."""
    for found in AMOUNT.finditer(text):
        currency, number = (group for group in found.groups() if group is not None)
        whole, _, part = number.replace(",", "").partition(".")
        amount = dollars(int(whole) * 100 + int(part.ljust(2, "0")))
        yield amount.replace("$", currency) if currency in {"€", "£"} else amount


def _days(text: str) -> Iterator[str]:
    dates = [(year, int(month), date_) for year, month, date_ in ISO_DAY.findall(text)]
    dates += [(year, _month(month), date_) for date_, month, year in DAY_MONTH.findall(text)]
    dates += [(year, _month(month), date_) for month, date_, year in MONTH_DAY.findall(text)]
    for year, month, number in dates:
        yield _spelled(year, month, int(number))


def _spelled(year: str, month: int, number: int) -> str:
    """A full date as people write it; an impossible one, or one without a year, stays as it is and matches nothing."""
    try:
        return day(date(int(year), month, number).isoformat())
    except ValueError:
        return f"{number} {MONTHS[month - 1] if 0 < month <= len(MONTHS) else month} {year}".strip()


def _also_yearless(claims: frozenset[str]) -> frozenset[str]:
    """A letter may leave out the year of a day that the facts give in full."""
    return claims | {found.group(1) for claim in claims if (found := re.fullmatch(r"(\d+ [A-Z]\w+) \d{4}", claim))}


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, start=1) if month.startswith(name[:3]))


def _spans(text: str) -> Iterator[str]:
    for number in SPAN.findall(text):
        yield f"{number} days"
