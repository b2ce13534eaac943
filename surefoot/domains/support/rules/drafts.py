"""Letters by rule: every number in them comes from the facts, and what cannot be done is said plainly."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graph.toolloop import LoopBrief, LoopStep
from surefoot.domains.support.briefs import DraftBrief, DraftWords, Purpose
from surefoot.domains.support.rules.pen import Pen, terms
from surefoot.domains.support.rules.refusals import (
    declined,
    no_address,
    no_cancel,
    no_erase,
    no_label,
    no_refund,
    which_address,
    which_order,
    which_reason,
)
from surefoot.domains.support.schemas import Article, ArticleList
from surefoot.domains.support.wording import dollars, letter

STEM: Final = 5
"""Letters by which two forms of a word are the same."""
SHORTEST: Final = 3


def draft(brief: LoopBrief) -> LoopStep:
    """Look the questions up, one search a step, then write the letter for all parts."""
    given = DraftBrief.model_validate(brief.input)
    asked = [part.question for part in given.parts if part.purpose == "article" and part.question]
    found = {
        seen.args["query"]: _best(seen.args["query"], seen.value)
        for seen in brief.seen
        if seen.tool == "search_articles"
    }
    missing = next((question for question in asked if question not in found), None)
    if missing is not None:
        return LoopStep.calling("search_articles", query=missing, limit=1)
    articles = {question: article for question, article in found.items() if article}
    return LoopStep.finishing(DraftWords(text=_letter(given, articles), consulted=tuple(articles)))


def _best(question: str, value: Any) -> Article | None:
    """The best article, if its title has a word of the question: a search always finds something."""
    article = next(iter(ArticleList.model_validate(value).articles), None) if value else None
    words = [word[:STEM] for word in question.lower().split() if len(word) >= SHORTEST]
    return article if article and any(word in article.title.lower() for word in words) else None


def _letter(given: DraftBrief, articles: Mapping[str, Article]) -> str:
    pens = [Pen(part, given.language, articles) for part in given.parts]
    bodies = dict.fromkeys(_body(given, pen) for pen in pens)
    return letter(given.parts[0].facts.customer.name, "\n\n".join(bodies), given.language)


def _body(given: DraftBrief, pen: Pen) -> str:
    return given.guidance if pen.part.purpose == "relay" else BODIES[pen.part.purpose](pen)


def _status(pen: Pen) -> str:
    order = pen.part.facts.order
    if order is None:
        return which_order(pen)
    parcel = pen.part.facts.shipment
    match order.status:
        case "delivered":
            name = "delivered"
        case "shipped" if parcel:
            name = "delayed" if parcel.overdue else "shipped"
        case other:
            name = other
    expected = pen.day(parcel.expected_on) if parcel else ""
    said = pen.say(name, delivered=pen.day(order.delivered_on), expected=expected, placed=pen.day(order.placed_on))
    return f"{said} {_tracking(pen)}".strip()


def _tracking(pen: Pen) -> str:
    parcel = pen.part.facts.shipment
    if parcel is None:
        return ""
    last = parcel.events[-1]
    return pen.say(
        "tracking", carrier=parcel.carrier, tracking=parcel.tracking_number, what=last.what, place=last.place,
        seen=pen.day(last.happened_on),
    )  # fmt: skip


def _window(pen: Pen) -> str:
    if pen.part.quote is None:
        return which_order(pen)
    name = "rule_until" if pen.part.quote.window_ends_on else "rule_open"
    return pen.say("rule", name, **terms(pen, pen.part.quote))


def _refund(pen: Pen) -> str:
    quote = pen.part.quote
    if quote is None:
        return which_order(pen)
    if not quote.eligible:
        return no_refund(pen)
    return pen.say("refund", *(("fee",) if quote.return_shipping_cents else ()), "payout", **terms(pen, quote))


def _offer(pen: Pen) -> str:
    quote = pen.part.quote
    if quote is None:
        return which_order(pen)
    if not quote.eligible:
        return f"{pen.say('offer')} {no_refund(pen)}"
    return pen.say("offer", "offer_refund", **terms(pen, quote))


def _cancel(pen: Pen) -> str:
    order = pen.part.facts.order
    if order is None:
        return which_order(pen)
    if order.status != "packed":
        return no_cancel(pen)
    return pen.say("cancel", paid=dollars(order.payment.amount_cents))


def _address(pen: Pen) -> str:
    order = pen.part.facts.order
    if order is None:
        return which_order(pen)
    return pen.say("address", address=pen.part.address) if order.status == "packed" else no_address(pen)


def _label(pen: Pen) -> str:
    quote = pen.part.quote
    if quote is None:
        return which_order(pen)
    return pen.say("label", "label_until", **terms(pen, quote)) if quote.eligible else no_label(pen)


def _paid_back(pen: Pen) -> str:
    order = pen.part.facts.order
    if order is None:
        return which_order(pen)
    refunded = order.payment.refunded_cents
    return pen.say("paid_back", refunded=dollars(refunded)) if refunded else pen.say("not_paid_back")


def _article(pen: Pen) -> str:
    article = pen.articles.get(pen.part.question)
    return f"{pen.say('article', title=article.title)}\n{article.body}" if article else pen.say("no_article")


BODIES: Final[Mapping[Purpose, Callable[[Pen], str]]] = {
    "status": _status, "window": _window, "paid_back": _paid_back, "refund": _refund, "cancel": _cancel,
    "address": _address, "label": _label, "erase": lambda pen: pen.say("erase"), "offer": _offer, "article": _article,
    "no_refund": no_refund, "no_cancel": no_cancel, "no_address": no_address, "no_label": no_label,
    "no_erase": no_erase, "declined": declined, "which_order": which_order, "which_address": which_address,
    "which_reason": which_reason,
}  # fmt: skip
