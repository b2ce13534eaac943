"""One part of a letter on its way into words: phrases of a language, filled with facts."""

from collections.abc import Mapping
from dataclasses import dataclass

from surefoot.domains.support.briefs import Part
from surefoot.domains.support.language import Language
from surefoot.domains.support.rules.phrases_elsewhere import PHRASES
from surefoot.domains.support.schemas import Article, Quote
from surefoot.domains.support.wording import day, dollars


@dataclass(frozen=True)
class Pen:
    """One part of a letter on its way into words."""

    part: Part
    language: Language
    articles: Mapping[str, Article]
    """By the question that found them."""

    def say(self, *names: str, **facts: str) -> str:
        """Phrases one after another, with the facts that they ask for."""
        phrases = PHRASES[self.language]
        return " ".join(phrases[name].format(order=self.order_id, **facts) for name in names)

    @property
    def order_id(self) -> str:
        """The order's number, or words in its place."""
        order = self.part.facts.order
        return order.id if order else PHRASES[self.language]["order_in_question"]

    def day(self, iso: str | None) -> str:
        """A day as this language writes it."""
        return day(iso, self.language) if iso else ""


def terms(pen: Pen, quote: Quote) -> dict[str, str]:
    """A quote as facts for phrases."""
    return {
        "amount": dollars(quote.amount_cents), "fee": dollars(quote.return_shipping_cents),
        "payout": str(quote.payout_days), "days": str(quote.window_days), "ends": pen.day(quote.window_ends_on),
    }  # fmt: skip
