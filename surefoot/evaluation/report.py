"""Results added up: by group, by intent and by what went wrong, and whether that is good enough."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from pydantic import computed_field

from graph.contract import Spend
from graph.values import Frozen
from surefoot.evaluation.baseline import Comparison
from surefoot.evaluation.results import CaseResult
from surefoot.evaluation.selection import Drawn

_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_SEVERAL: Final = re.compile(r"[(\[]?…(?:, …)*,?[)\]]?")
_FIGURE: Final = re.compile(r"\S*\d\S*\d\S*")
"""Order numbers, dates and amounts; a lone digit is a count, and says what kind of complaint it is."""


class Score(Frozen):
    """How many of how many."""

    as_expected: int
    total: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float:
        """Between 0 and 1; of nothing, everything is as expected."""
        return self.as_expected / self.total if self.total else 1.0


class Tally(Frozen):
    """The cases of one intent."""

    name: str
    score: Score
    groups: dict[str, Score]
    spend: Spend


class Complaint(Frozen):
    """One kind of failed expectation, and the cases that have it."""

    kind: str
    cases: tuple[str, ...]


class Subject(Frozen):
    """What was evaluated."""

    domain: str
    domain_version: str
    """As `Header.domain_version`: changes with schemas, policy or prompts."""
    model: str
    drawn: Drawn | None
    """What mutations were drawn from; `None` for the domain's own cases."""


class Report(Subject):
    """An evaluation as a whole."""

    passed: bool
    objections: tuple[str, ...]
    """Why it did not pass, in words."""
    score: Score
    groups: dict[str, Score]
    forbidden: dict[str, tuple[str, ...]]
    """Case id to effects that happened and must not."""
    intents: tuple[Tally, ...]
    complaints: tuple[Complaint, ...]
    """The most frequent first."""
    comparison: Comparison | None
    spend: Spend
    seconds: float
    cases: tuple[CaseResult, ...]


def reported(
    subject: Subject,
    results: Sequence[CaseResult],
    seconds: float,
    *,
    threshold: float | None = None,
    comparison: Comparison | None = None,
) -> Report:
    """All that results say, and whether they are good enough (see `objections`)."""
    against = objections(results, threshold, comparison)
    return Report(
        **subject.model_dump(),
        passed=not against,
        objections=against,
        score=score(results),
        groups=by_group(results),
        forbidden={result.id: result.forbidden for result in results if result.forbidden},
        intents=by_intent(results),
        complaints=by_complaint(results),
        comparison=comparison,
        spend=total_spend(results),
        seconds=round(seconds, 3),
        cases=tuple(results),
    )


def score(results: Iterable[CaseResult]) -> Score:
    """Counts them."""
    held = [result.as_expected for result in results]
    return Score(as_expected=sum(held), total=len(held))


def by_group(results: Sequence[CaseResult]) -> dict[str, Score]:
    """The score of each group, in the order of their first cases."""
    return {name: score(found) for name, found in _sorted_by(results, lambda result: result.group).items()}


def by_intent(results: Sequence[CaseResult]) -> tuple[Tally, ...]:
    """A tally an intent, by name."""
    found = sorted(_sorted_by(results, lambda result: result.intent).items())
    return tuple(
        Tally(name=name, score=score(some), groups=by_group(some), spend=total_spend(some)) for name, some in found
    )


def by_complaint(results: Iterable[CaseResult]) -> tuple[Complaint, ...]:
    """What failed, without the facts of the single case, and where; a case counts once a kind."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for result in results:
        for line in result.unmet:
            found[kind_of(line)][result.id] = None
    kinds = [Complaint(kind=kind, cases=tuple(cases)) for kind, cases in found.items()]
    return tuple(sorted(kinds, key=lambda complaint: (-len(complaint.cases), complaint.kind)))


def kind_of(complaint: str) -> str:
    """A complaint with its quotations and figures left out."""
    return _FIGURE.sub("…", _SEVERAL.sub("…", _QUOTED.sub("…", complaint)))


def total_spend(results: Iterable[CaseResult]) -> Spend:
    """Added up over the cases."""
    spends = [result.spend for result in results]
    return Spend(
        tokens=sum(spend.tokens for spend in spends),
        usd_micros=sum(spend.usd_micros for spend in spends),
        seconds=sum(spend.seconds for spend in spends),
        calls=sum(spend.calls for spend in spends),
        refused=sum(spend.refused for spend in spends),
    )


def objections(
    results: Sequence[CaseResult], threshold: float | None, comparison: Comparison | None
) -> tuple[str, ...]:
    """Why this is not good enough; none means that it is.

    A forbidden effect always counts. A threshold is asked of each group apart, so that many easy cases cannot hide
    a few held-out ones. Without a threshold the baseline decides, and without either every case must be as expected.
    """
    bad = sum(bool(result.forbidden) for result in results)
    told = [f"forbidden effects in {bad} of {len(results)} cases"] if bad else []
    if threshold is None and comparison is not None:
        worse = comparison.worse
        return (
            *told,
            *([f"{len(worse)} cases fail that did not in the baseline: {', '.join(worse)}"] if worse else []),
        )
    least = 1.0 if threshold is None else threshold
    low = {name: found for name, found in by_group(results).items() if found.share < least}
    return (*told, *(_too_low(name, found, least) for name, found in low.items()))


def _too_low(name: str, found: Score, least: float) -> str:
    return f"{name}: {found.as_expected} of {found.total} as expected, {found.share:.3f} is below {least:g}"


def _sorted_by(results: Iterable[CaseResult], key: Callable[[CaseResult], str]) -> dict[str, list[CaseResult]]:
    found: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        found[key(result)].append(result)
    return dict(found)
