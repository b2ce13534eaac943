"""Checks by code: the job before money is spent, the work before anything leaves, the receipt after it left."""

import re

from graph.briefs import ReviewBrief
from graph.contract import Finding, outputs_of
from graph.domain import WorkContext
from graph.errors import ToolFailed
from graph.values import TaskId

from .schemas import Loan, LoanRef, Request
from .wording import dollars

AMOUNT = re.compile(r"\$\d[\d,]*(?:\.\d{2})?")


async def loan_is_the_readers(request: Request, context: WorkContext) -> list[str]:
    """Nobody is told about another reader's loan. Raises `ToolFailed` where the library cannot be asked."""
    try:
        loan = Loan.model_validate(await context.value("get_loan", LoanRef(loan_id=request.loan_id)))
    except ToolFailed as failed:
        if failed.error.code != "not_found":
            raise
        return [f"loan_id: {failed.error.message}; take it from the slip in the book"]
    if loan.reader_email != request.reader_email:
        return [f"loan_id: {loan.id} is no loan of {request.reader_email}; write from the address on your card"]
    return []


def amounts_are_the_fee(brief: ReviewBrief) -> list[Finding]:
    """Every amount in the answer is the fee that was worked out."""
    known = {dollars(fee["cents"]) for fee in outputs_of(brief.results, "work_out_fee")}
    return [
        Finding(check="amounts_are_the_fee", message=f"the answer names {amount}, the fee is {', '.join(known)}")
        for call in brief.calls.values()
        for amount in AMOUNT.findall(call["text"])
        if amount not in known
    ]


def receipt_matches(brief: ReviewBrief) -> list[Finding]:
    """The answer reached whom it was meant for."""
    receipts = {result.task_id: result.output for result in brief.results.values() if result.output}
    return [
        Finding(check="receipt_matches", message=f"{task_id}: meant for {call['to']}, but the receipt does not say so")
        for task_id, call in brief.calls.items()
        if receipts.get(TaskId(task_id), {}).get("to") != call["to"]
    ]
