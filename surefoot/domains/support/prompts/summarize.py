"""Role `summarize`: a run's history for the planner who goes on with it."""

from graph.briefs import Summary, SummaryBrief
from graph.prompt import Example, Prompt

SYSTEM = """\
Summarize the messages of one support run in at most 200 words for the planner who continues it: what was asked, found,
tried, refused and decided. Repeat every pinned fact word for word.
"""

SHORT = Example(
    given=SummaryBrief(
        messages=(
            "customer_email: kim@mail.example, message: SF-20001 came broken. Money back!",
            "Plan 1: refund and tell [facts find_facts(...); quote quote(...)]",
            "Task 1/quote success: order_id: SF-20001, amount_cents: 3990, eligible: False, why: 61 days have passed",
        ),
        pinned=("SF-20001", "3990"),
    ),
    answer=Summary(
        text="Kim (kim@mail.example) asked for money back on SF-20001, which came broken. Plan 1 quoted it: 3990 cents,"
        " not eligible, 61 days have passed."
    ),
)

PROMPT = Prompt(SYSTEM, version=2, examples=(SHORT,))
