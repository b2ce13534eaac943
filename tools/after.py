"""When a backend says that it may be asked again."""

import math
from collections.abc import Mapping
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from graph.values import Micros

MICROS = 1_000_000


def retry_after(error: BaseException, now: Micros) -> float | None:
    """Seconds, from the error's `retry_after` or its response's Retry-After header; `None` where neither says."""
    told = getattr(error, "retry_after", None)
    if told is None:
        headers = getattr(getattr(error, "response", None) or error, "headers", None)
        told = headers.get("retry-after") if isinstance(headers, Mapping | Message) else None
    return _seconds(told, now)


def _seconds(told: Any, now: Micros) -> float | None:
    if isinstance(told, str) and not told.strip().replace(".", "", 1).isdigit():
        return _until(told, now)
    try:
        seconds = float(told)
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(date: str, now: Micros) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - now / MICROS)
