from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.briefs import PlanningBrief, ReviewBrief, SimplifyBrief, SummaryBrief
from graph.contract import Plan, TaskResult
from graph.domain import Domain
from graph.escalation import Answer, Answered, Question, QuestionKind
from graph.plans import Ground, accepted
from graph.toolcall import EffectDone, ToolCall, ToolError
from graph.values import Json, TaskId
from shopkit import Results, facts, orders, planned, refund_call, request, result, review, work
from surefoot.domains.support import domain
from surefoot.domains.support.briefs import Purpose
from surefoot.domains.support.draw import Drawn
from surefoot.domains.support.endings import conclude, simplify
from surefoot.domains.support.rules.planner import plan
from surefoot.domains.support.rules.reviewer import review as judged
from surefoot.domains.support.rules.reviewer import summarize
from surefoot.domains.support.wording import holding_letter
from surefoot.mistakes import mistakes_of

GOOD, LATE, OPEN, SENT = orders("refundable", "late", "open", "in_transit")
REFUND, CANCEL = "My money back, please: it arrived broken.", "Please cancel it."


@pytest.fixture
def support(tmp_path: Path) -> Domain:
    """The domain over a fresh shop."""
    return domain(tmp_path)


def brief(drawn: Drawn, message: str, results: Results | None = None, **known: object) -> PlanningBrief:
    """What the planner is given."""
    return PlanningBrief.model_validate(
        {"request": request(drawn, message), "plan_number": 2, "workers": (), "results": results or {}, **known}
    )


def workers(made: Plan) -> list[str]:
    """The plan's workers, in order."""
    return [task.worker for task in made.tasks]


def purposes(made: Plan) -> tuple[Purpose, ...]:
    """What the parts of the plan's letter are for."""
    (found,) = (task for task in made.tasks if task.worker == "draft_reply")
    return tuple(part["purpose"] for part in found.input["parts"])


def known(drawn: Drawn) -> Results:
    """What a first plan of the rules found about this order."""
    return planned(work(drawn), drawn.order["id"])


def answered(kind: QuestionKind, option: str, note: str = "", *calls: ToolCall) -> tuple[Answered]:
    """A person's decision."""
    question = Question(kind=kind, asked_by="reviewing", message="?", calls=calls)
    return (
        Answered(question=question, answer=Answer(escalation_id="e", option=option, note=note), leads_to="planning"),
    )


def done(tool: str, args: Json) -> EffectDone:
    """An effect that happened."""
    return EffectDone(tool=tool, key=tool, args=args)


def failed(name: str, worker: str, message: str) -> Results:
    """A task that the shop refused."""
    error = ToolError(code="conflict", message=message)
    return {f"1/{name}": TaskResult(task_id=TaskId(f"1/{name}"), worker=worker, status="failure", error=error)}


def test_the_domain_is_wired_without_mistakes(support: Domain) -> None:
    """Every name, gate and identity fits; `surefoot doctor` has nothing to say."""
    assert list(mistakes_of(support)) == []


def unfiled(drawn: Drawn, message: str, results: Results | None = None) -> PlanningBrief:
    """The same for a ticket that is filed under no order."""
    asked = {"customer_email": drawn.customer["email"], "message": message}
    return PlanningBrief(request=asked, plan_number=2, workers=(), results=results or {})


@dataclass(frozen=True)
class Row:
    """A standing of a run, and the plan that must follow."""

    given: PlanningBrief
    purposes: tuple[Purpose, ...]
    workers: tuple[str, ...]


OPEN_ID, GOOD_ID = OPEN.order["id"].lower(), GOOD.order["id"].lower()
MOVED = f"Please send it to my new address: Elm Street 5, 04109 Leipzig, Germany. It is {OPEN.order['id']}."
NO_TO_REFUND = ToolCall(tool="issue_refund", args=refund_call(GOOD))

