"""The offline model of this domain: deterministic rules, role by role, that stand in where no model is configured."""

from graph.domain import RuleModel
from surefoot.domains.support.rules.drafts import draft
from surefoot.domains.support.rules.looking import investigate
from surefoot.domains.support.rules.planner import plan
from surefoot.domains.support.rules.reviewer import review, summarize

RULES: RuleModel = {
    "plan": plan, "work:investigate": investigate, "work:draft_reply": draft, "review": review, "summarize": summarize,
}  # fmt: skip
