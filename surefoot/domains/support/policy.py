"""What may happen, decided from the exact call and the facts that were found: no word of a ticket or a model counts."""

from collections.abc import Mapping
from functools import partial
from typing import Literal

from pydantic import Field

from graph.contract import TaskResult, outputs_of
from graph.domain import Basis, Decision, Policy
from graph.toolcall import RETRYABLE_CODES, ToolCall
from graph.values import Frozen, Json
from surefoot.domains.support.wording import dollars, holding_letter, readable, squeezed

Results = Mapping[str, TaskResult]


class Terms(Frozen):
    """The shop's terms, as committed in `data/terms.json`."""

    today: str
    return_window_days: int = Field(gt=0)
    damaged_window_days: int = Field(gt=0)
    lost_after_days: int = Field(gt=0)
    return_shipping_cents: int = Field(ge=0)
    auto_refund_limit_cents: int = Field(ge=0, description="refunds above it are a person's to decide")
    payout_days: int = Field(gt=0)


def policy(terms: Terms) -> Policy:
    """The domain's policy under these terms."""
    return Policy(
        gates={
            ("read", "none"): "free",
            ("write", "none"): "reviewed",
            ("write", "money"): "reviewed",
            ("irreversible", "money"): "reviewed",
            ("write", "customer"): "reviewed",
            ("irreversible", "customer"): "reviewed",
            ("irreversible", "compliance"): "person",
        },
        judge=partial(judge, terms),
        numbers={name: value for name, value in terms.model_dump().items() if name != "today"},
        on_exhausted=on_exhausted,
        max_tasks=24,
        max_repeats=16,
        summarize_at=0.14,
        retry_base_seconds=0.5,
    )


def judge(terms: Terms, call: ToolCall, basis: Basis) -> Decision:
    """Allow, ask or deny one exact call, for the customer who wrote and nobody else."""
    results = concerning(basis.request["customer_email"], basis.results)
    match call.tool:
        case "issue_refund":
            said = _refund(terms, call.args, results)
        case "cancel_order":
            said = _cancel(call.args, results)
        case "change_address":
            said = _address(call.args, results, basis.request["message"])
        case "create_return_label":
            said = _label(call.args, results)
        case "add_note":
            said = _note(call.args, results)
        case "send_reply":
            said = _reply(call.args, results, basis.request["customer_email"])
        case _:
            said = Decision("deny", f"no rule of the shop allows {call.tool}")
    return said


def on_exhausted(result: TaskResult) -> Literal["replan", "escalate", "fail"]:
    """A no of the world is planned around, an outage fails the run, anything else is for a person."""
    code = result.error.code if result.error else "internal"
    if code in {"conflict", "not_found", "denied"}:
        return "replan"
    return "fail" if code in RETRYABLE_CODES else "escalate"


def concerning(email: str, results: Results) -> Results:
    """The results without what was looked up of other customers."""
    return {name: found for name, found in results.items() if not _of_another(found, email)}


def _of_another(found: TaskResult, email: str) -> bool:
    facts = found.output or {}
    return found.worker == "find_facts" and "customer" in facts and facts["customer"]["email"] != email


def own_order(order_id: str, results: Results) -> Json | None:
    """The newest facts whose order has this number and belongs to their customer, or `None`."""
    for facts in outputs_of(results, "find_facts"):
        order = facts["order"]
        if order and order["id"] == order_id and order["customer_id"] == facts["customer"]["id"]:
            return facts
    return None


def _refund(terms: Terms, args: Json, results: Results) -> Decision:
    if own_order(args["order_id"], results) is None:
        return Decision("deny", f"{args['order_id']} is not known to be an order of this customer")
    quote = next((found for found in outputs_of(results, "quote") if quotes(found, args)), None)
    if quote is None:
        return Decision("deny", f"the shop's terms were not asked about this refund of {args['order_id']}")
    if not quote["eligible"]:
        return Decision("deny", f"no refund for {args['order_id']}: {readable(quote['why'])}")
    if not 0 < args["amount_cents"] <= quote["amount_cents"]:
        limit = dollars(quote["amount_cents"])
        return Decision("deny", f"{dollars(args['amount_cents'])} is not within the quoted {limit}")
    if args["amount_cents"] > terms.auto_refund_limit_cents:
        limit = dollars(terms.auto_refund_limit_cents)
        return Decision("ask", f"{dollars(args['amount_cents'])} is above the {limit} that need no person.")
    return Decision("allow", "within the shop's terms and below the limit")


def quotes(quote: Json, args: Json) -> bool:
    """Whether a quote speaks of exactly this refund."""
    return all(quote[name] == args[name] for name in ("order_id", "payment_id", "reason"))


def _cancel(args: Json, results: Results) -> Decision:
    facts = own_order(args["order_id"], results)
    if facts is None:
        return Decision("deny", f"{args['order_id']} is not known to be an order of this customer")
    if facts["order"]["status"] != "packed":
        return Decision("deny", f"{args['order_id']} is already {facts['order']['status']}")
    return Decision("allow", "the order has not been shipped")


def _address(args: Json, results: Results, message: str) -> Decision:
    """An address leads goods away: it is the customer's own, word for word, or it is nobody's."""
    facts = own_order(args["order_id"], results)
    if facts is None:
        return Decision("deny", f"{args['order_id']} is not known to be an order of this customer")
    if facts["order"]["status"] != "packed":
        return Decision("deny", f"{args['order_id']} is already {facts['order']['status']}")
    if squeezed(args["address"]) not in squeezed(message):
        return Decision("deny", "the new address is not what the customer wrote")
    return Decision("allow", "the order has not been shipped and the address is the customer's own")


def _label(args: Json, results: Results) -> Decision:
    if own_order(args["order_id"], results) is None:
        return Decision("deny", f"{args['order_id']} is not known to be an order of this customer")
    asked = [quote for quote in outputs_of(results, "quote") if quote["order_id"] == args["order_id"]]
    if not any(quote["eligible"] for quote in asked):
        against = readable(asked[0]["why"]) if asked else "the shop's terms were not asked"
        return Decision("deny", f"no return label for {args['order_id']}: {against}")
    return Decision("allow", "the order may be returned under the shop's terms")


def _note(args: Json, results: Results) -> Decision:
    if own_order(args["order_id"], results) is None:
        return Decision("deny", f"{args['order_id']} is not known to be an order of this customer")
    return Decision("allow", "a note on the customer's own order")


def _reply(args: Json, results: Results, email: str) -> Decision:
    drafts = [draft["text"] for draft in outputs_of(results, "draft_reply")[:1]]
    if args["text"] not in (*drafts, holding_letter(results)):
        return Decision("deny", "the reply is not the letter that was drafted and reviewed")
    if args["to"] != email:
        return Decision("deny", "the reply would go to somebody else than the customer who wrote")
    return Decision("allow", "the reviewed letter, to the customer")
