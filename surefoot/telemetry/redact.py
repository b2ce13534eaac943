"""Takes secrets and personal fields out of what leaves the house: by the field's name, and by the look of a value."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from langsmith.anonymizer import DEFAULT_SECRET_RULES

MASK: Final = "[redacted]"

ALWAYS: Final = frozenset({
    "api_key", "apikey", "access_key", "private_key", "secret", "password", "passwd", "token", "authorization",
    "cookie", "credentials", "email", "e_mail", "phone", "phone_number", "address", "first_name", "last_name",
    "full_name", "customer_name", "birth_date", "date_of_birth", "card_number", "iban", "ssn",
})  # fmt: skip
"""A field is meant whose name is one of these, or ends in `_` and one of these."""

EMAIL: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
CARD: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
KEY: Final = re.compile(r"\b(?:sk|pk|rk|api|key|lsv2|gh[pousr])[-_][A-Za-z0-9_-]{16,}")
SECRETS: Final = tuple((rule["pattern"], rule["replace"] or MASK) for rule in DEFAULT_SECRET_RULES)
WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]")
SHORTEST: Final = 6
"""Characters; nothing shorter can be an address, a card number or a key."""
REMEMBERED: Final = 4_096
"""Texts; a run's state shows the same ones at every node."""


class Redactor:
    """A JSON value in, the same value without secrets out; the value given is left as it is."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        names = sorted({*ALWAYS, *(snake(name) for name in more)}, key=len, reverse=True)
        words = "|".join(re.escape(name) for name in names)
        self._field = re.compile(rf"(?:.*_)?(?:{words})")
        written = rf"""((?P<q>\\?["'])[\w-]*?(?:{words})(?P=q)\s*:\s*)(?P<v>\\?["']).*?(?<!\\)(?P=v)"""
        self._written = re.compile(written, re.IGNORECASE | re.DOTALL)
        self._text: Callable[[str], str] = lru_cache(maxsize=REMEMBERED)(self._cleaned)
        self._names: Callable[[str], bool] = lru_cache(maxsize=REMEMBERED)(self._is_meant)

    def __call__(self, value: Any) -> Any:
        """The value, redacted."""
        match value:
            case str():
                return self._text(value)
            case dict():
                return self._object(value)
            case list() | tuple():
                return [self(item) for item in value]
            case _:
                return value

    def _object(self, value: dict[Any, Any]) -> dict[Any, Any]:
        """A bare `name` beside a personal field is a person's; elsewhere it is a tool's or a worker's."""
        meant = {key for key in value if isinstance(key, str) and self._names(key)}
        if meant and "name" in value:
            meant.add("name")
        return {self(key): MASK if key in meant and item is not None else self(item) for key, item in value.items()}

    def _is_meant(self, name: str) -> bool:
        return self._field.fullmatch(snake(name)) is not None

    def _cleaned(self, text: str) -> str:
        if len(text) < SHORTEST:
            return text
        text = self._written.sub(rf"\1\g<v>{MASK}\g<v>", text) if ":" in text else text
        text = EMAIL.sub(MASK, text) if "@" in text else text
        for pattern, instead in SECRETS:
            text = pattern.sub(instead, text)
        return CARD.sub(_card, KEY.sub(MASK, text))


def snake(name: str) -> str:
    """`customerEmail`, `Customer-Email` and `customer_email` are one name."""
    return WORD_BREAK.sub("_", name).lower()


def _card(found: re.Match[str]) -> str:
    """Digits that pass the check digit of payment cards; other numbers stay readable."""
    digits = [int(digit) for digit in found.group() if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return MASK if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else found.group()
