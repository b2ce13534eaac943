import re
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from graph.briefs import PlanningBrief
from graph.domain import Domain
from graph.plans import Ground, accepted
from graph.values import Json
from surefoot.domains import support as package
from surefoot.domains.support import domain
from surefoot.domains.support.cases import Case, check_case, load_cases, redraw
from surefoot.domains.support.draw import about
from surefoot.domains.support.rules.planner import plan
from surefoot.domains.support.schemas import SupportRequest

CASES = load_cases()
SEEDS = (1, 2, 3)
FOLDER = Path(package.__file__).parent
RULES = [path for path in (*FOLDER.glob("rules/*.py"), *FOLDER.glob("*.py")) if path.name != "cases.py"]


@pytest.fixture
def support(tmp_path: Path) -> Domain:
    """The domain over a fresh shop."""
    return domain(tmp_path)


def words(text: str) -> list[str]:
    """A text's words, in lower case."""
    return re.findall(r"[a-z']+", text.lower())


def fours(text: str) -> set[tuple[str, ...]]:
    """Every sequence of four words."""
    said = words(text)
    return set(zip(said, said[1:], said[2:], said[3:], strict=False))


def test_there_are_ten_cases_of_ten_kinds() -> None:
    """The bundled tickets differ, and reach each way a run can come to rest."""
    assert len({case.id for case in CASES}) == 10
    assert {case.expect.status for case in CASES} == {"complete", "rejected", "failed", "waiting"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_about_an_order_in_its_situation(case: Case) -> None:
    """What a case says of itself is true of the shop's data."""
    if case.order_id is not None:
        drawn = about(case.order_id)
        assert drawn.situation == case.situation
        assert drawn.customer["email"] == case.request["customer_email"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_redrawn_case_is_the_same_situation_elsewhere(seed: int) -> None:
    """Other customers and orders, each its own, the same situations; one seed always draws the same."""
    drawn = [redraw(case, seed) for case in CASES]
    assert [case.situation for case in drawn] == [case.situation for case in CASES]
    assert drawn == [redraw(case, seed) for case in CASES]
    assert len({case.request["customer_email"] for case in drawn}) == len(CASES)
    assert sum(new.request != old.request for new, old in zip(drawn, CASES, strict=True)) >= 8
    for case in drawn:
        test_a_case_is_about_an_order_in_its_situation(case)


@pytest.mark.parametrize("seed", [0, *SEEDS])
def test_the_rules_plan_every_case(support: Domain, seed: int) -> None:
    """The first plan of each case is one that the machine accepts, whoever it is about."""
    for case in (redraw(case, seed) if seed else case for case in CASES):
        given = PlanningBrief(request=case.request, plan_number=1, workers=())
        assert accepted(plan(given), 1, Ground(support)).number == 1


def test_the_rules_do_not_know_the_tickets() -> None:
    """No four words in a row, no address and no order of a ticket stands in what decides or is prompted."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in RULES)
    known = fours(source)
    assert len(RULES) > 12
    for case in CASES:
        assert fours(case.request["message"]) & known == set()
        assert case.request["customer_email"] not in source
        assert case.order_id is None or case.order_id not in source


def test_the_domain_folder_is_small_by_habit() -> None:
    """Every source file stays under 200 lines, since the folder is there to be copied."""
    for path in FOLDER.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 200, path.name


@pytest.mark.parametrize(
    "request_",
    [
        {"customer_email": "nobody", "message": "hello"},
        {"customer_email": "a@b.example"},
        {"customer_email": "a@b.example", "message": "x" * 4_001},
        {"customer_email": "a@b.example", "message": "hello", "order_id": "12345"},
        {"customer_email": "a@b.example", "message": "hello", "priority": "high"},
    ],
)
def test_a_malformed_request_is_refused(request_: Json) -> None:
    """An address that is none, a missing or too long message, a bad order number, an unknown field."""
    with pytest.raises(ValidationError):
        SupportRequest.model_validate(request_)


def test_addresses_are_compared_in_one_spelling() -> None:
    """Upper case and blanks around an address do not make another customer."""
    assert SupportRequest(customer_email=" A@B.example ", message="hi").customer_email == "a@b.example"


def test_failed_expectations_are_told_in_words(tmp_path: Path) -> None:
    """Each expectation that does not hold is named; an unbroken case has nothing to tell."""
    (case,) = (case for case in CASES if case.id == "where_is_my_order")
    reply = " ".join(case.expect.reply_contains)
    sent = [{"tool": "send_reply", "args": {}}]
    assert check_case(case, "complete", "done", None, reply, sent) == []
    told = check_case(case, "waiting", None, "budget", "", [{"tool": "issue_refund", "args": {}}], folder=tmp_path)
    for part in ("status is waiting", "cause is None", "card is budget", "lacks", "the journal: send_reply",
                 "issue_refund happened", "the shop: send_reply"):  # fmt: skip
        assert any(part in line for line in told), part
    assert [line for line, after in pairwise(told) if line == after] == []
