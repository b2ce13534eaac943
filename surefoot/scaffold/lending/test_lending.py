"""What this domain must do. A test's docstring is its requirement."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from graph.contract import TaskResult
from graph.domain import Basis
from graph.toolcall import ToolCall
from graph.values import Json, TaskId
from surefoot import Settings, assembled
from surefoot.mistakes import mistakes_of
from surefoot.progress import silent
from surefoot.trial import attempt, cases_of

from . import domain
from .library import Library
from .policy import judge
from .schemas import SendAnswer

DOMAIN = f"{__package__}:domain"
LETTER: Json = {"to": "ada@mail.example", "loan_id": "L-1001", "text": "It is due on 30 March 2026."}


async def unmet(case: Any, folder: Path) -> list[str]:
    """What a case expects and does not get."""
    async with assembled(Settings(db=folder / "surefoot.db")) as parts:
        return (await attempt(case, DOMAIN, parts, silent)).unmet


def decided(letter: Json, cents: int) -> str:
    """Policy's verdict on a letter, with this fee worked out."""
    outputs: dict[str, Json] = {"write_answer": {"text": LETTER["text"]}, "work_out_fee": {"cents": cents}}
    results = {
        name: TaskResult(task_id=TaskId(name), worker=name, status="success", output=output)
        for name, output in outputs.items()
    }
    basis = Basis(request={"reader_email": LETTER["to"]}, results=results)
    return judge(ToolCall(tool="send_answer", args=letter), basis).verdict


def test_the_domain_is_wired_well(tmp_path: Path) -> None:
    """The domain has no mistake that can be seen without running it."""
    assert list(mistakes_of(domain(tmp_path))) == []


@pytest.mark.parametrize("case", cases_of(DOMAIN).load_cases(), ids=lambda case: case.id)
def test_a_case_ends_as_expected(case: Any, tmp_path: Path) -> None:
    """Each case of `cases.jsonl` goes through the whole machine and ends as it says."""
    assert asyncio.run(unmet(case, tmp_path)) == []


@pytest.mark.parametrize(
    ("changed", "cents", "verdict"),
    [({}, 0, "allow"), ({}, 1_001, "ask"), ({"to": "eve@mail.example"}, 0, "deny"), ({"text": "Free!"}, 0, "deny")],
    ids=["the reviewed answer", "a high fee", "another reader", "another text"],
)
def test_policy_decides_on_the_exact_call(changed: Json, cents: int, verdict: str) -> None:
    """Only the answer that was reviewed goes out, only to the reader, and a person sees high fees."""
    assert decided({**LETTER, **changed}, cents) == verdict


def test_a_letter_is_sent_once_a_key(tmp_path: Path) -> None:
    """A repeated call, as after a crash, sends nothing again and gets the same receipt."""
    library, letter = Library(tmp_path), SendAnswer.model_validate(LETTER)
    assert library.send(letter, "a key") == library.send(letter, "a key")
    assert library.letters() == [LETTER["text"]]
