"""How amounts and days are written."""

from datetime import date


def dollars(cents: int) -> str:
    """An amount, such as `$1.50`."""
    return f"${cents / 100:.2f}"


def day(value: date) -> str:
    """A day, such as `30 March 2026`."""
    return f"{value.day} {value:%B %Y}"
