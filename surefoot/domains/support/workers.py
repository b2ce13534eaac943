"""The workers: two that a model drives, some functions, one that asks a person, and one a delivery."""

from dataclasses import replace

from graph.domain import Tool, WorkContext, Worker, deliver_worker
from graph.errors import NeedsHuman, ToolFailed
from graph.toolcall import ToolError
from graph.toolloop import model_worker
from surefoot.domains.support import reading
from surefoot.domains.support.briefs import (
    DraftAnswer,
    DraftBrief,
    DraftWords,
    Facts,
    FindFacts,
    Investigate,
    MailRead,
    Meant,
    NoAnswer,
    OlderMail,
    Question,
)
from surefoot.domains.support.schemas import (
    Article,
    ArticleList,
    Customer,
    FindCustomer,
    ListOrders,
    Order,
    OrderLine,
    OrderList,
    OrderRef,
    Quote,
    QuoteRefund,
    SearchArticles,
    Shipment,
)

LOOK_TOKENS = 6_000
"""A search for an order: a few short steps, each with what was seen so far."""
DRAFT_TOKENS = 3_000
"""A draft's prompt with its facts, perhaps an article, and its completion."""
ARTICLES_A_SEARCH = 1


async def find_facts(args: FindFacts, context: WorkContext) -> Facts:
    """Customer, orders, and the order in question; another customer's order is treated as unknown."""
    found = await context.value("find_customer", FindCustomer(email=args.customer_email))
    customer = Customer.model_validate(found)
    listed = await context.value("list_orders", ListOrders(customer_id=customer.id))
    orders = OrderList.model_validate(listed).orders
    chosen = _chosen(args.order_id, orders)
    order = Order.model_validate(await context.value("get_order", OrderRef(order_id=chosen))) if chosen else None
    return Facts(customer=customer, orders=orders, order=order, shipment=await _tracked(order, context))


def _chosen(order_id: str | None, orders: tuple[OrderLine, ...]) -> str | None:
    own = [order.id for order in orders]
    if order_id is None:
        return own[0] if len(own) == 1 else None
    return order_id if order_id in own else None


async def _tracked(order: Order | None, context: WorkContext) -> Shipment | None:
    if order is None or order.status not in {"shipped", "delivered"}:
        return None
    return Shipment.model_validate(await context.value("track_shipment", OrderRef(order_id=order.id)))


async def quote(args: QuoteRefund, context: WorkContext) -> Quote:
    """What the shop's terms say of a refund."""
    return Quote.model_validate(await context.value("quote_refund", args))


async def read_mail(args: OlderMail, context: WorkContext) -> MailRead:  # noqa: ARG001 a worker's signature
    """An older mail of a long thread goes on the record, so that letters are drafted from the newest one alone."""
    return MailRead(said=" ".join(args.mail.split()), orders=tuple(sorted(reading.orders(args.mail))))


async def ask_colleague(args: Question, context: WorkContext) -> NoAnswer:  # noqa: ARG001 a worker's signature
    """Hand the question to a person."""
    raise NeedsHuman(args.question)


def investigator(tools: tuple[Tool, ...]) -> Worker:
    """Finds the one order that a ticket without a number is about, or fails `not_found` so that it is asked for.

    Only the number goes on: the model may have looked at anybody's account, and its prose would carry that further.
    """
    loop = model_worker(
        "investigate", "Find the one order that a ticket without an order number is about.", Investigate, Meant, tools,
        estimated_tokens=LOOK_TOKENS,
    )  # fmt: skip

    async def run(args: Investigate, context: WorkContext) -> Meant:
        meant = Meant.model_validate(await loop.run(args, context))
        if meant.order_id is None:
            raise ToolFailed(ToolError(code="not_found", message="no single order fits"))
        return meant.model_copy(update={"why": "it fits the ticket"})

    return replace(loop, run=run)


def drafter(search: Tool) -> Worker:
    """Writes the letter; the articles that the model says it read are read again by code, as the letter's sources."""
    loop = model_worker(
        "draft_reply", "Write the letter to the customer from the facts; may look at help articles.", DraftBrief,
        DraftWords, (search,), max_steps=4, streams="text", estimated_tokens=DRAFT_TOKENS,
    )  # fmt: skip

    async def run(args: DraftBrief, context: WorkContext) -> DraftAnswer:
        words = DraftWords.model_validate(await loop.run(args, context))
        articles: list[Article] = []
        for query in words.consulted:
            wanted = SearchArticles(query=query, limit=ARTICLES_A_SEARCH)
            articles += ArticleList.model_validate(await context.value(search.name, wanted)).articles
        return DraftAnswer(text=words.text, articles=tuple(articles))

    return replace(loop, output=DraftAnswer, run=run)


def workers(reads: tuple[Tool, ...], effects: tuple[Tool, ...]) -> tuple[Worker, ...]:
    """All workers; each tool that changes the world gets one that makes exactly the call that was approved."""
    looks_up = ("find_customer", "list_orders", "get_order", "track_shipment")
    search = next(tool for tool in reads if tool.name == "search_articles")
    return (
        investigator(tuple(tool for tool in reads if tool.name in {*looks_up, search.name})),
        Worker(
            "find_facts", "Find the customer, the order in question and its parcel.", FindFacts, Facts, find_facts,
            tools=looks_up,
        ),
        Worker("read_mail", "Put an older mail of a long thread on the record.", OlderMail, MailRead, read_mail),
        Worker("quote", "Ask the shop's terms about a refund.", QuoteRefund, Quote, quote, tools=("quote_refund",)),
        drafter(search),
        Worker("ask_colleague", "Ask a person what the customer should be told.", Question, NoAnswer, ask_colleague),
        *(deliver_worker(tool) for tool in effects),
    )  # fmt: skip
