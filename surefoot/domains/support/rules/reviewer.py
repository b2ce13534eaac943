"""Review and summary by rule."""

from graph.briefs import ReviewBrief, ReviewVerdict, Summary, SummaryBrief

LONGEST_SUMMARY = 4_000
LONGEST_LINE = 200


def review(brief: ReviewBrief) -> ReviewVerdict:
    """Judgement beyond the checks by code, which have passed before this is asked: a letter must be on its way."""
    delivers = [task.worker for task in brief.plan.tasks if task.stage == "deliver"]
    done = [effect.tool for effect in brief.effects]
    if "send_reply" in [*delivers, *done]:
        return ReviewVerdict(verdict="pass", reason="the checks by code found nothing and the customer is answered")
    return ReviewVerdict(verdict="escalate", reason="the plan would leave the customer without an answer")


def summarize(brief: SummaryBrief) -> Summary:
    """The pinned facts word for word, then the first line of each message while there is room."""
    firsts = (message.strip().splitlines()[0][:LONGEST_LINE] for message in brief.messages if message.strip())
    return Summary(text="\n".join([*brief.pinned, *firsts])[:LONGEST_SUMMARY])
