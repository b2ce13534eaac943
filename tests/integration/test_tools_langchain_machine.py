from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import StructuredTool

from graph.contract import Plan
from graph.domain import Domain, Tool, deliver_worker
from graph.errors import PlanRefused
from graph.plans import Ground, accepted
from graph.values import Json
from machine_kit import ADA, machine
from plan_kit import greet, task
from surefoot.mistakes import mistakes_of
from tools.adapt.langchain import from_langchain
from toybackend import Backend, Greeting
from toydomain import toy

TEXT: Json = {"type": "string"}
GREETING: Json = {
    "type": "object",
    "properties": {"name": TEXT, "text": TEXT, "price": {"type": "integer"}, "idempotency_key": TEXT},
    "required": ["name", "text", "price", "idempotency_key"],
    "additionalProperties": False,
}
RECEIPT: Json = {"type": "object", "properties": {"name": TEXT, "number": {"type": "integer"}}, "required": ["name"]}


def adapted(folder: Path) -> Domain:
    """The toy domain, whose one effect is somebody's LangChain tool over a raw schema."""
    backend = Backend(folder)

    async def greet_them(idempotency_key: str, **args: Any) -> Json:
        return backend.greet(Greeting.model_validate(args), idempotency_key).model_dump()

    theirs = StructuredTool(name="greet", description="Greet a person.", args_schema=GREETING, coroutine=greet_them)
    tool = from_langchain(
        theirs, output=RECEIPT, effect="irreversible", stakes="customer", identity=("name",), honours_keys=True,
        key_argument="idempotency_key", timeout_seconds=2, attempts=1,
    )  # fmt: skip
    return with_tool(toy(folder), tool)


def with_tool(domain: Domain, tool: Tool) -> Domain:
    """The domain with another tool, and its deliverer, under the same name."""
    kept = tuple(each for each in domain.tools if each.name != tool.name)
    workers = tuple(each for each in domain.workers if each.name != tool.name)
    return replace(domain, tools=(*kept, tool), workers=(*workers, deliver_worker(tool)))


async def test_the_machine_does_not_know_the_difference(tmp_path: Path) -> None:
    """Planned, reviewed, permitted and delivered once: a raw schema is a schema like any other, its key stays ours."""
    async with machine(tmp_path, domain=adapted(tmp_path / "toy")) as opened:
        view = await opened.run(ADA)
        assert view.status == "complete", view.error
        (effect,) = opened.backend.effects()
        assert (effect["name"], effect["price"]) == ("Ada", 1)
        assert effect["key"].startswith("greet-")
        assert view.outcome is not None
        assert [done.result for done in view.outcome.effects] == [{"name": "Ada", "number": 1}]


async def test_a_call_that_a_person_must_see_waits_for_them(tmp_path: Path) -> None:
    """The card is about the exact call, and the exact call is made."""
    async with machine(tmp_path, domain=adapted(tmp_path / "toy")) as opened:
        waiting = await opened.run({**ADA, "price": 500})
        assert (waiting.status, opened.backend.effects()) == ("waiting", [])
        card = await opened.card(waiting)
        view = await opened.runner.decide(card.id, "approve", actor="ann")
        assert view.status == "complete"
        assert [effect["price"] for effect in opened.backend.effects()] == [500]


def test_the_doctor_finds_nothing_wrong(tmp_path: Path) -> None:
    """Nor does it miss what is."""
    domain = adapted(tmp_path)
    assert list(mistakes_of(domain)) == []
    tool = domain.tool("greet")
    assert tool is not None
    assert tool.identity is not None
    wrong = with_tool(domain, replace(tool, identity=replace(tool.identity, fields=("whom",))))
    assert "identity names 'whom'" in "\n".join(mistakes_of(wrong))


def test_a_plan_is_held_to_the_raw_schema(tmp_path: Path) -> None:
    """Before anything runs, each fault at its place; what only an earlier task will know is left alone."""
    ground = Ground(adapted(tmp_path))
    fine = Plan(tasks=(task("find"), greet(text="Hi", name={"$ref": "find.name"})))
    assert len(accepted(fine, 1, ground).tasks) == 2
    wrong = Plan(tasks=(task("find"), greet(text="Hi", name={"$ref": "find.name"}, price=1.5, colour="red")))
    with pytest.raises(PlanRefused) as refused:
        accepted(wrong, 1, ground)
    assert {(fault.code, fault.field) for fault in refused.value.faults} == {
        ("invalid_input", "input.price"), ("invalid_input", "input.colour"),
    }  # fmt: skip
