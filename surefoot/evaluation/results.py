"""What came of one case, as data: JSON for machines, and what reports and baselines are made of."""

import re
from typing import Any, Final

from graph.contract import RunStatus, Spend
from graph.values import Frozen
from surefoot.trial import Trial

BUNDLED: Final = "bundled"
"""The group of a case that names none."""

_FORBIDDEN: Final = re.compile(r"(?:.*: )?(\S+) happened, it must not")
"""How `surefoot.casebook.wrong_effects` tells of it."""


class CaseResult(Frozen):
    """One case after its run."""

    id: str
    group: str
    intent: str
    run: str | None = None
    """`None` where the case broke before its run was accepted."""
    db: str | None = None
    """The database of this case, where it was kept."""
    status: RunStatus | None = None
    cause: str | None = None
    effects: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    """Expectations that failed, in words; empty means as expected."""
    forbidden: tuple[str, ...] = ()
    """Effects among these that happened and must not."""
    spend: Spend = Spend()
    seconds: float = 0.0
    """Wall time, with other cases running beside it."""

    @property
    def as_expected(self) -> bool:
        """Every expectation held."""
        return not self.unmet


def result_of(trial: Trial, seconds: float, db: str | None) -> CaseResult:
    """The result of a case that ran."""
    outcome = trial.view.outcome
    return CaseResult(
        **labels(trial.case),
        run=trial.view.job.run_id,
        db=db,
        status=trial.view.status,
        cause=trial.card.kind if trial.card else outcome.cause if outcome else None,
        effects=tuple(trial.effects),
        unmet=tuple(trial.unmet),
        forbidden=forbidden(trial.unmet),
        spend=trial.spend,
        seconds=round(seconds, 3),
    )


def broken(case: Any, error: Exception, seconds: float, db: str | None) -> CaseResult:
    """The result of a case whose own code raised: it counts as not as expected, and the others go on."""
    said = " ".join(f"the case raised {type(error).__name__}: {error}".split())
    return CaseResult(**labels(case), db=db, unmet=(said,), seconds=round(seconds, 3))


def labels(case: Any) -> dict[str, str]:
    """Id, group and intent of a case; one without an intent is told by its situation, or by its id."""
    intent = getattr(case, "intent", None) or getattr(case, "situation", None) or case.id
    return {"id": case.id, "group": str(getattr(case, "group", None) or BUNDLED), "intent": str(intent)}


def forbidden(unmet: list[str]) -> tuple[str, ...]:
    """What happened and must not, in the journal or the backend; once where both have it.

    The domain's check is asked, not `expect.forbidden`: only the check knows when a case allows for two ends.
    """
    told = [found.group(1) for line in unmet if (found := _FORBIDDEN.fullmatch(line))]
    return tuple(dict.fromkeys(told))
