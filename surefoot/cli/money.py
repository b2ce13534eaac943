"""Costs as a person reads them: sums, estimates, proposed limits."""

from collections.abc import Iterable, Sequence

from rich.markup import escape
from rich.table import Table

from graph.amounts import shown
from graph.contract import Budget
from graph.costs import CallView, CostLine, CostsBy
from graph.rows import Alerted
from surefoot.cli.common import out
from surefoot.cli.render import table, when
from surefoot.costs.estimate import Estimate, Likely
from surefoot.costs.suggestion import Suggestion

LIMITS = {"tokens": "tokens", "usd": "dollars", "calls": "model calls", "seconds": "seconds of work"}


def figures(name: str, *columns: str) -> Table:
    """A table of figures: the first column names them, the others stand to the right."""
    made = table(name, *columns)
    for column in made.columns[1:]:
        column.justify, column.no_wrap = "right", True
    return made


def price(usd_micros: int, unpriced: int, calls: int) -> str:
    """Dollars, or why there are none: nothing is told as free that only has no known price."""
    if unpriced >= calls > 0:
        return "unpriced"
    if unpriced:
        return f"${usd_micros / 1_000_000:.4f} +?"
    return f"${usd_micros / 1_000_000:.4f}" if usd_micros else "free"


def calls_table(calls: Sequence[CallView]) -> None:
    """One run's model calls by state and role, with totals."""
    if not calls:
        out.print("No model was asked.")
        return
    rows = figures("state", "role", "calls", "tokens", "cached", "dollars", "seconds")
    rows.columns[1].justify = "left"
    for state, role in dict.fromkeys((call.state, call.role) for call in calls):
        some = [call for call in calls if (call.state, call.role) == (state, role)]
        rows.add_row(escape(state or "-"), role, *_sums(some))
    rows.add_section()
    rows.add_row("[bold]all[/]", "", *_sums(calls))
    out.print(rows)
    for line in _remarks(calls):
        out.print(line, markup=False)


def _sums(calls: Sequence[CallView]) -> tuple[str, ...]:
    mark = "~" if any(call.estimated for call in calls) else ""
    unpriced = sum(not call.priced for call in calls)
    return (
        str(len(calls)),
        f"{mark}{sum(call.tokens for call in calls):,}",
        f"{sum(call.cached_tokens for call in calls):,}",
        price(sum(call.usd_micros for call in calls), unpriced, len(calls)),
        f"{sum(call.seconds for call in calls):.1f}",
    )


def _remarks(calls: Sequence[CallView]) -> Iterable[str]:
    """Which models answered, what went wrong, and what the marks mean."""
    models = dict.fromkeys(call.model for call in calls if call.model)
    if models:
        yield f"models: {', '.join(f'{name} ({sum(call.model == name for call in calls)})' for name in models)}"
    troubles = [call for call in calls if call.outcome != "ok"]
    kinds = dict.fromkeys(call.outcome for call in troubles)
    if troubles:
        told = ", ".join(f"{sum(call.outcome == kind for call in troubles)} {kind}" for kind in kinds)
        yield f"without an answer that could be used: {told}"
    yield from notes(
        estimated=sum(call.estimated for call in calls),
        unpriced=sum(not call.priced for call in calls),
        unknown=sum(call.outcome == "unknown" for call in calls),
    )


def notes(*, estimated: int, unpriced: int, unknown: int) -> Iterable[str]:
    """What the marks in a table of costs mean."""
    if estimated:
        yield f"~ {_calls(estimated)} counted by us: the endpoint reported no usage, or the call never came back"
    if unknown:
        yield f"{_calls(unknown)} charged in full: nobody knows what became of them"
    if unpriced:
        yield f"{_calls(unpriced)} without a known price: their tokens count, dollars cannot; see SUREFOOT_PRICES"


def _calls(number: int) -> str:
    return f"{number} call{'' if number == 1 else 's'}"


