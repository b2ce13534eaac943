from pathlib import Path
from typing import Any, Final

import pytest

from graph.contract import Spend
from graph.errors import BadRequest, SurefootError
from surefoot.casebook import Case, Casebook, Expectation, unmet, wrong_effects
from surefoot.cli.eval import evaluation, with_numbers
from surefoot.evaluation.baseline import Baseline, baseline_of, compare, read, refuse_unwritable, save
from surefoot.evaluation.parallel import room
from surefoot.evaluation.report import by_complaint, by_group, by_intent, kind_of, objections, score, total_spend
from surefoot.evaluation.results import CaseResult, forbidden, labels
from surefoot.evaluation.selection import Drawn, select


def case(name: str, **expect: Any) -> Case:
    """A case that should complete."""
    return Case(id=name, title=name, request={}, expect=Expectation(status="complete", **expect))


def result(name: str, *unmet: str, group: str = "bundled", intent: str = "any", **more: Any) -> CaseResult:
    """What came of a case."""
    return CaseResult(id=name, group=group, intent=intent, unmet=unmet, **more)


class Book:
    """Three cases, and mutations that tell what they were drawn from."""

    def load_cases(self) -> list[Case]:
        """A, b and c."""
        return [case("a"), case("b"), case("c")]

    def mutations(self, seed: int = 11, count: int = 300) -> list[Case]:
        """As many as asked, named after their seed."""
        return [case(f"{seed}.{number}") for number in range(count)]


class Twice(Book):
    """Two cases of one name."""

    def load_cases(self) -> list[Case]:
        """A, and a."""
        return [case("a"), case("a")]


class Broken(Book):
    """Cases that cannot be loaded."""

    def load_cases(self) -> list[Case]:
        """A defect."""
        raise KeyError("id")


class Empty(Book):
    """No cases."""

    def load_cases(self) -> list[Case]:
        """None at all."""
        return []


BOOK: Final[Any] = Book()


def chosen(drawn: Drawn | None = None, only: list[str] | None = None, limit: int | None = None) -> list[str]:
    """The ids of the cases that are run."""
    return [case.id for case in select("toy", BOOK, drawn, only, limit).cases]


# -- which cases -----------------------------------------------------------------------------------


def test_all_some_or_the_first_cases() -> None:
    """All cases, those named, or the first so many; always in the book's order."""
    assert chosen() == ["a", "b", "c"]
    assert chosen(only=["c", " a"]) == ["a", "c"]
    assert chosen(limit=2) == ["a", "b"]
    assert chosen(only=["c", "b"], limit=1) == ["b"]


def test_mutations_take_the_place_of_the_cases() -> None:
    """As many as asked, from the seed given or the domain's own."""
    assert chosen(Drawn(count=2)) == ["11.0", "11.1"]
    assert chosen(Drawn(count=2, seed=3)) == ["3.0", "3.1"]
    assert len(chosen(Drawn())) == 300


@pytest.mark.parametrize(
    ("book", "drawn", "only", "limit", "told"),
    [
        (BOOK, None, ["a", "x", "y"], None, "--only: no case 'x', 'y'; there are a, b, c"),
        (BOOK, Drawn(), ["x"], None, "and 288 more"),
        (BOOK, None, ["", " "], None, "--only: names no case"),
        (BOOK, None, None, 0, "--limit: 0 is less than 1"),
        (BOOK, Drawn(count=0), None, None, "--mutations: 0 is less than 1"),
        (Casebook(Path("cases.jsonl")), Drawn(), None, None, "domain toy has no mutations"),
        (Twice(), None, None, None, "two cases have the id 'a'"),
        (Broken(), None, None, None, "load_cases raised KeyError: 'id'"),
        (Empty(), None, None, None, "load_cases gave no case"),
    ],
)
def test_a_choice_that_makes_no_sense(
    book: Any, drawn: Drawn | None, only: list[str] | None, limit: int | None, told: str
) -> None:
    """Refused in one line that names the option or the domain."""
    with pytest.raises(BadRequest, match=r"^[^\n]*$") as refused:
        select("toy", book, drawn, only, limit)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"threshold": 1.5}, "--threshold: 1.5 is no share"),
        ({"threshold": -0.1}, "--threshold: -0.1 is no share"),
        ({"threshold": float("nan")}, "--threshold: nan is no share"),
        ({"concurrency": 0}, "--concurrency: 0 cases at once cannot be; give 1 to 64"),
        ({"concurrency": 65}, "--concurrency: 65"),
        ({"seed": 3}, "--seed: the domain's own cases are not drawn"),
        ({"domain": "nothing"}, "unknown domain 'nothing'"),
        ({"domain": "nothing.here:domain"}, "no module 'nothing'"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], told: str) -> None:
    """Refused in one line before anything is run."""
    with pytest.raises(SurefootError, match=r"^[^\n]*$") as refused:
        evaluation(**{"domain": "support", **options})
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        (["support", "--mutations", "20"], ["support", "--mutations", "20"]),
        (["support", "--mutations"], ["support", "--mutations", "300"]),
        (["--mutations", "support"], ["--mutations", "300", "support"]),
        (["support", "--mutations", "--seed", "4"], ["support", "--mutations", "300", "--seed", "4"]),
        (["support", "--mutations", "-1"], ["support", "--mutations", "-1"]),
        (["support", "--mutations=7"], ["support", "--mutations=7"]),
    ],
)
def test_mutations_without_a_number(given: list[str], understood: list[str]) -> None:
    """A bare `--mutations` is the usual number, wherever it stands; a number after it is its own."""
    assert with_numbers(given) == understood


