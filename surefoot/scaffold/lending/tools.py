"""Verbs on the library, each marked with what it may do to the world."""

from graph.domain import EffectIdentity, Tool
from graph.errors import ToolFailed
from graph.toolcall import ToolError

from .library import Library
from .schemas import Loan, LoanRef, SendAnswer, Sent


def tools(library: Library) -> tuple[Tool, Tool]:
    """The two tools: one looks up, one sends."""

    def get_loan(given: LoanRef) -> Loan:
        loan = library.loan(given.loan_id)
        if loan is None:
            unknown = f"there is no loan {given.loan_id}"
            raise ToolFailed(ToolError(code="not_found", message=unknown, hint="take the number from the request"))
        return loan

    def send_answer(given: SendAnswer, key: str) -> Sent:
        return library.send(given, key)

    return (
        Tool("get_loan", "Look a loan up.", LoanRef, Loan, get_loan),
        Tool(
            "send_answer", "Send the reader the answer.", SendAnswer, Sent, send_answer,
            effect="irreversible", stakes="customer", identity=EffectIdentity(("loan_id",)), honours_keys=True,
        ),
    )  # fmt: skip
