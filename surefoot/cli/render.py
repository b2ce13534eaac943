"""Runs, timelines and cards as a person reads them."""

from datetime import UTC, datetime

from rich import box
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from graph.amounts import shown
from graph.budget import MICROS_PER_USD
from graph.contract import Spend, Transition
from graph.escalation import Escalation
from graph.jobs import CardView, RunView
from graph.rows import ToolCalled
from graph.schedule import SECOND
from graph.values import Micros
from surefoot.cli.common import out
from surefoot.cli.progress import state_name

COLOURS = {
    "complete": "green", "rejected": "yellow", "failed": "red", "interrupted": "red", "waiting": "magenta",
    "parked": "cyan", "running": "blue", "queued": "blue",
}  # fmt: skip


def status_text(status: str) -> str:
    """A status in its colour."""
    return f"[{COLOURS.get(status, 'white')}]{status}[/]"


def when(at: Micros) -> str:
    """A time in UTC, to the second."""
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def spend_text(spend: Spend) -> str:
    """What a run has spent, in one phrase."""
    price = f"${spend.usd_micros / MICROS_PER_USD:.4f}" if spend.usd_micros else "nothing charged"
    worked = f", {shown('seconds', spend.worked)} of work" if spend.worked else ""
    return f"{spend.tokens:,} tokens, {price}, {shown('calls', spend.calls)}{worked}"


def table(*columns: str) -> Table:
    """The one table style of the command line."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def runs_table(views: list[RunView]) -> None:
    """Runs, newest first."""
    if not views:
        out.print("No runs yet.")
        return
    rows = table("run", "domain", "status", "state", "cause", "updated")
    for view in views:
        cause = view.outcome.cause if view.outcome else view.error or ""
        state = state_name(view.state) if view.state else ""
        rows.add_row(
            view.job.run_id, view.job.domain, status_text(view.status), state, escape(cause), when(view.updated_at)
        )
    out.print(rows)


def run_page(view: RunView, spend: Spend, timeline: list[Transition], calls: list[ToolCalled]) -> None:
    """One run: where it is, how it got there, what it did."""
    out.print(f"run [bold]{view.job.run_id}[/bold]  {view.job.domain}  {status_text(view.status)}")
    for line in verdict_lines(view):
        out.print(line, markup=False)
    out.print(f"spent: {spend_text(spend)}")
    steps = table("#", "from", "to", "why", "at")
    for step in timeline:
        source = "start" if step.source == "__start__" else state_name(step.source)
        steps.add_row(str(step.sequence), source, state_name(step.target), escape(step.reason), when(step.at))
    out.print(steps)
    tools = table("task", "tool", "result", "tries", "seconds")
    for call in calls:
        result = "ok" if call.result.ok else call.result.error.code if call.result.error else "pending"
        tools.add_row(call.task_id, call.call.tool, result, str(call.tries), f"{call.seconds:.3f}")
    out.print(tools)


def verdict_lines(view: RunView) -> list[str]:
    """How it ended, or what to type next."""
    run_id = view.job.run_id
    if view.status == "waiting":
        return [f"waits for a decision: surefoot inbox; surefoot decide {run_id} OPTION"]
    if view.status == "interrupted":
        why = f": {view.error}" if view.error else ": its process ended"
        return [f"interrupted in {state_name(view.state or 'intake')}{why}", f"continue: surefoot resume {run_id}"]
    if view.status == "parked" and view.wake_at:
        return [f"parked until {when(view.wake_at)}", f"continue now: surefoot resume {run_id}"]
    if view.outcome is None:
        return []
    lines = [f"{view.outcome.cause}: {view.outcome.message}"]
    if view.status == "failed" and view.resume_at:
        lines.append(f"failed in {state_name(view.resume_at)}; continue: surefoot resume {run_id}")
    return lines


def inbox_page(cards: list[CardView]) -> None:
    """Open cards, the earliest deadline first."""
    if not cards:
        out.print("Nobody is waiting for a decision.")
    for view in cards:
        out.print(card_panel(view.card))


def card_panel(card: Escalation) -> Panel:
    """A card for a person with one minute."""
    options = table("option", "what it means", "expected impact")
    for option in card.options:
        mark = " (recommended)" if option.id == card.recommended else ""
        mark += " (default)" if option.id == card.default_option else ""
        options.add_row(f"[bold]{option.id}[/bold]{mark}", escape(option.label), escape(option.expected_impact))
    body = Table.grid(padding=(0, 0))
    body.add_row(f"[bold]{escape(card.decision_needed)}[/bold]")
    body.add_row(escape(card.attempted))
    body.add_row(options)
    for fact in card.facts:
        body.add_row(f"· {escape(fact.text)} [dim]({escape(fact.source)})[/dim]")
    body.add_row(f"[dim]{card.default_option} is taken at {when(card.deadline)}; spent {spend_text(card.spent)}[/dim]")
    body.add_row(f"surefoot decide {card.run_id} OPTION")
    return Panel(body, title=f"{card.run_id} · {card.kind.replace('_', ' ')}", title_align="left")