# -- what came of them -----------------------------------------------------------------------------


def test_an_intent_is_named_or_told_by_the_situation_or_the_id() -> None:
    """So a domain that labels nothing still gets a table."""

    class Placed(Case):
        situation: str = "late"

    class Meant(Placed):
        intent: str = "refund"
        group: str = "open"

    given = case("a").model_dump()
    assert labels(case("a")) == {"id": "a", "group": "bundled", "intent": "a"}
    assert labels(Placed(**given)) == {"id": "a", "group": "bundled", "intent": "late"}
    assert labels(Meant(**given)) == {"id": "a", "group": "open", "intent": "refund"}


def test_a_forbidden_effect_is_seen_wherever_it_is_told() -> None:
    """In the journal or the backend, and once where both have it; too often is wrong, but not forbidden."""
    never = case("a", forbidden=("pay", "send"))
    both = [
        *unmet(never.expect, "complete", None, None, None, ["pay"]),
        *wrong_effects("the shop", never.expect, ["pay"]),
    ]
    assert len(both) == 2
    assert forbidden(wrong_effects("the shop", never.expect, ["send"])) == ("send",)
    assert forbidden(both) == ("pay",)
    assert forbidden(["the reply has 'pay happened, it must not', which it must not"]) == ()
    assert forbidden(["the journal: pay happened 2 times, not once"]) == ()


# -- added up --------------------------------------------------------------------------------------


def test_scores_by_group_and_intent() -> None:
    """Groups in the order of their first cases, intents by name, each with its groups and spend."""
    results = [
        result("a", group="open", intent="refund", spend=Spend(tokens=5, usd_micros=7, calls=1)),
        result("b", "x", group="held_out", intent="refund", spend=Spend(tokens=6, calls=2)),
        result("c", group="open", intent="cancel"),
    ]
    assert [(name, found.as_expected, found.total) for name, found in by_group(results).items()] == [
        ("open", 2, 2), ("held_out", 0, 1),
    ]  # fmt: skip
    cancel, refund = by_intent(results)
    assert (cancel.name, refund.name, refund.score.share) == ("cancel", "refund", 0.5)
    assert refund.groups["held_out"].as_expected == 0
    assert refund.spend == Spend(tokens=11, usd_micros=7, calls=3) == total_spend(results)
    assert score([]).share == 1


@pytest.mark.parametrize(
    ("complaint", "kind"),
    [
        ("the reply lacks 'SF-10001'", "the reply lacks …"),
        ('the reply lacks "it\'s late"', "the reply lacks …"),
        ("status is failed, expected complete", "status is failed, expected complete"),
        ("the journal: pay happened 2 times, not once", "the journal: pay happened 2 times, not once"),
        ("the reply has none of ('late', 'sorry')", "the reply has none of …"),
        ("SF-10001 was paid $36.50 on 2026-03-01", "… was paid … on …"),
    ],
)
def test_a_kind_of_complaint_has_no_facts_of_one_case(complaint: str, kind: str) -> None:
    """Quotations and figures are left out, small counts stay."""
    assert kind_of(complaint) == kind


def test_complaints_are_grouped_by_kind() -> None:
    """The most frequent first; a case counts once a kind, however often it has it."""
    results = [result("a", "the reply lacks 'x'", "the reply lacks 'y'", "late"), result("b", "the reply lacks 'z'")]
    assert [(found.kind, found.cases) for found in by_complaint(results)] == [
        ("the reply lacks …", ("a", "b")), ("late", ("a",)),
    ]  # fmt: skip


# -- good enough? ----------------------------------------------------------------------------------

GOOD: Final = [result(f"g{number}") for number in range(19)]
BAD: Final = result("bad", "status is failed, expected complete")
KNOWN_BAD: Final = Baseline(domain="toy", drawn=None, cases={"bad": ("status",), **{good.id: () for good in GOOD}})


def test_without_a_word_every_case_counts() -> None:
    """One failure is one too many."""
    assert objections(GOOD, None, None) == ()
    assert len(objections([*GOOD, BAD], None, None)) == 1


def test_the_threshold_itself_is_enough() -> None:
    """19 of 20 are 0.95, not below it."""
    assert objections([*GOOD, BAD], 0.95, None) == ()
    (told,) = objections([*GOOD, BAD], 0.951, None)
    assert told == "bundled: 19 of 20 as expected, 0.950 is below 0.951"


