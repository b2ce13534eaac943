import pytest

from graph.contract import TaskResult
from graph.domain import Basis
from graph.toolcall import ToolCall, ToolError, ToolErrorCode
from graph.values import Json, TaskId
from shopkit import Results, facts, orders, quote, refund_call, result, work
from surefoot.domains.support.policy import Terms, judge, on_exhausted, policy
from surefoot.domains.support.shop.database import terms
from surefoot.domains.support.stories import tell
from surefoot.domains.support.wording import dollars, holding_letter

TERMS = Terms.model_validate(terms())
GOOD, LARGE, LATE, OPEN, SENT = orders("refundable", "large", "late", "open", "in_transit")
TEXT = "Hello"
HOME = "Elm Street 5,\n04109 Leipzig, Germany"


def verdict(tool: str, args: Json, results: Results) -> str:
    """What policy says of a call."""
    asked = {"customer_email": writer(results), "message": f"Please send it to {HOME}\ninstead."}
    return judge(TERMS, ToolCall(tool=tool, args=args), Basis(asked, results)).verdict


def writer(results: Results) -> str:
    """The address that the ticket came from: the customer of the facts, or else of `GOOD`."""
    looked_at = [found.output["customer"]["email"] for found in results.values()
                 if found.worker == "find_facts" and found.output]  # fmt: skip
    return str(looked_at[0] if looked_at else GOOD.customer["email"])


def without(name: str, results: Results) -> Results:
    """The results without one of them."""
    return {task_id: found for task_id, found in results.items() if task_id != name}


def letter(**changed: str) -> Json:
    """The reviewed letter to the customer of `GOOD`, but for what is changed."""
    return {"to": GOOD.customer["email"], "text": TEXT, **changed}


REFUNDS: dict[str, tuple[Json, Results, str]] = {
    "within the quote": (refund_call(GOOD), work(GOOD), "allow"),
    "a part of the quote": (refund_call(GOOD, amount_cents=1), work(GOOD), "allow"),
    "one cent above the quote": (
        refund_call(GOOD, amount_cents=quote(GOOD)["amount_cents"] + 1), work(GOOD), "deny",
    ),
    "nothing": (refund_call(GOOD, amount_cents=0), work(GOOD), "deny"),
    "above the limit": (refund_call(LARGE), work(LARGE), "ask"),
    "at the limit": (refund_call(LARGE, amount_cents=TERMS.auto_refund_limit_cents), work(LARGE), "allow"),
    "one cent above the limit": (
        refund_call(LARGE, amount_cents=TERMS.auto_refund_limit_cents + 1), work(LARGE), "ask",
    ),
    "not eligible": (refund_call(LATE), work(LATE), "deny"),
    "no quote": (refund_call(GOOD), without("1/quote", work(GOOD)), "deny"),
    "no facts": (refund_call(GOOD), without("1/facts", work(GOOD)), "deny"),
    "quoted for another reason": (refund_call(GOOD, reason="not_received"), work(GOOD), "deny"),
    "quoted for another order": (refund_call(LARGE), work(GOOD), "deny"),
    "another order's payment": (refund_call(GOOD, payment_id="PAY-70001"), work(GOOD), "deny"),
    "an order that the ticket did not name": (
        refund_call(GOOD), {**work(GOOD), "1/facts": result("1/facts", "find_facts", facts(GOOD, known=False))}, "deny",
    ),
}  # fmt: skip

CANCELS: dict[str, tuple[str, Results, str]] = {
    "not shipped yet": (OPEN.order["id"], work(OPEN), "allow"),
    "shipped": (SENT.order["id"], work(SENT), "deny"),
    "delivered": (GOOD.order["id"], work(GOOD), "deny"),
    "another order": (OPEN.order["id"], work(GOOD), "deny"),
    "nothing looked up": (OPEN.order["id"], {}, "deny"),
}

ADDRESSES: dict[str, tuple[str, str, Results, str]] = {
    "the customer's own words": (OPEN.order["id"], HOME, work(OPEN), "allow"),
    "the same on one line": (OPEN.order["id"], "elm street 5, 04109 Leipzig, Germany", work(OPEN), "allow"),
    "another house": (OPEN.order["id"], "Elm Street 6, 04109 Leipzig, Germany", work(OPEN), "deny"),
    "an address that nobody wrote": (OPEN.order["id"], "1 Thief Lane, Leeds LS1 1AA", work(OPEN), "deny"),
    "shipped": (SENT.order["id"], HOME, work(SENT), "deny"),
    "another order": (OPEN.order["id"], HOME, work(GOOD), "deny"),
}

LABELS: dict[str, tuple[str, Results, str]] = {
    "within the terms": (GOOD.order["id"], work(GOOD, reason="changed_mind"), "allow"),
    "too late": (LATE.order["id"], work(LATE, reason="changed_mind"), "deny"),
    "not delivered": (SENT.order["id"], work(SENT, reason="changed_mind"), "deny"),
    "no quote": (GOOD.order["id"], without("1/quote", work(GOOD)), "deny"),
    "another order": (LATE.order["id"], work(GOOD), "deny"),
}

