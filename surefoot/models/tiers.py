"""Which tier a role is asked of: our defaults, then the domain's word, then the settings'."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from graph.domain import Domain, Role

Part = Role | Literal["repair"]
"""A role, or the repair of an answer whose form was broken."""
PARTS: Final[tuple[str, ...]] = (*get_args(Role), "repair")
TIERS: Final[Mapping[str, str]] = {
    "classify": "small", "parse": "small", "summarize": "small", "repair": "small", "answer": "small",
    "work": "large", "plan": "large", "review": "large",
}  # fmt: skip
"""Tool-call parsing is `parse`, format repair `repair`."""


def tier_of(part: Part, domain: Domain, chosen: Mapping[str, str]) -> str:
    """The tier of a part for a domain; what the settings chose wins."""
    return chosen.get(part) or domain.tiers.get(part) or TIERS[part]


def checked(chosen: Mapping[str, str], known: frozenset[str]) -> None:
    """Raise `ValueError` for a role or a tier that does not exist."""
    for part, tier in chosen.items():
        if part not in PARTS:
            raise ValueError(f"{part} is no role; there are {', '.join(PARTS)}")
        if tier not in known:
            raise ValueError(f"tier {tier} of role {part} has no model: name one for it in SUREFOOT_MODELS")
