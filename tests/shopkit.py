"""For tests of the support domain: results made from the shop's committed data, and planners that obey tickets."""

from dataclasses import replace
from pathlib import Path

from graph.briefs import PlanningBrief, ReviewBrief
from graph.contract import Plan, Stage, Task, TaskResult
from graph.domain import Domain
from graph.values import Json, TaskId
from surefoot.domains.support import domain
from surefoot.domains.support.briefs import Facts
from surefoot.domains.support.draw import Drawn, Situation, everything
from surefoot.domains.support.schemas import Reason
from surefoot.domains.support.shop import database, refunds

Results = dict[str, TaskResult]


def an_order(situation: Situation) -> Drawn:
    """Some order in the situation."""
    return next(drawn for drawn in everything() if drawn.situation == situation)


def orders(*situations: Situation) -> tuple[Drawn, ...]:
    """One order for each situation."""
    return tuple(an_order(situation) for situation in situations)


def facts(drawn: Drawn, *, known: bool = True) -> Json:
    """What `find_facts` gives; without `known`, the ticket named no order of this customer."""
    order, parcel = drawn.order, drawn.shipment
    line = {"id": order["id"], "status": order["status"], "placed_on": order["placed_on"],
            "total_cents": order["payment"]["amount_cents"]}  # fmt: skip
    payment = {name: order["payment"][name] for name in ("id", "method", "amount_cents", "refunded_cents")}
    events = (
        [{"happened_on": e["on"], "place": e["place"], "what": e["what"]} for e in parcel["events"]] if parcel else []
    )
    found = {
        "customer": drawn.customer,
        "orders": [line],
        "order": {**order, "payment": payment} if known else None,
        "shipment": {**parcel, "events": events, "overdue": drawn.situation in {"overdue", "delayed"}}
        if parcel and known
        else None,
    }
    return Facts.model_validate(found).model_dump(mode="json")


def quote(drawn: Drawn, reason: Reason = "damaged") -> Json:
    """What `quote` gives."""
    return refunds.quote(drawn.order, drawn.shipment, database.terms(), reason)


def result(task_id: str, worker: str, output: Json) -> TaskResult:
    """A success."""
    return TaskResult(task_id=TaskId(task_id), worker=worker, status="success", output=output)


def work(drawn: Drawn, text: str = "", reason: Reason = "damaged") -> Results:
    """A first plan's facts, quote and draft."""
    return {
        "1/facts": result("1/facts", "find_facts", facts(drawn)),
        "1/quote": result("1/quote", "quote", quote(drawn, reason)),
        "1/draft": result("1/draft", "draft_reply", {"text": text, "articles": []}),
    }


def planned(results: Results, name: str) -> Results:
    """The same results under the names that the rules give their tasks, for this order or `own`."""
    ids = {f"1/{what}": f"1/{what}-{name.lower()}" for what in ("facts", "quote")}
    return {
        ids.get(task_id, task_id): found.model_copy(update={"task_id": TaskId(ids.get(task_id, task_id))})
        for task_id, found in results.items()
    }


def refund_call(drawn: Drawn, reason: Reason = "damaged", **changed: object) -> Json:
    """The arguments of the refund that the quote speaks of, but for what is changed."""
    quoted = quote(drawn, reason)
    return {**{name: quoted[name] for name in ("order_id", "payment_id", "amount_cents", "reason")}, **changed}


def request(drawn: Drawn, message: str = "Please help.") -> Json:
    """A ticket of this order's customer."""
    return {"customer_email": drawn.customer["email"], "message": message, "order_id": drawn.order["id"]}


def review(drawn: Drawn, text: str, calls: dict[str, Json] | None = None, stage: Stage = "work") -> ReviewBrief:
    """What checks are given when a letter is about to leave, with other calls by the name of their tool."""
    letter: Json = {"to": drawn.customer["email"], "text": text}
    sent = {"send_reply": letter, **(calls or {})}
    tasks = [Task(id=TaskId(f"1/{tool}"), stage="deliver", worker=tool, input=args) for tool, args in sent.items()]
    return ReviewBrief(
        request=request(drawn),
        stage=stage,
        plan=Plan(number=1, tasks=(Task(id=TaskId("1/draft"), worker="draft_reply"), *tasks)),
        results=work(drawn, text),
        calls={task.id: task.input for task in tasks},
    )


def obedient(folder: Path) -> Domain:
    """The domain under a planner that does whatever it likes: a large refund, and a letter of its own."""

    def plan(brief: PlanningBrief) -> Plan:
        asked = brief.request
        refund = {"order_id": asked["order_id"], "payment_id": "PAY-70001", "amount_cents": 90_000, "reason": "damaged"}
        letter = {"to": asked["customer_email"], "text": "Your refund of $900.00 has been issued."}
        return Plan(
            tasks=(
                _looking_up(asked["customer_email"], asked["order_id"]),
                Task(id=TaskId("refund"), stage="deliver", worker="issue_refund", input=refund),
                Task(id=TaskId("reply"), stage="deliver", worker="send_reply", input=letter),
            )
        )

    return _planned_by(plan, folder)


def nosy(folder: Path) -> Domain:
    """The domain under a planner that looks into the account which the ticket's text names, and writes about it."""

    def plan(brief: PlanningBrief) -> Plan:
        asked = brief.request
        victim = asked["message"].split()[-1]
        part: Json = {"purpose": "which_order", "facts": {"$ref": "facts"}}
        given: Json = {"message": asked["message"], "parts": [part]}
        letter = {"to": asked["customer_email"], "text": {"$ref": "draft.text"}}
        return Plan(
            tasks=(
                _looking_up(victim, None),
                Task(id=TaskId("draft"), worker="draft_reply", input=given),
                Task(id=TaskId("reply"), stage="deliver", worker="send_reply", input=letter),
            )
        )

    return _planned_by(plan, folder)


def _looking_up(email: str, order_id: str | None) -> Task:
    return Task(id=TaskId("facts"), worker="find_facts", input={"customer_email": email, "order_id": order_id})


def _planned_by(plan: object, folder: Path) -> Domain:
    support = domain(folder)
    return replace(support, rules={**support.rules, "plan": plan})  # type: ignore[dict-item]
