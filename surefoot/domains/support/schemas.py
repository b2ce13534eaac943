"""The request, the outcome, and what is asked of the shop and found there.

Money is integer cents, days are ISO dates (`2026-03-16`) of the shop's calendar.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from graph.values import Frozen

ORDER_ID = r"SF-\d{5}"

OrderId = Annotated[str, Field(pattern=f"^{ORDER_ID}$", description="an order number such as SF-12345")]
Cents = Annotated[int, Field(ge=0, description="an amount in cents")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="an ISO date")]
Status = Literal["packed", "shipped", "delivered", "cancelled"]
Reason = Literal["damaged", "wrong_item", "not_received", "changed_mind"]
Ground = Literal["within", "paid_back", "late", "reported_delivered", "not_delivered"]
"""What decides on a refund, in one word."""


class SupportRequest(Frozen):
    """A customer's ticket."""

    customer_email: str = Field(max_length=254, description="the address that the ticket came from")
    message: str = Field(max_length=12_000, description="the customer's own words, with the thread under them")
    order_id: OrderId | None = Field(default=None, description="the order that the ticket was filed under")

    @field_validator("customer_email")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value.strip()):
            raise ValueError(f"{value!r} is no e-mail address: give one such as name@example.com")
        return value.strip().lower()


class SupportOutcome(Frozen):
    """What was done for the customer."""

    reply: str | None = Field(default=None, description="the text that was sent")
    actions: tuple[str, ...] = Field(default=(), description="the tools whose effects happened, oldest first")
    refunded_cents: Cents = 0


class FindCustomer(Frozen):
    """Input of `find_customer`."""

    email: str = Field(max_length=254)


class Customer(Frozen):
    """Output of `find_customer`. Names are not unique, addresses are."""

    id: str
    name: str
    email: str


class ListOrders(Frozen):
    """Input of `list_orders`."""

    customer_id: str


class OrderLine(Frozen):
    """One order in a list."""

    id: OrderId
    status: Status
    placed_on: Day
    total_cents: Cents


class OrderList(Frozen):
    """Output of `list_orders`, newest first."""

    orders: tuple[OrderLine, ...]


class OrderRef(Frozen):
    """Input of `get_order`, `track_shipment` and `cancel_order`."""

    order_id: OrderId


class Item(Frozen):
    """One article of an order."""

    sku: str
    title: str
    quantity: int
    price_cents: Cents


class Payment(Frozen):
    """How an order was paid, and what was paid back of it."""

    id: str
    method: str
    amount_cents: Cents
    refunded_cents: Cents


class Order(Frozen):
    """Output of `get_order`."""

    id: OrderId
    customer_id: str
    status: Status
    placed_on: Day
    delivered_on: Day | None
    items: tuple[Item, ...]
    payment: Payment


class TrackingEvent(Frozen):
    """One stop of a parcel."""

    happened_on: Day
    place: str
    what: str


class Shipment(Frozen):
    """Output of `track_shipment`, events oldest first."""

    order_id: OrderId
    carrier: str
    tracking_number: str
    expected_on: Day
    overdue: bool = Field(description="not delivered, and its day of arrival has passed")
    events: tuple[TrackingEvent, ...]


class QuoteRefund(Frozen):
    """Input of `quote_refund`."""

    order_id: OrderId
    reason: Reason


class Quote(Frozen):
    """Output of `quote_refund`: what the shop's terms say."""

    order_id: OrderId
    payment_id: str
    reason: Reason
    eligible: bool
    amount_cents: Cents = Field(description="what would be paid back if the order is eligible")
    return_shipping_cents: Cents = Field(description="what was taken off for the way back")
    window_days: int = Field(description="days after delivery within which a refund may be asked for")
    window_ends_on: Day | None
    payout_days: int = Field(description="days until a refund reaches the customer")
    ground: Ground
    why: str = Field(description="what the terms have against it, in words")


class SearchArticles(Frozen):
    """Input of `search_articles`."""

    query: str = Field(min_length=1, max_length=300, description="the words that matter of the question")
    limit: int = Field(default=2, ge=1, le=5)


class Hit(Frozen):
    """One article as a search finds it."""

    id: str
    title: str
    excerpt: str


class Article(Frozen):
    """One article of the shop's help pages, whole."""

    id: str
    title: str
    body: str


class ArticleList(Frozen):
    """Output of `search_articles`, best first."""

    articles: tuple[Article, ...]
