"""The offline model: deterministic rules, role by role, so that all runs and tests need no key and no network."""

from graph.briefs import PlanningBrief, ReviewBrief, ReviewVerdict, Summary, SummaryBrief
from graph.contract import Plan, Task
from graph.domain import RuleModel
from graph.refs import REF
from graph.toolloop import LoopBrief, LoopStep
from graph.values import TaskId

from .schemas import Answer, AnswerBrief, Loan, Request
from .wording import day, dollars


def plan(brief: PlanningBrief) -> Plan:
    """Work out the fee, write, send; without the sending where it was done already or a person declined it."""
    request = Request.model_validate(brief.request)
    fee = Task(id=TaskId("fee"), worker="work_out_fee", input={"loan_id": request.loan_id})
    answer = Task(id=TaskId("answer"), worker="write_answer", input={"question": request.question, "fee": {REF: "fee"}})
    letter = {"to": request.reader_email, "loan_id": request.loan_id, "text": {REF: "answer.text"}}
    send = Task(id=TaskId("send"), stage="deliver", worker="send_answer", input=letter)
    declined = any(given.answer.option == "decline" for given in brief.answers)
    if declined or brief.effects:
        return Plan(tasks=(fee,), summary="nothing more is sent")
    return Plan(tasks=(fee, answer, send), summary="answer the reader")


def write(brief: LoopBrief) -> LoopStep:
    """Look the loan up, then answer from what was found."""
    given = AnswerBrief.model_validate(brief.input)
    if not brief.seen:
        return LoopStep.calling("get_loan", loan_id=given.fee.loan_id)
    loan = Loan.model_validate(brief.seen[-1].value)
    owed = f"It is {given.fee.days_late} days late, which costs {dollars(given.fee.cents)}." if given.fee.cents else ""
    return LoopStep.finishing(Answer(text=f"{loan.title!r} is due on {day(loan.due_on)}. {owed}".strip()))


def review(brief: ReviewBrief) -> ReviewVerdict:
    """What code can check has passed before this is asked; what remains is that the reader is answered."""
    answered = bool(brief.calls or brief.effects or brief.answers)
    return ReviewVerdict(verdict="pass" if answered else "escalate", reason="" if answered else "nobody is answered")


def summarize(brief: SummaryBrief) -> Summary:
    """The pinned facts, then the beginning of each message."""
    return Summary(text="\n".join([*brief.pinned, *(message[:200] for message in brief.messages)])[:4_000])


RULES: RuleModel = {"plan": plan, "work:write_answer": write, "review": review, "summarize": summarize}
