"""Retries of one call: only what time may mend, a few times, with full jitter, and never before Retry-After."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from graph.errors import ModelError, ModelUnavailable
from graph.ports import Clock
from graph.values import Micros
from surefoot.models.provider import Tries

T = TypeVar("T")

MOST_TRIES: Final = 3
FIRST_SECONDS: Final = 0.5
"""The first wait is a random share of this; each further one of twice as much."""
LONGEST_SECONDS: Final = 30.0
"""An endpoint that asks for more is given up; the run can be resumed later."""

log = logging.getLogger("surefoot.models")


@dataclass(frozen=True)
class Trouble:
    """What a failed try means."""

    error: ModelError
    retryable: bool = False
    retry_after: float = 0.0
    """Seconds that the endpoint asks to wait."""
    billed: bool = False
    """Whether the endpoint may have worked on the request, and charge for it."""


class Untold:
    """Tries that nobody counts."""

    async def begins(self) -> None:
        """Go on."""

    async def broke(self, error: str, *, billed: bool) -> None:
        """Go on."""


async def patiently(
    attempt: Callable[[], Awaitable[T]],
    judge: Callable[[Exception], Trouble],
    clock: Clock,
    tries: Tries | None = None,
) -> T:
    """The first answer of at most three tries, each of which is told. Raises the last trouble's `ModelError`."""
    tried, told = 0, tries or Untold()
    while True:
        tried += 1
        await told.begins()
        try:
            return await attempt()
        except Exception as error:
            trouble = judge(error)
            await told.broke(type(error).__name__, billed=trouble.billed)
            if not trouble.retryable or tried == MOST_TRIES:
                raise trouble.error from error
            if trouble.retry_after > LONGEST_SECONDS:
                asked = f"it asks to wait {trouble.retry_after:.0f} s"
                raise ModelUnavailable(f"{trouble.error}; {asked}") from error
            log.debug("try %d of %d: %s", tried, MOST_TRIES, trouble.error)
            await clock.sleep(max(trouble.retry_after, FIRST_SECONDS * 2 ** (tried - 1) * clock.jitter()))


def retry_after(headers: Mapping[str, str], now: Micros) -> float:
    """Seconds to wait by `retry-after-ms` or `Retry-After`, in seconds or as a date; else 0."""
    if seconds := _number(headers.get("retry-after-ms", "")) / 1_000:
        return seconds
    said = headers.get("retry-after", "")
    return _number(said) or _until(said, now)


def _number(said: str) -> float:
    try:
        return max(0.0, float(said))
    except ValueError:
        return 0.0


def _until(said: str, now: Micros) -> float:
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    at = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.fromtimestamp(now / 1_000_000, UTC)).total_seconds())
