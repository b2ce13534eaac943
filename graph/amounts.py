"""Budgets as people write them: limits such as `usd=0.20 tokens=50000`, and the sentences that tell them."""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from graph.contract import Budget, Spend
from graph.errors import BadRequest
from graph.values import Json

LIMITS: Final[Mapping[str, str]] = {
    "tokens": "tokens=50000", "usd": "usd=0.20", "seconds": "seconds=600", "calls": "calls=80",
}  # fmt: skip
"""What can be limited, and how it is written."""
_NAMED: Final = re.compile(r"(?<![\w.])(\w+)\s*=\s*(\S+)")


def limits_from(texts: list[str], source: str = "--budget") -> Json:
    """Limits from words such as `usd=0.20`, also with commas between them. Raises `BadRequest`."""
    limits: Json = {}
    for word in (part.strip() for text in texts for part in text.split(",")):
        name, equals, value = (part.strip() for part in word.partition("="))
        if not equals:
            raise BadRequest(f"{source}: {word!r} sets no limit; write it as {', '.join(LIMITS.values())}")
        if name in limits:
            raise BadRequest(f"{source}: {name} is given twice; give it once")
        limits[name] = _number(name, value, source)
    return limits


def limits_in(note: str) -> Json:
    """Limits that a person wrote into a note, prose around them left alone. Raises `BadRequest` for a bad one."""
    found = [(name, value.rstrip(".,;)")) for name, value in _NAMED.findall(note) if name in LIMITS]
    return {name: _number(name, value, "note") for name, value in found}


def _number(name: str, value: str, source: str) -> float | int:
    """A limit as its field takes it; the budget's own bounds say what is too little or absurd."""
    if name not in LIMITS:
        raise BadRequest(f"{source}: {name!r} is no limit of a run; give one of {', '.join(LIMITS)}")
    try:
        checked = Budget.model_validate({name: value.replace("_", "").removeprefix("$")})
    except ValidationError as error:
        told = error.errors(include_url=False)[0]["msg"]
        raise BadRequest(f"{source}: {name}={value}: {told[:1].lower()}{told[1:]}; such as {LIMITS[name]}") from error
    given: float | int = getattr(checked, name)
    return given


def spent_of(spend: Spend) -> dict[str, float]:
    """What a run has spent, in the units of its limits."""
    return {
        "tokens": float(spend.tokens), "usd": spend.usd_micros / 1_000_000, "seconds": spend.worked,
        "calls": float(spend.calls),
    }  # fmt: skip


def granted(budget: Budget, spend: Spend, limits: Json) -> Budget:
    """The budget with new limits, as a person gives them. Raises `BadRequest` where the breaker would trip at once."""
    wanted = budget.model_copy(update=limits)
    for name, spent in spent_of(spend).items():
        limit = getattr(wanted, name)
        if limit is not None and spent >= limit * wanted.alert_at:
            raise BadRequest(_too_little(name, spent, limit, wanted.alert_at))
    return wanted


def _too_little(name: str, spent: float, limit: float, alert_at: float) -> str:
    least = shown(name, spent / alert_at)
    verb = "are" if name in {"tokens", "calls"} and round(spent) != 1 else "is"
    why = f"{shown(name, spent)} {verb} spent, and the breaker trips at {alert_at:.0%} of {shown(name, limit)}"
    return f"{name}: {why}; give more than {least}"


def shown(name: str, amount: float) -> str:
    """An amount as a person reads it."""
    match name:
        case "usd":
            return f"${amount:,.4f}" if amount < 1 else f"${amount:,.2f}"
        case "seconds":
            return f"{amount:,.1f} s"
        case "calls":
            return f"{amount:,.0f} model call{'' if round(amount) == 1 else 's'}"
        case _:
            return f"{amount:,.0f} {name}"


def most_used(budget: Budget, spend: Spend) -> str:
    """The limit that is used up most, such as `8,300 of 10,000 tokens (83%)`; empty where nothing is limited."""
    shares = {name: spent / getattr(budget, name) for name, spent in spent_of(spend).items() if getattr(budget, name)}
    if not shares:
        return ""
    name = max(shares, key=lambda each: shares[each])
    spent, limit = spent_of(spend)[name], getattr(budget, name)
    return f"{shown(name, spent).split()[0]} of {shown(name, limit)} ({shares[name]:.0%})"
