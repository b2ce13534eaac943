"""What models are told, a file each. Prompts say what is wanted; policy and checks decide what is allowed."""

from collections.abc import Mapping

from graph.prompt import Prompt
from surefoot.domains.support.prompts import draft_reply, investigate, plan, review, summarize

PROMPTS: Mapping[str, Prompt] = {
    "plan": plan.PROMPT,
    "work:investigate": investigate.PROMPT,
    "work:draft_reply": draft_reply.PROMPT,
    "review": review.PROMPT,
    "summarize": summarize.PROMPT,
}
