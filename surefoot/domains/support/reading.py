"""What a letter states, read by code in each language that letters are written in, to be compared with the facts."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from surefoot.domains.support.schemas import ORDER_ID
from surefoot.domains.support.wording import MONTHS, MONTHS_ELSEWHERE, day, dollars

NAMES: Final = {
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, start=1)},
    **{name.lower(): number for number, name in enumerate(MONTHS, start=1)},
    **{name: number for names in MONTHS_ELSEWHERE for number, name in enumerate(names, start=1)},
}
"""The number of a month, by its name in any of our languages."""
ENGLISH: Final = "|".join([*MONTHS, *(month[:3] for month in MONTHS)])
ANY: Final = "|".join([*MONTHS, *(name for names in MONTHS_ELSEWHERE for name in names), *(m[:3] for m in MONTHS)])

NUMBER: Final = r"\d{1,3}(?:[., ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
AMOUNT: Final = re.compile(
    rf"(?P<before>[$€£]|USD\s?|EUR\s?)\s?(?P<first>{NUMBER})"
    rf"|(?P<second>{NUMBER})\s?(?P<after>[$€£]|(?i:dollars?|dólares|euros?|USD|EUR)\b)"
    r"|(?P<bare>\d[\d,]*[.,]\d{2})\b(?!\s?%)"
)
EURO: Final = ("€", "eur")
ISO_DAY: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
NUMERIC_DAY: Final = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
DAY_MONTH: Final = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.)? (?:of |de )?((?i:{ANY}))\b\.?,?(?: (?:de |del )?(\d{{4}}))?"
)
MONTH_DAY: Final = re.compile(rf"\b({ENGLISH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?")
SPAN: Final = re.compile(r"\b(\d+)[ -](?:(?:business|working|calendar) )?(?i:days?|Tage?n?|Werktage?n?|días?|jours?)\b")
PERCENT: Final = re.compile(r"\b(\d+(?:[.,]\d+)?)\s?(?:%|percent\b)")
CODE: Final = re.compile(rf"\b(?:{ORDER_ID}|[A-Z]{{2}}\d{{6,}}|PAY-\d+|RL-\d+)\b")
CONTACT: Final = re.compile(r"\b[^\s@<>,;]+@[^\s@<>,;]+\.\w+|\bhttps?://\S+|\bwww\.\S+")
LONG_NUMBER: Final = re.compile(r"\+?\d[\d /-]{5,}\d|\b\d{4,}\b")
"""A telephone number, a postcode: what nothing else here has read."""


def stated_by(text: str) -> frozenset[str]:
    """Amounts, days, spans, codes, contacts and long numbers that a text states, each in one canonical spelling."""
    found: set[str] = set()
    rest = text
    for pattern, spelled in READERS:
        found.update(spelled(match) for match in pattern.finditer(rest))
        rest = pattern.sub(" ", rest)
    return frozenset(found)


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


def amounts(text: str) -> Iterator[str]:
    """The amounts of money that a text states."""
    rest = text
    for pattern in (ISO_DAY, NUMERIC_DAY, CODE):
        rest = pattern.sub(" ", rest)
    return (_amount(found) for found in AMOUNT.finditer(rest))


def orders(text: str) -> frozenset[str]:
    """The order numbers that a text names."""
    return frozenset(re.findall(ORDER_ID, text))


def _amount(found: re.Match[str]) -> str:
    number = found["first"] or found["second"] or found["bare"]
    currency = (found["before"] or found["after"] or "$").strip().lower()
    whole, part = _parted(number)
    amount = dollars(int(whole) * 100 + int(part.ljust(2, "0") or 0))
    if currency == "£":
        return amount.replace("$", "£")
    return amount.replace("$", "€") if currency.startswith(EURO) else amount


def _parted(number: str) -> tuple[str, str]:
    """Whole and decimal digits: the last separator is a decimal point unless three digits follow it."""
    decimal = re.fullmatch(r"(.*)[.,](\d{1,2})", number)
    whole, part = decimal.groups() if decimal else (number, "")
    return re.sub(r"\D", "", whole), part


def _spelled(year: str | None, month: int, number: int) -> str:
    """A full date as people write it; an impossible one, or one without a year, stays as it is and matches nothing."""
    try:
        return day(date(int(year or ""), month, number).isoformat())
    except ValueError:
        return f"{number} {MONTHS[month - 1] if 0 < month <= len(MONTHS) else month} {year or ''}".strip()


def _also_yearless(claims: frozenset[str]) -> frozenset[str]:
    """A letter may leave out the year of a day that the facts give in full."""
    return claims | {found.group(1) for claim in claims if (found := re.fullmatch(r"(\d+ [A-Z]\w+) \d{4}", claim))}


READERS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (CONTACT, lambda found: found.group().rstrip(".").lower()),
    (CODE, lambda found: found.group()),
    (ISO_DAY, lambda found: _spelled(found[1], int(found[2]), int(found[3]))),
    (NUMERIC_DAY, lambda found: _spelled(found[3], int(found[2]), int(found[1]))),
    (DAY_MONTH, lambda found: _spelled(found[3], NAMES[found[2].lower()], int(found[1]))),
    (MONTH_DAY, lambda found: _spelled(found[3], NAMES[found[1].lower()], int(found[2]))),
    (PERCENT, lambda found: f"{found[1]}%"),
    (SPAN, lambda found: f"{found[1]} days"),
    (AMOUNT, _amount),
    (LONG_NUMBER, lambda found: re.sub(r"\D", "", found.group())),
)
"""What is read, in this order; what one has read, the next does not see."""
