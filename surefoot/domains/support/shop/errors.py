"""How the shop says no."""

from typing import Literal

RefusalCode = Literal["not_found", "conflict", "denied", "invalid_input"]


class Refusal(Exception):
    """The shop understood and refuses: a fact about the world, no fault of the connection."""

    def __init__(self, code: RefusalCode, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code: RefusalCode = code
        self.message = message
        self.hint = hint


class Unreadable(ValueError):
    """The shop answered, but nothing that can be read: neither a refusal nor an outage."""
