"""A ticket as the rules understand it."""

from dataclasses import dataclass

from surefoot.domains.support.language import Language
from surefoot.domains.support.rules.vocabulary import Intent
from surefoot.domains.support.schemas import Reason


@dataclass(frozen=True)
class Wish:
    """One thing that is asked for."""

    intent: Intent
    reason: Reason | None = None
    """`None` where none is given that the rules understand."""
    order_id: str | None = None
    """`None` where no order is named, or where it is not clear which."""
    ambiguous: bool = False
    """Several orders are named and the ticket does not say which one is meant."""
    address: str = ""
    question: str = ""


@dataclass(frozen=True)
class Ticket:
    """Everything that is asked for; without a wish, nothing was understood."""

    wishes: tuple[Wish, ...]
    language: Language | None
