"""Proposed calls as stories, for a card: whoever decides has one minute."""

from graph.contract import outputs_of
from graph.domain import CallStory
from graph.escalation import Evidence
from graph.toolcall import ToolCall
from graph.values import Json
from surefoot.domains.support.policy import Results, own_order, quotes
from surefoot.domains.support.wording import dollars, readable


def tell(call: ToolCall, results: Results) -> CallStory:
    """A proposed call in the shop's terms, for a person with one minute."""
    match call.tool:
        case "issue_refund":
            return _refund_story(call.args, results)
        case "cancel_order":
            order_id = call.args["order_id"]
            return CallStory(f"Cancel order {order_id}.", "It is cancelled and paid back.", "It is sent as ordered.")
        case "erase_customer":
            return _erasure_story(call.args, results)
        case _:
            return CallStory("Send the drafted reply.", "The customer gets the letter.", "Another reply is planned.")


def _refund_story(args: Json, results: Results) -> CallStory:
    amount, order_id = dollars(args["amount_cents"]), args["order_id"]
    facts = own_order(order_id, results)
    who = f"{facts['customer']['name']} ({facts['customer']['email']})" if facts else "an unknown customer"
    return CallStory(
        attempted=f"Refund {amount} to {who} for order {order_id}: {args['reason'].replace('_', ' ')}.",
        if_approved=f"{amount} go back to {who}, who is then told so.",
        if_declined=f"Nothing is paid back; {who} gets a letter that says so.",
        facts=_refund_facts(args, results),
    )


def _erasure_story(args: Json, results: Results) -> CallStory:
    facts = next((found for found in outputs_of(results, "find_facts")), None)
    who = f"{facts['customer']['name']} ({facts['customer']['email']})" if facts else args["customer_id"]
    orders = facts["orders"] if facts else []
    open_ = [order["id"] for order in orders if order["status"] in {"packed", "shipped"}]
    known = f"{len(orders)} orders, still to arrive: {', '.join(open_) or 'none'}"
    return CallStory(
        attempted=f"Erase the personal data of {who}, as they asked.",
        if_approved="Name, addresses and letters are gone for good; orders and payments stay without a name.",
        if_declined="Nothing is erased; the customer is told so.",
        facts=(Evidence(text=known, source="list_orders"),),
    )


def _refund_facts(args: Json, results: Results) -> tuple[Evidence, ...]:
    quote = next((found for found in outputs_of(results, "quote") if quotes(found, args)), None)
    facts = own_order(args["order_id"], results)
    told = [Evidence(text=f"The terms: {readable(quote['why'])}", source="quote_refund")] if quote else []
    if facts:
        goods = ", ".join(item["title"] for item in facts["order"]["items"])
        paid = dollars(facts["order"]["payment"]["amount_cents"])
        told.append(Evidence(text=f"{goods}, paid {paid}, {facts['order']['status']}", source="get_order"))
    return tuple(told)