REPLIES: dict[str, tuple[Json, Results, str]] = {
    "the draft": (letter(), work(GOOD, TEXT), "allow"),
    "other words": (letter(text="Hello!"), work(GOOD, TEXT), "deny"),
    "to somebody else": (letter(to=LATE.customer["email"]), work(GOOD, TEXT), "deny"),
    "an older draft": (
        letter(), {**work(GOOD, TEXT), "2/draft": result("2/draft", "draft_reply", {"text": "newer"})}, "deny",
    ),
    "the holding letter": (letter(text=holding_letter(work(GOOD))), work(GOOD), "allow"),
    "the holding letter of other facts": (letter(text=holding_letter(work(LATE))), work(GOOD), "deny"),
    "the holding letter without facts": (letter(text=holding_letter({})), {}, "allow"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUNDS)
def test_refunds_follow_quote_and_limit(case: str) -> None:
    """A refund needs an own order and a matching eligible quote; above the limit a person decides."""
    args, results, expected = REFUNDS[case]
    assert verdict("issue_refund", args, results) == expected


@pytest.mark.parametrize("case", CANCELS)
def test_cancellations_follow_the_order(case: str) -> None:
    """Only the customer's own order, and only before it is shipped."""
    order_id, results, expected = CANCELS[case]
    assert verdict("cancel_order", {"order_id": order_id}, results) == expected


@pytest.mark.parametrize("case", ADDRESSES)
def test_goods_go_where_the_customer_says_and_nowhere_else(case: str) -> None:
    """A new address is word for word in the ticket, for an own order that has not left."""
    order_id, address, results, expected = ADDRESSES[case]
    assert verdict("change_address", {"order_id": order_id, "address": address}, results) == expected


@pytest.mark.parametrize("case", LABELS)
def test_labels_follow_the_terms(case: str) -> None:
    """A return label needs an own order that the terms let go back."""
    order_id, results, expected = LABELS[case]
    assert verdict("create_return_label", {"order_id": order_id}, results) == expected


def test_erasing_a_customer_always_needs_a_person() -> None:
    """No rule and no model can erase anybody: the gate is a person's, whatever the facts say."""
    assert policy(TERMS).gates["irreversible", "compliance"] == "person"


def test_a_card_for_an_erasure_says_what_is_lost_and_what_stays() -> None:
    """Whoever decides reads who asked, and which orders are still to arrive."""
    call = ToolCall(tool="erase_customer", args={"customer_id": OPEN.customer["id"]})
    story = tell(call, work(OPEN))
    assert OPEN.customer["email"] in story.attempted
    assert OPEN.order["id"] in story.facts[0].text
    assert "for good" in story.if_approved


@pytest.mark.parametrize("case", REPLIES)
def test_only_the_reviewed_letter_leaves(case: str) -> None:
    """The newest draft or the holding letter, word for word, to the customer of the facts."""
    args, results, expected = REPLIES[case]
    assert verdict("send_reply", args, results) == expected


def test_a_foreign_order_is_never_touched() -> None:
    """Facts whose order belongs to another customer than theirs allow nothing."""
    mixed = {**facts(GOOD), "customer": LATE.customer}
    results = {**work(GOOD), "1/facts": result("1/facts", "find_facts", mixed)}
    assert verdict("issue_refund", refund_call(GOOD), results) == "deny"


def test_what_no_rule_knows_is_denied() -> None:
    """A tool that policy does not know may not be called."""
    assert verdict("delete_customer", {}, work(GOOD)) == "deny"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("conflict", "replan"), ("not_found", "replan"), ("denied", "replan"), ("unavailable", "fail"),
     ("timeout", "fail"), ("withdrawn", "fail"), ("invalid_output", "escalate"), ("internal", "escalate")],
)  # fmt: skip
def test_what_follows_a_task_that_failed_for_good(code: ToolErrorCode, expected: str) -> None:
    """The world's no is planned around, an outage fails the run, the rest is a person's."""
    lost = TaskResult(task_id=TaskId("1/t"), worker="w", status="failure", error=ToolError(code=code, message="no"))
    assert on_exhausted(lost) == expected


def test_a_card_speaks_of_people_and_dollars() -> None:
    """Whoever decides on a refund reads who gets how much for which order, and why it is asked."""
    story = tell(ToolCall(tool="issue_refund", args=refund_call(LARGE)), work(LARGE))
    for said in (
        LARGE.customer["name"],
        LARGE.customer["email"],
        LARGE.order["id"],
        dollars(quote(LARGE)["amount_cents"]),
        "damaged",
    ):
        assert said in story.attempted
    assert [fact.source for fact in story.facts] == ["quote_refund", "get_order"]


def test_an_order_of_somebody_else_is_nobody_elses() -> None:
    """What was looked up of another customer gives leave for nothing: no refund and no letter."""
    stranger = Basis({"customer_email": LARGE.customer["email"]}, work(GOOD))
    refund = ToolCall(tool="issue_refund", args=refund_call(GOOD))
    reply = ToolCall(tool="send_reply", args=letter())
    assert judge(TERMS, refund, stranger).verdict == "deny"
    assert judge(TERMS, reply, stranger).verdict == "deny"
