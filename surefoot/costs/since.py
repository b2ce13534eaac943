"""`--since`: a span back from now, or a day."""

import re
from datetime import UTC, datetime
from typing import Final

from graph.errors import BadRequest
from graph.values import Micros

SECOND: Final = 1_000_000
"""Microseconds."""
SPANS: Final = {"m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
"""Seconds of each unit."""
MOST_SECONDS: Final = 100 * 365 * 86_400
_SPAN: Final = re.compile(r"(\d{1,6})([mhdw])")


def since(text: str | None, now: Micros) -> Micros | None:
    """The moment that `7d`, `24h` or `2026-11-01` (UTC) means. Raises `BadRequest`."""
    if text is None:
        return None
    if found := _SPAN.fullmatch(text):
        seconds = int(found[1]) * SPANS[found[2]]
        if 0 < seconds <= MOST_SECONDS:
            return Micros(now - seconds * SECOND)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadRequest(f"--since: {text!r} is no time; give 30m, 24h, 7d, 2w, or a day such as 2026-11-01") from error
    return Micros(round(day.timestamp()) * SECOND)
