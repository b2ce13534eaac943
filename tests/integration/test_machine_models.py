"""The gateway: every model call is reserved, settled, checked and on record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from fakes import NOON
from graph.contract import Budget, Header
from graph.errors import BudgetRefused, DomainMistake, InvalidAnswer, ModelUnavailable
from graph.jobs import RunView
from graph.ports import ModelCall
from graph.values import RunId, ThreadId
from machine_kit import Machine, Script, machine
from store_kit import rows
from surefoot.models.provider import Ask, Completion
from toybackend import Person
from toydomain import Draft, DraftInput

BRIEF: Final = DraftInput(person=Person(name="Ada", title="Dr"))
GOOD: Final = Draft(text="Hello.")
CALLS: Final = "SELECT role, outcome, prompt_tokens, charged, tier, model, attempt FROM model_calls ORDER BY rowid"
RESERVED: Final = "SELECT status FROM reservations ORDER BY rowid"


def call(**budget: Any) -> ModelCall:
    """A worker's call under a budget."""
    header = Header(
        run_id=RunId("run-1"), thread_id=ThreadId("thread-1"), tenant="acme", domain="toy", domain_version="1",
        budget=Budget.model_validate({"tokens": 100_000, **budget}), models={"large": "big-1"}, started_at=NOON,
    )  # fmt: skip
    return ModelCall(header=header, role="work", state="worker", worker="draft", attempt=2)


async def asked(opened: Machine, **budget: Any) -> Draft:
    """The gateway's answer."""
    return await opened.deps.models.structured(call(**budget), BRIEF, Draft)


@pytest.fixture
async def opened(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Machine]:
    """A machine whose drafting model says the parameter's lines."""
    script: Script = {"work:draft": request.param}
    async with machine(tmp_path, script) as made:
        yield made


def told(opened: Machine, sql: str) -> list[tuple[object, ...]]:
    """What the file says."""
    return rows(opened.store.path, sql)


@pytest.mark.parametrize("opened", [[GOOD]], indirect=True)
async def test_a_valid_answer_is_one_call(opened: Machine) -> None:
    """One reservation, settled by what was used; the ledger row says who asked which model for what."""
    assert await asked(opened) == GOOD
    assert told(opened, RESERVED) == [("settled",)]
    ((role, outcome, prompt, charged, tier, model, attempt),) = told(opened, CALLS)
    assert (role, outcome, prompt, charged, tier, model, attempt) == ("work", "ok", 100, 1, "large", "big-1", 2)
    (ask,) = opened.model.calls
    assert (ask.role, ask.worker, ask.brief, ask.model) == ("work", "draft", BRIEF, "big-1")
    assert [role for role, _ in ask.messages] == ["system", "user"]


@pytest.mark.parametrize("opened", [["no json", GOOD], ['{"text": 5}', GOOD]], indirect=True)
async def test_one_repair_shows_the_model_its_error(opened: Machine) -> None:
    """An answer that breaks the schema is asked for once more, with the answer and what is wrong with it."""
    assert await asked(opened) == GOOD
    first, second = opened.model.calls
    assert second.messages[:2] == first.messages
    assert [role for role, _ in second.messages[2:]] == ["assistant", "user"]
    assert "does not fit the schema" in second.messages[3][1]
    assert [row[1] for row in told(opened, CALLS)] == ["invalid", "ok"]
    assert told(opened, RESERVED) == [("settled",), ("settled",)]


@pytest.mark.parametrize("opened", [["no json", '{"words": 1}', GOOD]], indirect=True)
async def test_two_invalid_answers_are_enough(opened: Machine) -> None:
    """A third is not asked for; the error names role, schema and field, and both calls are paid for."""
    with pytest.raises(InvalidAnswer, match=r"work gave no valid Draft: text"):
        await asked(opened)
    assert len(opened.model.calls) == 2
    assert [row[3] for row in told(opened, CALLS)] == [1, 1]


@pytest.mark.parametrize("opened", [[ModelUnavailable("the endpoint is down"), GOOD]], indirect=True)
async def test_a_model_that_is_down_costs_nothing(opened: Machine) -> None:
    """The call is on record as an error, its reservation is given back, and nothing is repaired."""
    with pytest.raises(ModelUnavailable):
        await asked(opened)
    assert told(opened, CALLS)[0][:3] == ("work", "error", 0)
    assert (await spent(opened)).tokens == 0
    assert len(opened.model.calls) == 1


@pytest.mark.parametrize("opened", [[GOOD]], indirect=True)
async def test_what_the_run_cannot_afford_is_not_asked(opened: Machine) -> None:
    """A refused reservation raises before any call; only the refusal is on record, and it trips the breaker."""
    with pytest.raises(BudgetRefused, match="work call of about"):
        await asked(opened, tokens=500)
    assert (opened.model.calls, told(opened, CALLS), told(opened, RESERVED)) == ([], [], [("refused",)])
    assert (await spent(opened)).refused == 1


@pytest.mark.parametrize("opened", [[GOOD]], indirect=True)
async def test_parallel_calls_cannot_pass_the_budget(opened: Machine) -> None:
    """Twenty at once under a limit of five calls: five are made, the rest are refused."""
    made = await asyncio.gather(*(asked(opened, calls=5, alert_at=1.0) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(each, Draft) for each in made) == 5
    assert sum(isinstance(each, BudgetRefused) for each in made) == 15
    assert len(opened.model.calls) == 5


@pytest.mark.parametrize("opened", [[GOOD]], indirect=True)
async def test_a_cancelled_call_is_charged_in_full(opened: Machine) -> None:
    """Nobody knows what a call that was cut short costs, so all that was reserved is charged."""
    started = asyncio.Event()

    async def never(ask: Ask) -> Completion:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    opened.model.complete = never  # type: ignore[method-assign]
    asking = asyncio.create_task(asked(opened))
    await started.wait()
    reserved = (await spent(opened)).tokens
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert reserved > 1_500
    assert (await spent(opened)).tokens == reserved
    assert told(opened, CALLS)[0][1] == "unknown"
    assert told(opened, RESERVED) == [("settled",)]


@pytest.mark.parametrize("opened", [[None]], indirect=True)
async def test_a_script_without_a_line_follows_the_rules(opened: Machine) -> None:
    """The domain's offline rule answers where the script says nothing; a role without a rule is a domain's mistake."""
    assert (await asked(opened)).text == "Hello, Dr Ada!"
    with pytest.raises(DomainMistake, match="classify"):
        await opened.deps.models.structured(call().model_copy(update={"role": "classify"}), BRIEF, Draft)


@pytest.mark.parametrize("opened", [["one", GOOD]], indirect=True)
async def test_the_script_records_its_calls(opened: Machine) -> None:
    """In order, by role; its last line is said for ever."""
    assert [await asked(opened) for _ in range(3)] == [GOOD] * 3
    assert len(opened.model.asked("work")) == 4
    assert opened.model.asked("plan") == []


@pytest.mark.parametrize("opened", [[GOOD]], indirect=True)
async def test_a_prompts_version_follows_its_words(opened: Machine, tmp_path: Path) -> None:
    """A ledger row names the prompt by a hash that is the same for the same role and schema, and no other."""
    view: RunView = await opened.run({"name": "Ada"})
    versions = told(opened, "SELECT role, prompt_version FROM model_calls")
    assert view.status == "complete"
    assert len(set(versions)) == len({role for role, _ in versions}) == len({version for _, version in versions}) == 3


async def spent(opened: Machine) -> Any:
    """The ledger's word on the run."""
    from graph.ports import by_run  # noqa: PLC0415

    return await opened.deps.ledger.spent(by_run(call().header))
