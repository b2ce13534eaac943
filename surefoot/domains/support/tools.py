"""The support agent's verbs on the shop, each marked with what it may do to the world."""

from collections.abc import Iterator
from contextlib import contextmanager

from graph.domain import EffectIdentity, Tool
from graph.errors import ToolFailed
from graph.toolcall import ToolError
from surefoot.domains.support.deliveries import (
    AddNote,
    AddressChanged,
    Cancelled,
    ChangeAddress,
    EraseCustomer,
    Erased,
    IssueRefund,
    Noted,
    Refunded,
    ReturnLabel,
    SendReply,
    Sent,
)
from surefoot.domains.support.schemas import (
    ArticleList,
    Customer,
    FindCustomer,
    Hit,
    ListOrders,
    Order,
    OrderList,
    OrderRef,
    Quote,
    QuoteRefund,
    SearchArticles,
    Shipment,
)
from surefoot.domains.support.shop import Refusal
from surefoot.domains.support.shop.port import ShopPort


@contextmanager
def refusals_told() -> Iterator[None]:
    """The shop's no, as an error that a model can act on. An outage passes: the pipeline knows it."""
    try:
        yield
    except Refusal as no:
        raise ToolFailed(ToolError(code=no.code, message=no.message, hint=no.hint)) from no


def reads(shop: ShopPort) -> tuple[Tool, ...]:
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

    @refusals_told()
    def search_articles(args: SearchArticles) -> ArticleList:
        hits = [Hit.model_validate(hit) for hit in shop.search_articles(args.query, args.limit)]
        found = [shop.get_article(hit.id) for hit in hits]
        return ArticleList.model_validate({"articles": found})

    return (
        Tool("find_customer", "Find a customer by e-mail address.", FindCustomer, Customer, find_customer),
        Tool("list_orders", "List a customer's orders, newest first.", ListOrders, OrderList, list_orders),
        Tool("get_order", "Look up an order with its items and payment.", OrderRef, Order, get_order),
        Tool("track_shipment", "Follow an order's parcel.", OrderRef, Shipment, track_shipment),
        Tool("quote_refund", "Ask the shop's terms about a refund.", QuoteRefund, Quote, quote_refund),
        Tool("search_articles", "Search the help pages.", SearchArticles, ArticleList, search_articles),
    )


def effects(shop: ShopPort) -> tuple[Tool, ...]:
    """Tools that change the world. The shop does each once a key, however often it is called."""
    return (*_on_orders(shop), *_for_customers(shop))


def _on_orders(shop: ShopPort) -> tuple[Tool, ...]:
    """What happens to an order and its money."""

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
    )  # fmt: skip


def _for_customers(shop: ShopPort) -> tuple[Tool, ...]:
    """What reaches a customer: where a parcel goes, what is mailed to them, and what is known of them."""

    @refusals_told()
    def change_address(args: ChangeAddress, key: str) -> AddressChanged:
        return AddressChanged.model_validate(shop.change_address(args.order_id, args.address, key))

    @refusals_told()
    def create_return_label(args: OrderRef, key: str) -> ReturnLabel:
        return ReturnLabel.model_validate(shop.create_return_label(args.order_id, key))

    @refusals_told()
    def erase_customer(args: EraseCustomer, key: str) -> Erased:
        return Erased.model_validate(shop.erase_customer(args.customer_id, key))

    @refusals_told()
    def send_reply(args: SendReply, key: str) -> Sent:
        return Sent.model_validate(shop.send_reply(args.to, args.text, key))

    return (
        Tool(
            "change_address", "Send an order that has not been shipped to another address.", ChangeAddress,
            AddressChanged, change_address, effect="write", stakes="customer", identity=EffectIdentity(("order_id",)),
            honours_keys=True,
        ),
        Tool(
            "create_return_label", "Mail the customer a label to send an order back with.", OrderRef, ReturnLabel,
            create_return_label, effect="write", stakes="customer", identity=EffectIdentity(("order_id",)),
            honours_keys=True,
        ),
        Tool(
            "erase_customer", "Erase a customer's personal data for good.", EraseCustomer, Erased, erase_customer,
            effect="irreversible", stakes="compliance", identity=EffectIdentity(("customer_id",)), honours_keys=True,
        ),
        Tool(
            "send_reply", "Send the customer the answer.", SendReply, Sent,
            send_reply, effect="irreversible", stakes="customer", identity=EffectIdentity(), honours_keys=True,
        ),
    )  # fmt: skip
