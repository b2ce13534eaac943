"""Whether a reservation may be granted, and how long its answer may be then: pure, so that any store can ask it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graph.budget import MICROS_PER_USD
from graph.charges import Grant, Limits, Pool, Reservation
from graph.contract import Spend

CEILING: Final = "the day's ceiling"
"""What a refusal by one is told by: it is free again by itself, and no budget of a run lifts it."""


@dataclass(frozen=True)
class Room:
    """What one limit leaves, in its own unit; `whose` and `until` are for the line of a refusal."""

    left: float
    limit: float
    unit: str
    whose: str = "the run's budget"
    until: str = ""

    def holds(self, reservation: Reservation) -> int:
        """Tokens of an answer that fit beside the prompt; below 0 where not even the prompt does."""
        if self.unit == "calls":
            return reservation.answer_tokens if self.left >= 1 else -1
        if self.unit == "tokens":
            return int(self.left) - (reservation.tokens - reservation.answer_tokens)
        room = int(self.left) - (reservation.usd_micros - reservation.answer_micros)
        if room < 0 or reservation.answer_micros == 0:
            return -1 if room < 0 else reservation.answer_tokens
        return room * reservation.answer_tokens // reservation.answer_micros

    def said(self) -> str:
        """What is left of how much."""
        left = max(0.0, self.left)
        if self.unit == "usd":
            return f"${left / MICROS_PER_USD:.4f} of ${self.limit / MICROS_PER_USD:.4f} are left"
        return f"{left:,.0f} of {self.limit:,.0f} {self.unit} are left"


def grant(reservation: Reservation, limits: Limits, spend: Spend, pools: tuple[Spend, ...], *, closed: bool) -> Grant:
    """The reservation with its answer clipped to the tightest limit, or why it is refused.

    `spend` is the run's and `pools` that of each of the limits' pools, open reservations counted in full.
    """
    if closed:
        return Grant(refused=_closed(reservation))
    rooms = [*_of_run(limits, spend), *_of_pools(limits.pools, pools)]
    least = min(reservation.least_answer or reservation.answer_tokens, reservation.answer_tokens)
    tightest = min(rooms, key=lambda room: room.holds(reservation), default=None)
    answer = min(reservation.answer_tokens, tightest.holds(reservation)) if tightest else reservation.answer_tokens
    if tightest and answer < least:
        return Grant(refused=_refused(reservation, tightest))
    return Grant(
        tokens=reservation.tokens - reservation.answer_tokens + answer,
        usd_micros=reservation.usd_micros - reservation.answer_micros + _priced(reservation, answer),
        answer_tokens=answer,
    )


def _of_run(limits: Limits, spend: Spend) -> Iterator[Room]:
    held = (
        (limits.tokens, spend.tokens, "tokens"),
        (limits.usd_micros, spend.usd_micros, "usd"),
        (limits.calls, spend.calls, "calls"),
    )
    for limit, used, unit in held:
        if limit is not None:
            yield Room(limit - used, limit, unit)


def _of_pools(pools: tuple[Pool, ...], spends: tuple[Spend, ...]) -> Iterator[Room]:
    for pool, spend in zip(pools, spends, strict=True):
        whose, until = f"{CEILING} of {pool.scope} {pool.name}", pool.free_at
        if pool.tokens is not None:
            yield Room(pool.tokens - spend.tokens, pool.tokens, "tokens", whose, until)
        if pool.usd_micros is not None:
            yield Room(pool.usd_micros - spend.usd_micros, pool.usd_micros, "usd", whose, until)


def _priced(reservation: Reservation, answer: int) -> int:
    """What a clipped answer costs at most, rounded up."""
    if not reservation.answer_tokens:
        return 0
    return -(-reservation.answer_micros * answer // reservation.answer_tokens)


def _call(reservation: Reservation) -> str:
    return f"a {reservation.role} call of about {reservation.tokens} tokens"


def _refused(reservation: Reservation, room: Room) -> str:
    when = f"; it is free again at {room.until}" if room.until else ""
    return f"{_call(reservation)} would pass {room.whose}: {room.said()}{when}"


def _closed(reservation: Reservation) -> str:
    return f"{_call(reservation)} is refused: a provider reported more than was reserved, which closes the run's budget"
