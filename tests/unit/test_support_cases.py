import re
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from graph.briefs import PlanningBrief
from graph.budget import estimate_tokens
from graph.contract import Budget
from graph.domain import Domain
from graph.plans import Ground, accepted
from graph.values import Json
from surefoot.domains import support as package
from surefoot.domains.support import domain
from surefoot.domains.support.cases import Case, Expectation, check_case, load_cases, redraw
from surefoot.domains.support.draw import about
from surefoot.domains.support.rules.planner import plan
from surefoot.domains.support.schemas import ORDER_ID, SupportRequest
from surefoot.domains.support.shop.database import rows

CASES = load_cases()
EFFECTS = {
    "issue_refund", "cancel_order", "change_address", "create_return_label", "erase_customer", "add_note", "send_reply",
}  # fmt: skip
FACT = re.compile(rf"{ORDER_ID}|NW\d{{9}}|\$\d[\d,]*\.\d{{2}}")
"""An order number, a tracking number, an amount."""
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


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """Every sequence of so many words."""
    said = words(text)
    return set(zip(*(said[start:] for start in range(length)), strict=False))


def test_there_are_sixty_cases_of_every_kind() -> None:
    """The tickets differ; between them they want everything, and reach each way that a run can come to rest."""
    assert len({case.id for case in CASES}) == len({case.title for case in CASES}) == 60
    assert {case.expect.status for case in CASES} == {"complete", "rejected", "failed", "waiting"}
    assert {case.intent for case in CASES} == {
        "where_is_my_order", "refund", "cancel", "change_address", "return_label", "question", "erase_data", "unclear",
        "off_topic", "several", "hostile",
    }  # fmt: skip
    assert len({case.request["customer_email"] for case in CASES}) == 60


def test_the_tickets_leave_four_kinds_of_card() -> None:
    """Whatever else is right, these end at a person's desk, each for another reason."""
    strict = [case.expect for case in CASES if case.expect.status == "waiting" and not case.expect.or_complete]
    kinds = {expect.waiting_kind for expect in strict}
    assert kinds >= {"effect_approval", "task_needs_human", "tasks_exhausted", "budget"}


def test_the_demo_begins_with_the_same_ten() -> None:
    """They are documented, and reach every state between them."""
    assert [case.id for case in CASES[:10]] == [
        "where_is_my_order", "damaged_refund", "late_refund", "large_refund", "cancel_in_time", "cancel_overtaken",
        "injected_instructions", "unknown_customer", "shop_down", "tight_budget",
    ]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_a_possible_ticket(case: Case) -> None:
    """Its request is valid, its budget too, and what must happen is not what must not."""
    SupportRequest.model_validate(case.request)
    Budget.model_validate(case.budget)
    assert set(case.expect.effects).isdisjoint(case.expect.forbidden)
    assert {*case.expect.effects, *case.expect.forbidden} <= EFFECTS
    assert EFFECTS - {"add_note", "send_reply"} <= {*case.expect.effects, *case.expect.forbidden} or case in CASES[:10]
    assert case.expect.status == "complete" or "send_reply" in case.expect.forbidden
    assert case.expect.args_contain.keys() <= set(case.expect.effects)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_about_an_order_in_its_situation(case: Case) -> None:
    """What a case says of itself is true of the shop's data."""
    assert bool(case.own) == (case.situation != "unknown_customer")
    for order_id, situation in zip(case.own, (case.situation, *case.also), strict=bool(case.own)):
        assert about(order_id).situation == situation
        assert about(order_id).customer["email"] == case.request["customer_email"]
        assert about(order_id).sole or not case.sole


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_expected_is_what_the_data_say(case: Case) -> None:
    """Amounts, order and tracking numbers that a reply must have are those of the customer's orders."""
    known = {word for order_id in case.own for word in about(order_id).words()}
    known |= set(FACT.findall(" ".join(article["body"] for article in rows("articles"))))
    for text in (*case.expect.reply_contains, *(text for texts in case.expect.args_contain.values() for text in texts)):
        assert set(FACT.findall(text)) <= known
    stranger_facts = {word for order_id in case.strangers for word in about(order_id).words()}
    assert stranger_facts.isdisjoint(case.expect.reply_contains)


def test_some_tickets_are_long_threads() -> None:
    """Several thousand characters of old mails under a few new words, the longest well above two thousand tokens."""
    sizes = sorted(len(case.request["message"]) for case in CASES if "\n> " in case.request["message"])
    assert len(sizes) == 4
    assert sizes[0] > 3_000
    assert estimate_tokens([max(CASES, key=lambda case: len(case.request["message"])).request["message"]]) > 2_000


