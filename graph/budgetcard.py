"""The budget's card in words: what is done, what is missing, what was spent on what, and what more would buy."""

from collections.abc import Mapping

from graph.amounts import shown, spent_of
from graph.contract import Budget, Spend
from graph.escalation import Evidence, Question
from graph.state import RunState

HINT = "name other limits in the note, such as usd=0.20"


def raise_impact(question: Question, budget: Budget) -> str:
    """What the option `raise` does, in amounts."""
    rises = [_rise(name, getattr(budget, name), limit) for name, limit in question.limits.items()]
    if not rises:
        return f"The limits stay, what was refused is tried again; {HINT}"
    return f"Raised to {' and '.join(rises)}; {HINT}"


def _rise(name: str, old: float, new: float) -> str:
    return f"{shown(name, new)} (+{shown(name, new - old).split()[0]})"


def budget_facts(question: Question, state: RunState) -> list[Evidence]:
    """Done, missing, and spent on what."""
    done = [task_id for task_id, result in state["results"].items() if result.status == "success"]
    facts = [
        Evidence(text=f"Done: {_listed(done)}", source="run"),
        Evidence(text=f"Missing: {_listed(question.missing)}", source="run"),
        Evidence(text=f"Spent: {_total(state['spend'])}", source="ledger"),
    ]
    if question.spent_on:
        facts.append(Evidence(text=f"Spent on: {_parts(question.spent_on)}", source="ledger"))
    return facts


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing yet"


def _total(spend: Spend) -> str:
    charged = shown("usd", spend.usd_micros / 1_000_000) if spend.usd_micros else "nothing charged"
    worked = f", {shown('seconds', spend.worked)} of work" if spend.worked else ""
    return f"{spend.tokens:,} tokens, {charged}, {shown('calls', spend.calls)}{worked}"


def _parts(spent_on: Mapping[str, Spend]) -> str:
    """Each role's share, the largest first: of the money where any was charged, else of the tokens."""
    name = "usd" if any(part.usd_micros for part in spent_on.values()) else "tokens"
    amounts = {role: spent_of(part)[name] for role, part in spent_on.items()}
    whole = sum(amounts.values()) or 1.0
    ranked = sorted(amounts.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{role} {amount / whole:.0%} ({shown(name, amount).split()[0]})" for role, amount in ranked)
