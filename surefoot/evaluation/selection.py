"""Which cases an evaluation runs: the domain's own, or mutations drawn from a seed, all or some of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.errors import BadRequest, SurefootError
from graph.values import Frozen
from surefoot.casebook import Cases

MUTATIONS: Final = 300
"""How many are drawn where nobody says."""
MOST_NAMED: Final = 12
"""Ids that a complaint lists."""


class Drawn(Frozen):
    """Mutations, and from what they were drawn; the same values draw the same cases."""

    count: int = MUTATIONS
    seed: int | None = None
    """`None` is the domain's own seed."""


@dataclass(frozen=True)
class Selection:
    """The cases to run, out of all there are."""

    cases: tuple[Any, ...]
    known: frozenset[str]
    """The id of every case, chosen or not."""


def select(
    domain: str, book: Cases, drawn: Drawn | None, only: Sequence[str] | None = None, limit: int | None = None
) -> Selection:
    """The cases to run, in the book's order. Raises `BadRequest` for ids, counts and books that make no sense."""
    _refuse_below_one("--limit", limit)
    cases = _mutations(domain, book, drawn) if drawn else _all(domain, "load_cases", book.load_cases)
    ids = [case.id for case in cases]
    for double in sorted({name for name in ids if ids.count(name) > 1}):
        raise BadRequest(f"domain {domain}: two cases have the id {double!r}; give each its own")
    wanted = ids if only is None else _known(only, ids)
    return Selection(tuple(case for case in cases if case.id in wanted)[:limit], frozenset(ids))


def _mutations(domain: str, book: Cases, drawn: Drawn) -> list[Any]:
    _refuse_below_one("--mutations", drawn.count)
    draw = getattr(book, "mutations", None)
    if draw is None:
        raise BadRequest(f"domain {domain} has no mutations: add mutations(seed, count) to its module `cases`")
    seeded = {} if drawn.seed is None else {"seed": drawn.seed}
    return _all(domain, "mutations", lambda: draw(count=drawn.count, **seeded))


def _all(domain: str, name: str, load: Callable[[], Sequence[Any]]) -> list[Any]:
    try:
        cases = list(load())
    except SurefootError:
        raise
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise BadRequest(f"domain {domain}: {name} raised {said}; mend its cases") from error
    if not cases:
        raise BadRequest(f"domain {domain}: {name} gave no case; there is nothing to evaluate")
    return cases


def _known(only: Sequence[str], ids: list[str]) -> set[str]:
    wanted = [name.strip() for name in only if name.strip()]
    if not wanted:
        raise BadRequest("--only: names no case; give ids with commas between them")
    if unknown := [name for name in wanted if name not in ids]:
        more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
        known = ", ".join(ids[:MOST_NAMED]) + more
        raise BadRequest(f"--only: no case {', '.join(map(repr, unknown))}; there are {known}")
    return set(wanted)


def _refuse_below_one(option: str, count: int | None) -> None:
    if count is not None and count < 1:
        raise BadRequest(f"{option}: {count} is less than 1; give a number of cases")
