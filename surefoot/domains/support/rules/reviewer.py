"""Review and summary by rule."""

import re
from typing import Final

from graph.briefs import ReviewBrief, ReviewVerdict, Summary, SummaryBrief
from graph.contract import outputs_of
from surefoot.domains.support.rules.phrases import ENGLISH

ABOUT_PAGES: Final = ENGLISH["no_article"]
LAW: Final = re.compile(
    r"\b(?:lawyers?|attorney|solicitor|court|sue|legal (?:action|steps)|anwalt|gericht|abogado|avocat|tribunal)\b",
    re.IGNORECASE,
)

LONGEST_SUMMARY = 4_000
LONGEST_LINE = 120


def review(brief: ReviewBrief) -> ReviewVerdict:
    """Judgement beyond the checks by code, which have passed before this is asked: a letter must be on its way."""
    unanswered = [draft for draft in outputs_of(brief.results, "draft_reply")[:1] if ABOUT_PAGES in draft["text"]]
    if unanswered:
        return ReviewVerdict(verdict="escalate", reason="the help pages do not answer what the customer asks")
    if LAW.search(str(brief.request["message"])) and _refuses(brief):
        return ReviewVerdict(
            verdict="escalate", reason="a refusal to somebody who speaks of the law is a person's to send"
        )
    delivers = [task.worker for task in brief.plan.tasks if task.stage == "deliver"]
    done = [effect.tool for effect in brief.effects]
    if "send_reply" in [*delivers, *done]:
        return ReviewVerdict(verdict="pass", reason="the checks by code found nothing and the customer is answered")
    return ReviewVerdict(verdict="escalate", reason="the plan would leave the customer without an answer")


def _refuses(brief: ReviewBrief) -> bool:
    """Whether the letter says no to anything that was asked for."""
    purposes = [part["purpose"] for task in brief.plan.tasks for part in task.input.get("parts", ())]
    return any(purpose.startswith("no_") for purpose in purposes)


def summarize(brief: SummaryBrief) -> Summary:
    """The pinned facts word for word, then the first line of each message while there is room."""
    firsts = (message.strip().splitlines()[0][:LONGEST_LINE] for message in brief.messages if message.strip())
    return Summary(text="\n".join([*brief.pinned, *firsts])[:LONGEST_SUMMARY])
