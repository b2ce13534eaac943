"""Cards for people, built by code from facts: what was tried, what to decide, what each option leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graph.answers import markdown
from graph.budget import MICROS_PER_USD
from graph.budgetcard import budget_facts, raise_impact
from graph.domain import CallStory, Domain
from graph.escalation import Escalation, Evidence, Option, Question, QuestionKind
from graph.schedule import SECOND
from graph.state import RunState
from graph.states import NodeName
from graph.toolcall import ToolCall
from graph.values import Micros

MOST_FACTS: Final = 7
MOST_WORDS: Final = 150
"""On a whole card: what a person reads in a minute."""
SHARES: Final[Mapping[str, int]] = {"attempted": 38, "decision_needed": 30, "impact": 18, "fact": 20}
"""Words of one text at most on a card that would be too long; facts get what is left."""
NO_BRACES: Final = str.maketrans("{}", "()")


@dataclass(frozen=True)
class Choice:
    """One option of a kind of card."""

    id: str
    label: str
    impact: str
    leads_to: NodeName | None
    """`None` leads back to the state that asked."""


STOP: Final = Choice("stop", "Stop here", "Nothing more is done; the customer is not answered by the agent", "rejected")
GIVE_UP: Final = Choice("stop", "Give up", "The run ends as failed, with all it found kept", "failed")

CHOICES: Final[Mapping[QuestionKind, tuple[Choice, ...]]] = {
    "plan_approval": (
        Choice("approve", "Run this plan", "The plan runs as shown", "executing"),
        Choice("decline", "Plan differently", "The planner tries again, told of your note", "planning"),
        STOP,
    ),
    "effect_approval": (
        Choice("approve", "Approve exactly this", "The call is made exactly as shown", "executing"),
        STOP,
        Choice("decline", "Decline it", "The planner goes on without it", "planning"),
    ),
    "planner_gave_up": (
        Choice("retry", "Let it plan again", "Up to four more attempts are paid for", "planning"),
        STOP,
    ),
    "review_failed": (
        Choice("accept", "Accept the work", "The work goes on to delivery, policy still applies", "reviewing"),
        Choice("revise", "Ask for changes", "The planner revises, told of your note", "revising"),
        STOP,
    ),
    "revisions_exhausted": (
        Choice("retry", "One more revision", "The planner revises once more, told of your note", "planning"),
        STOP,
    ),
    "task_needs_human": (
        Choice("answer", "Answer in the note", "The planner goes on with your answer", "planning"),
        STOP,
    ),
    "tasks_exhausted": (
        Choice("retry", "Try the task again", "It gets a fresh set of attempts", "executing"),
        Choice("replan", "Plan around it", "The planner looks for another way", "planning"),
        GIVE_UP,
    ),
    "unknown_outcome": (
        Choice("it_happened", "It did happen", "The effect counts as done and is not repeated", "executing"),
        Choice("did_not", "It did not happen", "It is made again, once no lost call can arrive", "executing"),
        Choice("check_again", "Check again and tell", "It is looked up again, and nothing is repeated", "executing"),
        GIVE_UP,
    ),
    "receipt_mismatch": (
        Choice("accept", "Accept as delivered", "The run completes with the receipts as they are", "complete"),
        GIVE_UP,
    ),
    "budget": (
        Choice("raise", "Raise the budget", "The run goes on where it was, with higher limits", None),
        Choice("simplify", "Send the simple answer", "A short answer from the facts at hand is reviewed", "reviewing"),
        STOP,
    ),
}
"""Recommended first, the safe default last."""


def card_for(question: Question, state: RunState, domain: Domain, now: Micros) -> Escalation:
    """The card of a question; its id depends only on the run and the question's number."""
    choices = _offered(question, domain)
    stories = [_story(domain, call, state) for call in question.calls]
    card = Escalation(
        id=f"{state['header'].run_id}-{len(state['answers']) + 1}",
        run_id=state["header"].run_id,
        kind=question.kind,
        attempted=_plain(" ".join(story.attempted for story in stories) or _attempted(state)),
        decision_needed=_plain(question.message),
        options=tuple(_option(choice, question, domain, stories, state) for choice in choices),
        recommended=choices[0].id,
        default_option=choices[-1].id,
        deadline=Micros(now + int(domain.policy.decide_within_seconds * SECOND)),
        spent=state["spend"],
    )
    short = card if _words(card) < MOST_WORDS else _shortened(card)
    return short.model_copy(update={"facts": _fitting(_facts(question, state, stories), short)})


