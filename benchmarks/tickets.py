"""The demo's ten tickets as the kill test plays them: what is typed, and what must have come of it.

Two have a second act: the refund that waits for a person is approved, and the shop that was down is mended.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.evidence import Standing
from surefoot.domains.support.cases import Case, arm, check_case, load_cases, redraw
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.rehearsal import recover
from surefoot.domains.support.tickets import Expectation
from surefoot.settings import Settings

MODULE: Final = "benchmarks.slow_support"
DB: Final = "surefoot.db"
TEN: Final = 10
"""The first ten tickets between them reach every state."""


@dataclass(frozen=True)
class Act:
    """One thing a person types, and the rest that the run must come to."""

    case: Case
    words: tuple[str, ...]
    """The command line; `{run}` and `{request}` are filled in."""
    prepare: Callable[[Path], None]
    """Sets the stage in the domain's folder."""

    def unmet(self, found: Standing, folder: Path) -> list[str]:
        """Every expectation that failed, the shop asked as well."""
        outcome = found.outcome or {}
        return check_case(
            self.case,
            found.status,
            outcome.get("cause"),
            found.waiting_kind,
            outcome.get("data", {}).get("reply"),
            list(found.effects),
            folder=folder,
        )


@dataclass(frozen=True)
class Ticket:
    """A ticket and its acts."""

    case: Case
    domain: str
    acts: tuple[Act, ...]

    def data(self, folder: Path) -> Path:
        """Where the domain keeps its files, for a database in `folder`."""
        return Settings(db=folder / DB).data_folder(self.domain)

    def written(self, folder: Path) -> Path:
        """The request as a file."""
        path = folder / "request.json"
        path.write_text(json.dumps(self.case.request), encoding="utf-8")
        return path


def tickets(seed: int) -> Iterator[Ticket]:
    """The ten tickets with customers and orders drawn by the seed."""
    for known in load_cases()[:TEN]:
        case = redraw(known, seed)
        domain = f"{MODULE}:{'tight' if case.budget else 'domain'}"
        yield Ticket(case, domain, (_first(case, domain), *_second(case)))


def _first(case: Case, domain: str) -> Act:
    return Act(_as_killed(case), ("run", domain, "{request}"), lambda folder: arm(case, folder))


def _as_killed(case: Case) -> Case:
    """A killed call is charged in full, so that a tight budget may be gone before any fact is known."""
    if not case.budget:
        return case
    ends = case.expect.model_copy(update={"reply_contains": ("Thank you for your message",)})
    return case.model_copy(update={"expect": ends})


def _second(case: Case) -> Iterator[Act]:
    if case.expect.status == "waiting":
        ends = Expectation(status="complete", cause="done", effects=("issue_refund", "add_note", "send_reply"))
        yield Act(case.model_copy(update={"expect": ends}), ("decide", "{run}", "approve"), lambda _: None)
    if case.expect.status == "failed":
        ends = Expectation(status="complete", cause="done", effects=("send_reply",), forbidden=("issue_refund",))
        yield Act(case.model_copy(update={"expect": ends}), ("resume", "{run}"), _mend)


def _mend(folder: Path) -> None:
    recover(open_shop(folder / "shop.db"))
