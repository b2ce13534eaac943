"""What may happen, decided from the exact call and the facts found: no word of a reader or a model counts."""

from collections.abc import Mapping

from graph.contract import TaskResult, outputs_of
from graph.domain import Basis, CallStory, Decision, Policy
from graph.escalation import Evidence
from graph.toolcall import ToolCall

from .wording import dollars

FEE_A_DAY_CENTS = 25
FEE_FOR_A_PERSON_CENTS = 1_000
"""An answer that names a higher fee is a person's to send."""


def judge(call: ToolCall, basis: Basis) -> Decision:
    """Allow, ask or deny one exact answer."""
    drafts = outputs_of(basis.results, "write_answer")
    if not drafts or call.args["text"] != drafts[0]["text"]:
        return Decision("deny", "the answer is not the one that was written and reviewed")
    if call.args["to"] != basis.request["reader_email"]:
        return Decision("deny", "the answer would go to somebody else than the reader who asked")
    fee = outputs_of(basis.results, "work_out_fee")[0]["cents"]
    if fee > FEE_FOR_A_PERSON_CENTS:
        return Decision("ask", f"A fee of {dollars(fee)} is above {dollars(FEE_FOR_A_PERSON_CENTS)}.")
    return Decision("allow", "the reviewed answer, to the reader, with a small fee or none")


def tell(call: ToolCall, results: Mapping[str, TaskResult]) -> CallStory:
    """The proposed answer, for a person with one minute."""
    fee = outputs_of(results, "work_out_fee")[0]
    late = Evidence(text=f"{fee['days_late']} days late, {dollars(fee['cents'])}", source="get_loan")
    return CallStory(
        attempted=f"Answer {call.args['to']} about loan {call.args['loan_id']}: {call.args['text']}",
        if_approved="The reader gets this answer.",
        if_declined="The reader gets no answer from the agent.",
        facts=(late,),
    )


POLICY = Policy(
    gates={("read", "none"): "free", ("irreversible", "customer"): "reviewed"},
    judge=judge,
    numbers={"fee_a_day_cents": FEE_A_DAY_CENTS, "fee_for_a_person_cents": FEE_FOR_A_PERSON_CENTS},
)
