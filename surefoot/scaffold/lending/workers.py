"""The workers: code where code can know, a model where words are needed, and one exact call for what leaves."""

from graph.domain import Tool, WorkContext, Worker, deliver_worker
from graph.toolloop import model_worker

from .policy import FEE_A_DAY_CENTS
from .schemas import Answer, AnswerBrief, Fee, Loan, LoanRef


async def work_out_fee(given: LoanRef, context: WorkContext) -> Fee:
    """What a late loan costs. Amounts are worked out by code, never by a model."""
    loan = Loan.model_validate(await context.value("get_loan", given))
    return Fee(loan_id=loan.id, days_late=loan.days_late, cents=loan.days_late * FEE_A_DAY_CENTS)


def workers(get_loan: Tool, send_answer: Tool) -> tuple[Worker, ...]:
    """A function worker, a model worker with a tool of its own, and the delivery."""
    return (
        Worker("work_out_fee", "Work out what a late loan costs.", LoanRef, Fee, work_out_fee, tools=("get_loan",)),
        model_worker(
            "write_answer", "Write the answer to the reader.", AnswerBrief, Answer, (get_loan,),
            max_steps=4, streams="text",
        ),
        deliver_worker(send_answer),
    )  # fmt: skip