def test_a_threshold_is_asked_of_each_group() -> None:
    """Many easy cases do not hide a few held-out ones."""
    held_out = [result("x", group="held_out"), result("y", "late", group="held_out")]
    (told,) = objections([*GOOD, *held_out], 0.9, None)
    assert told.startswith("held_out: 1 of 2")


def test_a_forbidden_effect_always_counts() -> None:
    """At threshold 0, and against a baseline that has it."""
    worst = result("bad", "late", forbidden=("pay",))
    assert objections([*GOOD, worst], 0.0, None) == ("forbidden effects in 1 of 20 cases",)
    known = compare(KNOWN_BAD, [*GOOD, worst], ())
    assert objections([*GOOD, worst], None, known) == ("forbidden effects in 1 of 20 cases",)


def test_a_baseline_alone_lets_known_failures_be() -> None:
    """What it does not know to fail counts, new cases too; with a threshold, the share decides."""
    assert objections([*GOOD, BAD], None, compare(KNOWN_BAD, [*GOOD, BAD], ())) == ()
    worse = [*GOOD[1:], result("g0", "late"), result("fresh", "late")]
    comparison = compare(KNOWN_BAD, worse, ())
    assert objections(worse, None, comparison) == ("2 cases fail that did not in the baseline: g0, fresh",)
    assert objections(worse, 0.8, comparison) == ()


# -- baselines -------------------------------------------------------------------------------------


def test_a_baseline_reads_back(tmp_path: Path) -> None:
    """Sorted by id, with the complaints, whatever the order of the cases."""
    file, drawn = tmp_path / "base.json", Drawn(count=2, seed=4)
    results = [result("b", "late", run="r1", seconds=2.0), result("a")]
    save(baseline_of("toy", drawn, results), file)
    text = file.read_text()
    assert read(file, "toy", drawn).cases == {"a": (), "b": ("late",)}
    save(baseline_of("toy", drawn, [result("a", seconds=9.0), *results[:1]]), file)
    assert file.read_text() == text


def test_what_changed() -> None:
    """Each case is in one place; one that was left out is not gone."""
    before = Baseline(domain="toy", drawn=None, cases={"a": (), "b": ("x",), "c": ("x",), "gone": (), "rest": ()})
    now = [result("a", "y"), result("b"), result("c", "z"), result("n"), result("m", "y")]
    found = compare(before, now, {"a", "b", "c", "n", "m", "rest"})
    assert (found.newly_failing, found.newly_passing, found.same) == (("a",), ("b",), 1)
    assert (found.new, found.new_failing, found.gone, found.not_run) == (("n", "m"), ("m",), ("gone",), 1)
    assert found.worse == ("a", "m")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file: Invalid JSON"),
        ("[]", "the file: "),
        ('{"format": 2, "domain": "toy", "drawn": null, "cases": {}}', "format: "),
        ('{"format": 1, "domain": "toy", "drawn": null, "cases": {"a": 1}}', "cases.a: "),
        ('{"domain": "toy", "drawn": null}', "cases: Field required"),
        ('{"domain": "other", "drawn": null, "cases": {}}', "is of domain other, not of toy"),
        ('{"domain": "toy", "drawn": {"count": 5, "seed": 1}, "cases": {}}', "is of 5 mutations from seed 1"),
    ],
)
def test_a_file_that_is_no_baseline_of_these_cases(tmp_path: Path, text: str, told: str) -> None:
    """Refused in one line that names the file and the place in it."""
    file = tmp_path / "base.json"
    file.write_text(text)
    with pytest.raises(BadRequest, match=r"^--baseline [^\n]*$") as refused:
        read(file, "toy", None)
    assert told in str(refused.value)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    """A baseline that is not there, and a place where none can be written, told before any case is run."""
    with pytest.raises(BadRequest, match="No such file"):
        read(tmp_path / "none.json", "toy", None)
    with pytest.raises(BadRequest, match="is a folder"):
        refuse_unwritable(tmp_path)
    with pytest.raises(BadRequest, match="there is no folder"):
        refuse_unwritable(tmp_path / "none" / "base.json")


# -- room ------------------------------------------------------------------------------------------


def test_a_case_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """Whatever its id is, and gone afterwards unless it is to be kept."""
    with room(None, 4) as place:
        folder = place.of(0, "../../a b/c")
        assert folder.parent == place.path
        assert place.of(1, "../../a b/c") != folder
    assert not place.path.exists()
    with room(tmp_path / "kept", 4) as place:
        place.of(0, "a")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["000-a"]


def test_a_used_folder_is_not_taken(tmp_path: Path) -> None:
    """What is kept there already is not mixed with what comes; a file is no folder."""
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(BadRequest, match="holds files already"), room(tmp_path, 1):
        pass
    with pytest.raises(BadRequest, match=r"--keep .*mine: File exists"), room(tmp_path / "mine", 1):
        pass
