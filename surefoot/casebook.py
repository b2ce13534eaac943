"""Cases with expectations: what a domain's cases look like, and how a run is held against one.

A domain has cases as soon as `cases.jsonl` lies beside it, one `Case` a line. A module `cases` beside it takes over
where a case needs more: a backend to prepare, a check of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import Field, ValidationError

from graph.errors import BadRequest
from graph.values import Frozen, Json


class Expectation(Frozen):
    """What must be true when the run has come to rest."""

    status: Literal["complete", "rejected", "failed", "waiting"]
    cause: str | None = None
    waiting_kind: str | None = Field(default=None, description="the kind of the open card")
    effects: tuple[str, ...] = Field(default=(), description="tools whose effect happened, each exactly once")
    forbidden: tuple[str, ...] = Field(default=(), description="tools whose effect must not happen")
    reply_contains: tuple[str, ...] = Field(default=(), description="texts in the outcome's `reply`")
    reply_lacks: tuple[str, ...] = ()


class Case(Frozen):
    """One job, and what is expected of its run."""

    id: str
    title: str
    request: Json
    expect: Expectation
    budget: dict[str, float | str] = Field(default_factory=dict, description="fields of Budget, for RunContext")


class Cases(Protocol):
    """What runs a domain's cases: a module `cases`, or a `Casebook`."""

    def load_cases(self) -> Sequence[Any]:
        """Every case; each has at least the fields of `Case`."""
        ...

    def arm(self, case: Any, folder: Path) -> None:
        """Prepare the backend in the domain's folder for this case alone."""
        ...

    def check_case(  # noqa: PLR0913, PLR0917 all that is known of a run
        self,
        case: Any,
        status: str,
        cause: str | None,
        waiting_kind: str | None,
        reply: str | None,
        effects: list[Json],
        *,
        folder: Path,
    ) -> list[str]:
        """Every expectation that failed, in words."""
        ...


@dataclass(frozen=True)
class Casebook:
    """The cases of one file, for a domain whose backend needs no preparation."""

    file: Path

    def load_cases(self) -> list[Case]:
        """Every case of the file, in its order. Raises `BadRequest`."""
        return read_cases(self.file)

    def arm(self, case: Case, folder: Path) -> None:
        """The backend is left as it is."""

    def check_case(  # noqa: PLR0913, PLR0917 all that is known of a run
        self,
        case: Case,
        status: str,
        cause: str | None,
        waiting_kind: str | None,
        reply: str | None,
        effects: list[Json],
        *,
        folder: Path,  # noqa: ARG002 the journal is all that is asked
    ) -> list[str]:
        """Every expectation that failed, in words; `effects` are the journal's."""
        return unmet(case.expect, status, cause, waiting_kind, reply, [effect["tool"] for effect in effects])


def read_cases(file: Path) -> list[Case]:
    """The cases of a JSON Lines file. Raises `BadRequest` with file and line."""
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    cases = [_case(line, f"{file}:{number}") for number, line in lines if line.strip()]
    ids = [case.id for case in cases]
    for double in sorted({name for name in ids if ids.count(name) > 1}):
        raise BadRequest(f"{file}: the id {double!r} stands twice; give each case its own")
    return cases


def _case(line: str, place: str) -> Case:
    try:
        return Case.model_validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"])) or "the line"
        raise BadRequest(f"{place}: {where}: {fault['msg']}") from error


def unmet(  # noqa: PLR0913, PLR0917 all that is known of a run
    expect: Expectation,
    status: str,
    cause: str | None,
    waiting_kind: str | None,
    reply: str | None,
    effects: list[str],
) -> list[str]:
    """Every expectation that failed, in words; `effects` are the names of the tools whose effect the journal has."""
    return [
        *_differs("status", expect.status, status),
        *(_differs("cause", expect.cause, cause) if expect.cause else ()),
        *_differs("card", expect.waiting_kind, waiting_kind),
        *wrong_effects("the journal", expect, effects),
        *(f"the reply lacks {text!r}" for text in expect.reply_contains if text not in (reply or "")),
        *(f"the reply has {text!r}" for text in expect.reply_lacks if text in (reply or "")),
    ]


def wrong_effects(where: str, expect: Expectation, done: Iterable[str]) -> list[str]:
    """What is missing of the effects expected, and what happened of those forbidden, as `where` has them."""
    happened = list(done)
    missing = [
        f"{where}: {tool} happened {happened.count(tool)} times, not once"
        for tool in expect.effects
        if happened.count(tool) != 1
    ]
    return missing + [f"{where}: {tool} happened, it must not" for tool in expect.forbidden if tool in happened]


def _differs(what: str, expected: Any, found: Any) -> list[str]:
    return [] if found == expected else [f"{what} is {found}, expected {expected}"]
