"""The support agent's verbs on the shop, each marked with what it may do to the world."""

from collections.abc import Iterator
from contextlib import contextmanager

from graph.domain import EffectIdentity, Tool
from graph.errors import ToolFailed
from graph.toolcall import ToolError
from surefoot.domains.support.deliveries import (
    AddNote,
    Cancelled,
    IssueRefund,
    Noted,
    Refunded,
    SendReply,
    Sent,
)
from surefoot.domains.support.schemas import (
    Customer,
    FindCustomer,
    ListOrders,
    Order,
    OrderList,
    OrderRef,
    Quote,
    QuoteRefund,
    Shipment,
)
from surefoot.domains.support.shop import Refusal, Shop


@contextmanager
def refusals_told() -> Iterator[None]:
    """The shop's no, as an error that a model can act on. An outage passes: the pipeline knows it."""
    try:
        yield
    except Refusal as no:
        raise ToolFailed(ToolError(code=no.code, message=no.message, hint=no.hint)) from no


def reads(shop: Shop) -> tuple[Tool, ...]:
    """Tools that change nothing."""

    @refusals_told()
    def find_customer(args: FindCustomer) -> Customer:
        return Customer.model_validate(shop.find_customer(args.email))

    @refusals_told()
    def list_orders(args: ListOrders) -> OrderList:
        return OrderList.model_validate({"orders": shop.list_orders(args.customer_id)})

    @refusals_told()
    def get_order(args: OrderRef) -> Order:
        return Order.model_validate(shop.get_order(args.order_id))

    @refusals_told()
    def track_shipment(args: OrderRef) -> Shipment:
        return Shipment.model_validate(shop.track_shipment(args.order_id))

    @refusals_told()
    def quote_refund(args: QuoteRefund) -> Quote:
        return Quote.model_validate(shop.quote_refund(args.order_id, args.reason))

    return (
        Tool("find_customer", "Find a customer by e-mail address.", FindCustomer, Customer, find_customer),
        Tool("list_orders", "List a customer's orders, newest first.", ListOrders, OrderList, list_orders),
        Tool("get_order", "Look up an order with its items and payment.", OrderRef, Order, get_order),
        Tool("track_shipment", "Follow an order's parcel.", OrderRef, Shipment, track_shipment),
        Tool("quote_refund", "Ask the shop's terms about a refund.", QuoteRefund, Quote, quote_refund),
    )


def effects(shop: Shop) -> tuple[Tool, ...]:
    """Tools that change the world. The shop does each once a key, however often it is called."""

    @refusals_told()
    def cancel_order(args: OrderRef, key: str) -> Cancelled:
        return Cancelled.model_validate(shop.cancel_order(args.order_id, key))

    @refusals_told()
    def add_note(args: AddNote, key: str) -> Noted:
        return Noted.model_validate(shop.add_note(args.order_id, args.text, key))

    @refusals_told()
    def issue_refund(args: IssueRefund, key: str) -> Refunded:
        paid = shop.issue_refund(args.order_id, args.payment_id, args.amount_cents, args.reason, key)
        return Refunded.model_validate(paid)

    @refusals_told()
    def send_reply(args: SendReply, key: str) -> Sent:
        return Sent.model_validate(shop.send_reply(args.to, args.text, key))

    return (
        Tool(
            "cancel_order", "Cancel an order that has not been shipped, and pay it back.", OrderRef, Cancelled,
            cancel_order, effect="write", stakes="money", identity=EffectIdentity(("order_id",)), honours_keys=True,
        ),
        Tool(
            "add_note", "Leave a note for colleagues on an order.", AddNote, Noted,
            add_note, effect="write", identity=EffectIdentity(("order_id",)), honours_keys=True,
        ),
        Tool(
            "issue_refund", "Pay an order back, wholly or in part.", IssueRefund, Refunded, issue_refund,
            effect="irreversible", stakes="money", identity=EffectIdentity(("order_id", "payment_id")),
            honours_keys=True,
        ),
        Tool(
            "send_reply", "Send the customer the answer.", SendReply, Sent,
            send_reply, effect="irreversible", stakes="customer", identity=EffectIdentity(), honours_keys=True,
        ),
    )  # fmt: skip
