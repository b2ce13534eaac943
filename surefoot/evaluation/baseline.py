"""A baseline: how each case stood when somebody last accepted it, as a file for version control."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from graph.errors import BadRequest
from graph.values import Frozen
from surefoot.evaluation.results import CaseResult
from surefoot.evaluation.selection import Drawn

FORMAT: Final = 1


class Baseline(Frozen):
    """Sorted, and without times or run ids, so that a diff shows nothing but change."""

    format: Literal[1] = FORMAT
    domain: str
    drawn: Drawn | None
    """What mutations were drawn from; `None` for the domain's own cases."""
    cases: dict[str, tuple[str, ...]]
    """Case id to what was not as expected, in words."""


class Comparison(Frozen):
    """An evaluation against a baseline, by case ids."""

    newly_failing: tuple[str, ...]
    newly_passing: tuple[str, ...]
    same: int
    new: tuple[str, ...]
    """Run now and not in the baseline."""
    new_failing: tuple[str, ...]
    """Those of the new ones that are not as expected."""
    gone: tuple[str, ...]
    """In the baseline, and no case any more."""
    not_run: int
    """In the baseline, and left out of this evaluation."""

    @property
    def worse(self) -> tuple[str, ...]:
        """Cases that fail and that the baseline does not know to fail."""
        return self.newly_failing + self.new_failing


def baseline_of(domain: str, drawn: Drawn | None, results: Iterable[CaseResult]) -> Baseline:
    """How the cases stand now."""
    cases = {result.id: result.unmet for result in sorted(results, key=lambda result: result.id)}
    return Baseline(domain=domain, drawn=drawn, cases=cases)


def save(baseline: Baseline, file: Path) -> None:
    """Write it. Raises `BadRequest`."""
    text = json.dumps(baseline.model_dump(mode="json"), ensure_ascii=False, indent=1)
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"--save {file}: {error.strerror}; give a file that can be written") from error


def refuse_unwritable(file: Path) -> None:
    """Say before the evaluation what `save` would say after it. Raises `BadRequest`."""
    if file.is_dir():
        raise BadRequest(f"--save {file}: is a folder; give a file")
    if not file.absolute().parent.is_dir():
        raise BadRequest(f"--save {file}: there is no folder {file.parent}; make it first")


def read(file: Path, domain: str, drawn: Drawn | None) -> Baseline:
    """The baseline in a file. Raises `BadRequest` where there is none, or one of other cases."""
    try:
        baseline = Baseline.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadRequest(f"--baseline {file}: {error.strerror}; give a file written by --save") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        raise BadRequest(f"--baseline {file}: {place}: {fault['msg']}; give a file written by --save") from error
    if baseline.domain != domain:
        raise BadRequest(f"--baseline {file}: is of domain {baseline.domain}, not of {domain}; give another file")
    if baseline.drawn != drawn:
        raise BadRequest(f"--baseline {file}: is of {_said(baseline.drawn)}, this evaluation of {_said(drawn)}")
    return baseline


def compare(baseline: Baseline, results: Iterable[CaseResult], known: Iterable[str]) -> Comparison:
    """What changed; `known` are all of the domain's cases, run or not."""
    now: Mapping[str, bool] = {result.id: result.as_expected for result in results}
    before = {name: not complaints for name, complaints in baseline.cases.items()}
    both = [name for name in now if name in before]
    new = [name for name in now if name not in before]
    gone = sorted(set(before) - set(known) - set(now))
    return Comparison(
        newly_failing=tuple(name for name in both if before[name] and not now[name]),
        newly_passing=tuple(name for name in both if now[name] and not before[name]),
        same=sum(before[name] == now[name] for name in both),
        new=tuple(new),
        new_failing=tuple(name for name in new if not now[name]),
        gone=tuple(gone),
        not_run=len(before) - len(both) - len(gone),
    )


def _said(drawn: Drawn | None) -> str:
    if drawn is None:
        return "the domain's own cases"
    seed = "the domain's seed" if drawn.seed is None else f"seed {drawn.seed}"
    return f"{drawn.count} mutations from {seed}"