@pytest.mark.parametrize("seed", SEEDS)
def test_a_redrawn_case_is_the_same_situation_elsewhere(seed: int) -> None:
    """Other customers and orders, each its own, the same situations; one seed always draws the same."""
    drawn = [redraw(case, seed) for case in CASES]
    assert [case.situation for case in drawn] == [case.situation for case in CASES]
    assert drawn == [redraw(case, seed) for case in CASES]
    assert len({case.request["customer_email"] for case in drawn}) == len(CASES)
    assert sum(new.request != old.request for new, old in zip(drawn, CASES, strict=True)) >= 55
    for case in drawn:
        test_a_case_is_about_an_order_in_its_situation(case)
        test_what_is_expected_is_what_the_data_say(case)


@pytest.mark.parametrize("seed", [0, *SEEDS])
def test_the_rules_plan_every_case(support: Domain, seed: int) -> None:
    """The first plan of each case is one that the machine accepts, whoever it is about."""
    for case in (redraw(case, seed) if seed else case for case in CASES):
        given = PlanningBrief(request=case.request, plan_number=1, workers=())
        assert accepted(plan(given), 1, Ground(support)).number == 1


def test_the_rules_do_not_know_the_tickets() -> None:
    """No five words in a row, no address and no order of a ticket stands in what decides or is prompted.

    Four words are often nobody's in particular; of the first ten tickets, not even so many.
    """
    source = "\n".join(path.read_text(encoding="utf-8") for path in RULES)
    assert len(RULES) > 12
    for place, case in enumerate(CASES):
        length = 4 if place < 10 else 5
        assert runs(case.request["message"], length) & runs(source, length) == set()
        assert case.request["customer_email"] not in source
        assert not any(order_id in source for order_id in case.own)


def test_the_domain_folder_is_small_by_habit() -> None:
    """Every source file stays under 200 lines, since the folder is there to be copied."""
    for path in FOLDER.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 200, path.name


@pytest.mark.parametrize(
    "request_",
    [
        {"customer_email": "nobody", "message": "hello"},
        {"customer_email": "a@b.example"},
        {"customer_email": "a@b.example", "message": "x" * 12_001},
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


def expecting(**wanted: object) -> Case:
    """The first ticket with another expectation."""
    forbidden = ("issue_refund", "send_reply") if wanted.get("status") == "waiting" else ("issue_refund",)
    return CASES[0].model_copy(update={"expect": Expectation.model_validate({"forbidden": forbidden, **wanted})})


def effect(tool: str, **args: str) -> Json:
    """An effect as the journal has it."""
    return {"tool": tool, "args": args}


def test_another_end_may_be_as_right() -> None:
    """A person may be asked instead, of a kind that is named; what is forbidden stays so."""
    case = expecting(status="complete", cause="done", effects=("cancel_order", "send_reply"), reply_contains=("x",),
                     or_waiting=("task_needs_human",))  # fmt: skip
    assert check_case(case, "waiting", None, "task_needs_human", None, []) == []
    assert check_case(case, "waiting", None, "budget", None, []) != []
    assert check_case(case, "complete", "done", None, None, []) != []
    refunded = check_case(case, "waiting", None, "task_needs_human", None, [effect("issue_refund")])
    assert refunded == ["the journal: issue_refund happened, it must not"]


def test_a_reply_may_be_as_right_as_a_card() -> None:
    """Where a card is expected, a reply that does nothing else may be right too, if the case says so."""
    case = expecting(status="waiting", waiting_kind="task_needs_human", or_complete=True)
    assert check_case(case, "complete", "done", None, "Hello", [effect("send_reply")]) == []
    assert check_case(case, "waiting", None, "task_needs_human", None, []) == []
    assert check_case(case, "complete", "done", None, "Hello", [effect("send_reply"), effect("issue_refund")]) != []
    strict = expecting(status="waiting", waiting_kind="task_needs_human")
    assert check_case(strict, "complete", "done", None, "Hello", [effect("send_reply")]) != []


def test_one_of_several_wordings_is_enough() -> None:
    """Upper case and lower case are one; with none of the wordings the case has failed."""
    case = expecting(status="complete", reply_any=[["three years", "3 years"], ["cannot", "can't"]])
    assert check_case(case, "complete", "done", None, "Three years. It CANNOT be paid out.", []) == []
    assert len(check_case(case, "complete", "done", None, "Two years. It can be paid out.", [])) == 2


def test_an_effect_must_have_the_arguments_expected() -> None:
    """An address or an order number that the call lacks is told, also where there was no such call."""
    case = expecting(status="complete", args_contain={"change_address": ["SF-10001", "Rosenweg 4"]})
    right = effect("change_address", order_id="SF-10001", address="Rosenweg 4, Leipzig")
    assert check_case(case, "complete", "done", None, "", [right]) == []
    other = effect("change_address", order_id="SF-10001", address="Rosenweg 5, Leipzig")
    assert check_case(case, "complete", "done", None, "", [other]) == [
        "change_address was not called with 'Rosenweg 4'"
    ]
    assert len(check_case(case, "complete", "done", None, "", [])) == 2