def _shortened(card: Escalation) -> Escalation:
    options = [
        option.model_copy(update={"expected_impact": _clipped(option.expected_impact, "impact")})
        for option in card.options
    ]
    texts = {name: _clipped(getattr(card, name), name) for name in ("attempted", "decision_needed")}
    return card.model_copy(update={**texts, "options": tuple(options)})


def _fitting(facts: list[Evidence], card: Escalation) -> tuple[Evidence, ...]:
    """The first facts, as many as the card has room for."""
    fitting: list[Evidence] = []
    left = MOST_WORDS - _words(card)
    for fact in facts[:MOST_FACTS]:
        clipped = fact.model_copy(update={"text": _clipped(_plain(fact.text), "fact")})
        left -= len(f"- {clipped.text} ({clipped.source})".split())
        if left <= 0:
            break
        fitting.append(clipped)
    return tuple(fitting)


def _words(card: Escalation) -> int:
    return len(markdown(card).split())


def _plain(text: str) -> str:
    return text.translate(NO_BRACES)


def _clipped(text: str, what: str) -> str:
    words, most = text.split(), SHARES[what]
    return text if len(words) <= most else " ".join([*words[: most - 1], "…"])


def _offered(question: Question, domain: Domain) -> tuple[Choice, ...]:
    """The kind's choices; a simplified answer only where the domain has one."""
    choices = CHOICES[question.kind]
    return tuple(each for each in choices if each.id != "simplify" or domain.simplify is not None)


def _option(choice: Choice, question: Question, domain: Domain, stories: list[CallStory], state: RunState) -> Option:
    if choice.id == "raise":
        impact = raise_impact(question, state["header"].budget)
        return Option(
            id=choice.id,
            label=choice.label,
            expected_impact=impact,
            leads_to=question.asked_by,
            fields=question.limits,
        )
    impact = domain.impacts.get((question.kind, choice.id), choice.impact)
    told = {"approve": " ".join(story.if_approved for story in stories),
            "decline": " ".join(story.if_declined for story in stories)}  # fmt: skip
    leads_to = choice.leads_to or question.asked_by
    impact = _plain(told.get(choice.id) or impact)
    return Option(id=choice.id, label=choice.label, expected_impact=impact, leads_to=leads_to)


def _story(domain: Domain, call: ToolCall, state: RunState) -> CallStory:
    if domain.tell is not None:
        return domain.tell(call, state["results"])
    args = ", ".join(f"{name} {value}" for name, value in call.args.items())
    return CallStory(f"Call {call.tool} with {args}.", f"{call.tool} is done.", f"{call.tool} is not done.")


def _attempted(state: RunState) -> str:
    done = sum(result.status == "success" for result in state["results"].values())
    plan = state["plan"]
    what = f"Plan {plan.number}: {plan.summary or 'no summary'}. " if plan else "No plan was accepted yet. "
    return f"{what}{done} of {len(state['results'])} tasks succeeded."


def _facts(question: Question, state: RunState, stories: list[CallStory]) -> list[Evidence]:
    if question.kind == "budget":
        return budget_facts(question, state)
    facts = _notes(question, state)
    facts += [fact for story in stories for fact in story.facts]
    facts += [Evidence(text=finding.message, source=f"check {finding.check}") for finding in question.findings]
    facts += [Evidence(text=fault.message, source="plan check") for fault in question.faults]
    if question.task and (result := state["results"].get(question.task)) and result.error:
        facts.append(Evidence(text=result.error.message, source=f"task {question.task}"))
    return [*facts, *_standing(state)]


def _notes(question: Question, state: RunState) -> list[Evidence]:
    """What was said before about the same effect, newest first."""
    if question.effect_key is None:
        return []
    earlier = [answered for answered in state["answers"] if answered.question.effect_key == question.effect_key]
    said = [answered.answer for answered in reversed(earlier) if answered.answer.note]
    return [Evidence(text=answer.note, source=answer.actor) for answer in said]


def _standing(state: RunState) -> list[Evidence]:
    spend = state["spend"]
    charged = f"${spend.usd_micros / MICROS_PER_USD:.4f}" if spend.usd_micros else "nothing charged"
    counts = [
        (f"{_counted(len(state['results']), 'task')} tried under {_counted(state['plan_number'], 'plan')}", "run"),
        (f"{spend.tokens:,} tokens, {charged}, {_counted(spend.calls, 'model call')}", "ledger"),
        (f"{_counted(state['revisions'], 'revision')} asked for so far", "run"),
    ]
    return [Evidence(text=text, source=source) for text, source in counts]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