def costs_table(lines: Sequence[CostLine], by: CostsBy) -> None:
    """Sums by whatever was asked for, with a total."""
    if not lines:
        out.print("No model calls yet.")
        return
    rows = figures(by, "runs", "calls", "tokens", "cached", "dollars", "seconds")
    for line in lines:
        mark = "~" if line.estimated else ""
        charged = price(line.usd_micros, line.unpriced, line.calls)
        rows.add_row(
            escape(line.key or "-"), f"{line.runs:,}", f"{line.calls:,}", f"{mark}{line.tokens:,}",
            f"{line.cached_tokens:,}", charged, f"{line.seconds:,.1f}",
        )  # fmt: skip
    rows.add_section()
    rows.add_row("[bold]all[/]", "", *_totals(lines))
    out.print(rows)
    parts = ("estimated", "unpriced", "unknown")
    for told in notes(**{part: sum(getattr(line, part) for line in lines) for part in parts}):
        out.print(told, markup=False)


def _totals(lines: Sequence[CostLine]) -> tuple[str, ...]:
    """Runs are left out: one run has many models, states and roles."""
    micros, calls = sum(line.usd_micros for line in lines), sum(line.calls for line in lines)
    return (
        f"{calls:,}",
        f"{sum(line.tokens for line in lines):,}",
        f"{sum(line.cached_tokens for line in lines):,}",
        price(micros, sum(line.unpriced for line in lines), calls),
        f"{sum(line.seconds for line in lines):,.1f}",
    )


def estimate_page(found: Estimate) -> None:
    """What a job will likely cost, and what that is known from."""
    kind = f" of kind {found.kind}" if found.kind else ""
    if found.runs:
        out.print(
            f"{found.domain}: as {found.runs} finished run{'' if found.runs == 1 else 's'}{kind} did", markup=False
        )
    else:
        out.print(f"{found.domain}: no finished run yet; a guess from the size of the planning prompt", markup=False)
    rows = figures("", "half stay under", "95 of 100 under", "budget")
    for name, label in LIMITS.items():
        likely: Likely | None = getattr(found, name)
        if likely is None and name == "seconds":
            continue
        rows.add_row(label, *_range(name, likely), _limit(name, found.budget))
    out.print(rows)
    out.print(f"The breaker trips at {found.budget.alert_at:.0%} of a limit. Nothing was run.")


def _range(name: str, likely: Likely | None) -> tuple[str, str]:
    if likely is None:
        return "unpriced", "unpriced"
    p95 = "" if likely.p95 is None else _amount(name, likely.p95)
    return _amount(name, likely.median), p95


def _amount(name: str, amount: float) -> str:
    if name == "usd":
        return shown("usd", amount) if amount else "free"
    return f"{amount:,.1f}" if name == "seconds" else f"{amount:,.0f}"


def _limit(name: str, budget: Budget) -> str:
    limit = getattr(budget, name)
    return "no limit" if limit is None else shown(name, limit).split()[0]


def suggestion_page(found: Suggestion) -> None:
    """Proposed limits beside the present ones."""
    out.print(f"{found.domain}: limits from {found.runs} finished runs", markup=False)
    rows = figures("", "half stay under", "99 of 100 under", "suggested", "now")
    for name, proposal in found.limits.items():
        now = "no limit" if proposal.now is None else _amount(name, proposal.now)
        amounts = (proposal.median, proposal.p99, proposal.limit)
        rows.add_row(LIMITS[name], *(_amount(name, amount) for amount in amounts), now)
    out.print(rows)
    out.print("suggested: the 99th percentile times 1.5, rounded up. Start there, widen as you validate.")
    if found.cut_short:
        out.print(f"{found.cut_short} of the runs were cut short by their budget: their like may need more.")
    out.print(f"In the domain: budget={found.python()}", markup=False)


def alerts_lines(alerts: Sequence[Alerted]) -> None:
    """What somebody should look at."""
    for alert in alerts:
        out.print(f"alert {when(alert.at)} {alert.kind}: {alert.message}", markup=False)