PLANS = {
    "a refund is proposed with its quote": Row(
        brief(GOOD, REFUND), ("refund",),
        ("find_facts", "quote", "draft_reply", "issue_refund", "add_note", "send_reply"),
    ),
    "a cancellation needs no quote": Row(
        brief(OPEN, CANCEL), ("cancel",), ("find_facts", "draft_reply", "cancel_order", "add_note", "send_reply"),
    ),
    "a question about a parcel has no effect but the reply": Row(
        brief(SENT, "Where is it?"), ("status",), ("find_facts", "draft_reply", "send_reply"),
    ),
    "a question about the window asks the terms": Row(
        brief(GOOD, "What is the return window?"), ("window",), ("find_facts", "quote", "draft_reply", "send_reply"),
    ),
    "an ineligible refund is not proposed again": Row(
        brief(LATE, REFUND, known(LATE)), ("no_refund",), ("draft_reply", "send_reply"),
    ),
    "a shipped order is not to be cancelled again": Row(
        brief(SENT, CANCEL, known(SENT)), ("no_cancel",), ("draft_reply", "send_reply"),
    ),
    "a refused cancellation is told": Row(
        brief(OPEN, CANCEL, {**known(OPEN), **failed(f"cancel-{OPEN_ID}", "cancel_order", "too late")}), ("no_cancel",),
        ("draft_reply", "send_reply"),
    ),
    "a refused refund is told": Row(
        brief(GOOD, REFUND, {**known(GOOD), **failed(f"refund-{GOOD_ID}", "issue_refund", "too late")}), ("no_refund",),
        ("draft_reply", "send_reply"),
    ),
    "a person's no is told": Row(
        brief(GOOD, REFUND, known(GOOD), answers=answered("effect_approval", "decline", "", NO_TO_REFUND)),
        ("declined",), ("draft_reply", "send_reply"),
    ),
    "an effect that happened is not planned again": Row(
        brief(GOOD, REFUND, known(GOOD), effects=(done("issue_refund", refund_call(GOOD)),)), ("refund",),
        ("draft_reply", "add_note", "send_reply"),
    ),
    "another customer's order is asked about": Row(
        brief(GOOD, REFUND, planned({"1/facts": result("1/facts", "find_facts", facts(GOOD, known=False))}, GOOD_ID)),
        ("which_order",), ("draft_reply", "send_reply"),
    ),
    "two orders in one ticket are asked about": Row(
        brief(GOOD, f"{REFUND} Or was it {LATE.order['id']}?"), ("which_order",),
        ("find_facts", "draft_reply", "send_reply"),
    ),
    "a colleague's answer is passed on": Row(
        brief(GOOD, "Hm?", answers=answered("task_needs_human", "answer", "We do.")), ("relay",),
        ("find_facts", "draft_reply", "send_reply"),
    ),
    "an order without a number is searched for": Row(
        unfiled(GOOD, REFUND), ("refund",),
        ("investigate", "find_facts", "quote", "draft_reply", "issue_refund", "add_note", "send_reply"),
    ),
    "an order that cannot be found is asked for": Row(
        unfiled(GOOD, REFUND, failed("which", "investigate", "2 orders fit")), ("which_order",),
        ("find_facts", "draft_reply", "send_reply"),
    ),
    "two wishes are one letter": Row(
        brief(SENT, f"Where is {SENT.order['id']}? And please cancel {OPEN.order['id']}."), ("status", "cancel"),
        ("find_facts", "find_facts", "draft_reply", "cancel_order", "add_note", "send_reply"),
    ),
    "a new address is set where it is given": Row(
        brief(OPEN, MOVED), ("address",), ("find_facts", "draft_reply", "change_address", "send_reply"),
    ),
    "a new address that is not given is asked for": Row(
        brief(OPEN, "Can you change the address?"), ("which_address",), ("find_facts", "draft_reply", "send_reply"),
    ),
    "a return label asks the terms": Row(
        brief(GOOD, "Please mail me a return label."), ("label",),
        ("find_facts", "quote", "draft_reply", "create_return_label", "send_reply"),
    ),
    "a late return gets no label": Row(
        brief(LATE, "Please mail me a return label.", known(LATE)), ("no_label",), ("draft_reply", "send_reply"),
    ),
    "an erasure is proposed, a person decides": Row(
        unfiled(GOOD, "Delete all my personal data."), ("erase",),
        ("find_facts", "draft_reply", "erase_customer", "send_reply"),
    ),
    "a question is answered from the help pages": Row(
        unfiled(GOOD, "How long are gift cards valid?"), ("article",), ("find_facts", "draft_reply", "send_reply"),
    ),
    "a damage without a wish is answered with an offer": Row(
        brief(GOOD, "It arrived broken."), ("offer",), ("find_facts", "quote", "draft_reply", "send_reply"),
    ),
    "a refund without a reason is asked about": Row(
        brief(GOOD, "I want a refund."), ("which_reason",), ("find_facts", "quote", "draft_reply", "send_reply"),
    ),
    "who waits for a refund does not get a second one": Row(
        brief(GOOD, "Where is my refund?"), ("paid_back",), ("find_facts", "draft_reply", "send_reply"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_plans_follow_what_is_known(name: str, support: Domain) -> None:
    """Each standing leads to one plan, and the machine accepts it."""
    row = PLANS[name]
    made = plan(row.given)
    assert purposes(made) == row.purposes
    assert tuple(workers(made)) == row.workers
    accepted(made, 2, Ground(support, row.given.results, row.given.effects))


def test_what_is_not_understood_is_asked(support: Domain) -> None:
    """An unclear ticket goes to a person; no effect is guessed, not even a reply."""
    made = plan(brief(GOOD, "Do you know a good plumber?"))
    assert workers(made) == ["ask_colleague"]
    accepted(made, 1, Ground(support))
    assert workers(plan(brief(GOOD, "Hm?", answers=answered("task_needs_human", "answer", " ")))) == ["ask_colleague"]


def test_a_reply_waits_for_the_effect_it_tells_of() -> None:
    """Nobody is told of a refund that did not happen."""
    made = plan(brief(GOOD, REFUND))
    (reply,) = (task for task in made.tasks if task.worker == "send_reply")
    (refund,) = (task for task in made.tasks if task.worker == "issue_refund")
    assert reply.depends_on == (refund.id,)


def test_an_obstacle_is_passed_to_the_letter() -> None:
    """Why the shop refused reaches the draft."""
    made = plan(brief(OPEN, CANCEL, {**known(OPEN), **failed(f"cancel-{OPEN_ID}", "cancel_order", "too late")}))
    assert made.tasks[0].input["parts"][0]["obstacle"] == "too late"


def test_a_plan_without_an_answer_to_the_customer_is_escalated() -> None:
    """Work that would end in silence is not passed by the reviewer."""
    silent = ReviewBrief(request=request(GOOD), stage="work", plan=Plan(tasks=()), results={})
    assert judged(silent).verdict == "escalate"
    assert judged(review(GOOD, "Hello")).verdict == "pass"


def test_a_summary_keeps_pinned_facts() -> None:
    """Pinned facts survive word for word, however much else is said."""
    summary = summarize(SummaryBrief(messages=("first line\nsecond",) * 500, pinned=("refund of $36.50 declined",)))
    assert summary.text.startswith("refund of $36.50 declined\nfirst line\n")
    assert "second" not in summary.text


def test_the_simplified_plan_is_one_letter(support: Domain) -> None:
    """When the budget is nearly gone, one function worker sends what the facts at hand say, and the plan is legal."""
    made = simplify(SimplifyBrief(request=request(SENT), plan_number=2, results=work(SENT)))
    accepted(made, 2, Ground(support, work(SENT)))
    assert workers(made) == ["send_reply"]
    assert SENT.order["id"] in made.tasks[0].input["text"]


def test_the_holding_letter_tells_what_receipts_prove() -> None:
    """A refund or cancellation that has a receipt is told; one that a person vouched for has no amount to tell."""
    paid = {"order_id": GOOD.order["id"], "payment_id": GOOD.order["payment"]["id"], "amount_cents": 123}
    stopped = {"order_id": OPEN.order["id"], "status": "cancelled", "returned_cents": 123}
    vouched = {"confirmed_by": "ann", "note": ""}
    refunded = {**work(GOOD), "1/refund": result("1/refund", "issue_refund", paid)}
    assert "We have refunded $1.23." in holding_letter(refunded)
    assert "It is delivered." not in holding_letter(refunded)
    cancelled = {**work(OPEN), "1/cancel": result("1/cancel", "cancel_order", stopped)}
    assert "The order has been cancelled." in holding_letter(cancelled)
    unproved = {**work(GOOD), "1/refund": result("1/refund", "issue_refund", vouched)}
    assert "refunded" not in holding_letter(unproved)


def test_the_outcome_counts_what_happened_only() -> None:
    """Reply, actions and money come from effects, not from plans."""
    letter = {"to": GOOD.customer["email"], "text": "Hello"}
    effects = (done("issue_refund", refund_call(GOOD, amount_cents=100)), done("send_reply", letter))
    assert conclude({}, effects) == {
        "reply": "Hello", "actions": ["issue_refund", "send_reply"], "refunded_cents": 100,
    }  # fmt: skip
    assert conclude(work(GOOD, "Hello"), ()) == {"reply": None, "actions": [], "refunded_cents": 0}
