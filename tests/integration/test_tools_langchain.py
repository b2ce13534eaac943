import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import ValidationError

from agentkit import APPROVE, REJECT, calls, chat, edit, thread, told, tool_graph, wish
from checkpoints.store import Store
from fakes import FakeClock
from graph.declare import tool as declared
from graph.errors import BadRequest, DomainMistake
from graph.limits import Rate
from graph.values import Json, RunId
from graph.waiting import Pending, PollAnswer, ProbeAnswer
from tools.harden import harden


class Till:
    """Where money goes out."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, int]] = []
        self.breaks_after = False

    def issue_refund(self, order_id: str, cents: int, key: str) -> dict[str, Any]:
        """Pay an order back."""
        self.paid.append((order_id, cents))
        if self.breaks_after:
            self.breaks_after = False
            raise ConnectionResetError
        return {"order_id": order_id, "cents": cents, "known": bool(key)}

    async def balance(self, account: str) -> int:
        """Read a balance."""
        return len(account)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open database."""
    async with Store.open(tmp_path / "a.db", clock=FakeClock()) as opened:
        yield opened


@pytest.fixture
def till() -> Till:
    """A till nothing was taken from."""
    return Till()


def hardened(till: Till, store: Store, **changed: Any) -> BaseTool:
    """The refund, free but for what is changed."""
    said: dict[str, Any] = {
        "effect": "irreversible", "stakes": "money", "identity": ("order_id",), "honours_keys": True, "gate": "free",
        "journal": store, "clock": FakeClock(), **changed,
    }  # fmt: skip
    return harden(till.issue_refund, **said)


def wanted(*refunds: tuple[str, int]) -> Json:
    """A model's wish for refunds, as a graph's input."""
    return {"messages": [calls(*(wish("issue_refund", f"call-{order}", order_id=order, cents=cents)
                                 for order, cents in refunds))]}  # fmt: skip


def code(content: Any) -> str | None:
    """The error's code in what a model is told, or `None`."""
    error = json.loads(str(content)).get("error")
    return error and str(error["code"])


async def test_a_value_and_an_error_are_what_a_model_can_act_on(till: Till, store: Store) -> None:
    """The value is JSON; an error is a code, a line and a hint, in a message whose status says so."""
    graph = tool_graph(hardened(till, store))
    good, bad = [
        told(await graph.ainvoke({"messages": [calls(wish("issue_refund", **args))]}, thread(name)))[0]
        for name, args in (("t1", {"order_id": "A1", "cents": 5}), ("t2", {"order_id": "A1"}))
    ]
    assert (good.status, json.loads(str(good.content))["result"]) == (
        "success",
        {"order_id": "A1", "cents": 5, "known": True},
    )
    assert bad.status == "error"
    assert json.loads(str(bad.content))["error"] == {
        "code": "invalid_input", "message": "issue_refund: cents: Field required",
        "hint": "correct the named fields and call again",
    }  # fmt: skip
    assert bad.artifact["error"]["code"] == "invalid_input"


async def test_an_effect_is_made_once_a_thread(till: Till, store: Store) -> None:
    """A later turn, a second process and the same order with another amount pay nothing more; another thread may."""
    graph = tool_graph(hardened(till, store))
    first = told(await graph.ainvoke(wanted(("A1", 5)), thread("t1")))[-1]
    again = told(await tool_graph(hardened(till, store)).ainvoke(wanted(("A1", 5)), thread("t1")))[-1]
    assert first.content == again.content
    other = told(await graph.ainvoke(wanted(("A1", 6)), thread("t1")))[-1]
    assert code(other.content) == "conflict"
    await graph.ainvoke(wanted(("A1", 5)), thread("t2"))
    assert till.paid == [("A1", 5), ("A1", 5)]
    rows = await store.reads.tool_calls(RunId("t1"))
    assert [row.result.error.code if row.result.error else None for row in rows] == [None, "conflict"]


async def test_an_effect_without_keys_that_broke_off_goes_to_a_person(till: Till, store: Store) -> None:
    """Nobody guesses whether money went out, and it does not go out again."""
    till.breaks_after = True
    graph = tool_graph(hardened(till, store, honours_keys=False))
    for _ in range(2):
        assert code(told(await graph.ainvoke(wanted(("A1", 5)), thread("t1")))[-1].content) == "unknown_outcome"
    assert till.paid == [("A1", 5)]


async def test_a_person_is_asked_and_the_exact_call_is_made(till: Till, store: Store) -> None:
    """The question is LangChain's human-in-the-loop form; nothing happens before its answer, and then just that."""
    graph = tool_graph(hardened(till, store, gate="person"))
    waiting = await graph.ainvoke(wanted(("A1", 5)), thread("t1"))
    (question,) = waiting["__interrupt__"]
    (request,) = question.value["action_requests"]
    assert (request["name"], request["args"]) == ("issue_refund", {"order_id": "A1", "cents": 5})
    assert question.value["review_configs"] == [
        {"action_name": "issue_refund", "allowed_decisions": ["approve", "edit", "reject"]}
    ]
    assert till.paid == []
    (answer,) = told(await graph.ainvoke(Command(resume=APPROVE), thread("t1")))
    assert answer.status == "success"
    assert till.paid == [("A1", 5)]


@pytest.mark.parametrize(
    ("answer", "paid", "status"),
    [
        (APPROVE, [("A1", 5)], None),
        (edit("issue_refund", order_id="A1", cents="3"), [("A1", 3)], None),
        (edit("issue_refund", order_id="A1", cents="much"), [], "invalid_input"),
        (edit("wire_money", order_id="A1", cents=3), [], "denied"),
        (REJECT, [], "denied"),
        ([{"type": "accept", "args": None}], [("A1", 5)], None),
        ([{"type": "ignore", "args": None}], [], "denied"),
        ([{"type": "response", "args": "rather not"}], [], "denied"),
        (
            [{"type": "edit", "args": {"action": "issue_refund", "args": {"order_id": "A1", "cents": "4"}}}],
            [("A1", 4)],
            None,
        ),
    ],
)
async def test_every_ui_can_answer(till: Till, store: Store, answer: Any, paid: list[Any], status: str | None) -> None:
    """LangChain's form and Agent Inbox's; an edited call is what was approved, and a no is told to the model."""
    graph = tool_graph(hardened(till, store, gate="person"))
    await graph.ainvoke(wanted(("A1", 5)), thread("t1"))
    (message,) = told(await graph.ainvoke(Command(resume=answer), thread("t1")))
    assert till.paid == paid
    assert code(message.content) == status


async def test_a_reason_is_handed_on(till: Till, store: Store) -> None:
    """The model learns why."""
    graph = tool_graph(hardened(till, store, gate="person"))
    await graph.ainvoke(wanted(("A1", 5)), thread("t1"))
    (message,) = told(await graph.ainvoke(Command(resume=REJECT), thread("t1")))
    assert "a person refused this call: too much" in str(message.content)


async def test_an_answer_that_is_none_leaves_the_question_open(till: Till, store: Store) -> None:
    """A misspelt answer pays nothing, and the right one still counts."""
    graph = tool_graph(hardened(till, store, gate="person"))
    await graph.ainvoke(wanted(("A1", 5)), thread("t1"))
    with pytest.raises(ValidationError):
        await graph.ainvoke(Command(resume={"decisions": [{"type": "aprove"}]}), thread("t1"))
    assert till.paid == []
    await graph.ainvoke(Command(resume=APPROVE), thread("t1"))
    assert till.paid == [("A1", 5)]


@pytest.mark.parametrize("synchronous", [False, True])
async def test_one_answer_is_for_one_call(till: Till, store: Store, synchronous: bool) -> None:
    """Of two calls in one step only the first is asked about; the other is told to come again, and pays nothing."""
    graph = tool_graph(hardened(till, store, gate="person"))

    async def step(given: Any) -> Any:
        if synchronous:
            return await asyncio.to_thread(graph.invoke, given, thread("t1"))
        return await graph.ainvoke(given, thread("t1"))

    waiting = await step(wanted(("A1", 5), ("A2", 6)))
    asked = waiting["__interrupt__"][0].value["action_requests"][0]["args"]["order_id"]
    answers = {message.tool_call_id: code(message.content) for message in told(await step(Command(resume=APPROVE)))}
    assert [order for order, _ in till.paid] == [asked]
    assert answers.pop(f"call-{asked}") is None
    assert list(answers.values()) == ["needs_approval"]


async def test_without_a_checkpointer_the_model_is_told(till: Till, store: Store) -> None:
    """Nobody could be asked, so nothing happens."""
    graph = tool_graph(hardened(till, store, gate="person"), waits=False)
    (message,) = told(await graph.ainvoke(wanted(("A1", 5)), thread("t1")))
    assert (message.status, code(message.content)) == ("error", "needs_approval")
    assert "a person must allow exactly this call" in str(message.content)
    assert till.paid == []


async def test_bad_arguments_are_nobodys_question(till: Till, store: Store) -> None:
    """A call that cannot be made goes back to the model at once; so does one that policy never allows."""
    graph = tool_graph(hardened(till, store, gate="person"))
    output = await graph.ainvoke({"messages": [calls(wish("issue_refund", order_id="A1"))]}, thread("t1"))
    assert code(told(output)[0].content) == "invalid_input"
    never = tool_graph(hardened(till, store, gate="never"))
    assert code(told(await never.ainvoke(wanted(("A1", 5)), thread("t1")))[0].content) == "denied"


async def test_an_agent_of_langchain_uses_it_like_any_other(till: Till, store: Store) -> None:
    """`create_agent` shows the schema, asks one question a call, and goes on with what came of each."""
    model = chat(
        calls(wish("issue_refund", "1", order_id="A1", cents=5), wish("issue_refund", "2", order_id="A2", cents=6)),
        calls(wish("balance", "3", account="abc")),
        AIMessage("Both are settled."),
    )
    tools = [hardened(till, store, gate="person"), harden(till.balance)]
    agent = create_agent(model, tools, checkpointer=InMemorySaver())
    waiting = await agent.ainvoke({"messages": [HumanMessage("refund both")]}, thread("t1"))
    orders = {each.value["action_requests"][0]["args"]["order_id"]: each.id for each in waiting["__interrupt__"]}
    answers = {orders["A1"]: APPROVE, orders["A2"]: edit("issue_refund", order_id="A2", cents=1)}
    output = await agent.ainvoke(Command(resume=answers), thread("t1"))
    assert sorted(till.paid) == [("A1", 5), ("A2", 1)]
    assert [message.status for message in told(output)] == ["success"] * 3
    assert output["messages"][-1].content == "Both are settled."
    assert [shown["function"]["name"] for shown in model.shown[:2]] == ["issue_refund", "balance"]
    assert "key" not in model.shown[0]["function"]["parameters"]["properties"]


def test_it_works_without_async(till: Till) -> None:
    """`invoke` is the same pipeline, in a loop of its own; a text is the one argument of a tool that has one."""
    balance = harden(till.balance)
    assert json.loads(balance.invoke({"account": "abc"})) == {"result": 3}
    assert json.loads(balance.invoke("abcd")) == {"result": 4}
    assert code(balance.invoke({"account": 5})) == "invalid_input"


ODD = (
    st.none()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.sets(st.integers())
    | st.builds(object)
)


@given(st.dictionaries(st.text(max_size=5) | st.integers() | st.just("where"), ODD, max_size=3) | st.text())
@settings(max_examples=50, deadline=None)
def test_whatever_is_passed_is_answered(args: Any) -> None:
    """Nothing that a model, or a program, passes as arguments raises; the answer is JSON, a value or an error."""

    def look(where: str, deep: dict[str, int] | None = None) -> str:
        """Look somewhere."""
        return f"{where} {deep}"

    said = json.loads(harden(look, max_repeats=1_000).invoke(args))
    assert said.keys() <= {"result", "error"}
    assert said.get("error", {"code": "invalid_input"})["code"] == "invalid_input"


async def test_a_sync_call_inside_a_loop_does_not_stand_still(till: Till, store: Store) -> None:
    """Notebooks and sync nodes call `invoke` on a thread that has a loop."""
    refund = hardened(till, store)
    said = refund.invoke({"order_id": "A1", "cents": 5}, thread("t1"))
    assert json.loads(said)["result"]["cents"] == 5
    assert await refund.ainvoke({"order_id": "A1", "cents": 5}, thread("t1")) == said


async def test_an_effect_needs_a_thread(till: Till, store: Store) -> None:
    """Without one nothing says what it is once of; a tenant's effect needs none."""
    with pytest.raises(BadRequest, match="its effect is made once a thread, and the call names none; give config="):
        await hardened(till, store).ainvoke({"order_id": "A1", "cents": 5})
    tenants = hardened(till, store, scope="tenant")
    assert await tenants.ainvoke({"order_id": "A1", "cents": 5}) == await tenants.ainvoke(
        {"order_id": "A1", "cents": 5}
    )
    assert till.paid == [("A1", 5)]


async def test_going_in_circles_ends() -> None:
    """The same call too often is refused, until time has passed or another run has begun."""
    clock, seen = FakeClock(), []

    def look(where: str) -> str:
        """Look somewhere."""
        seen.append(where)
        return where

    tool = harden(look, max_repeats=2, clock=clock)
    assert [code(await tool.ainvoke({"where": "here"}, thread("t1"))) for _ in range(3)] == [
        None,
        None,
        "repeated_call",
    ]
    assert code(await tool.ainvoke({"where": "there"}, thread("t1"))) is None
    assert code(await tool.ainvoke({"where": "here"}, {"configurable": {"thread_id": "t1", "run_id": "2"}})) is None
    clock.advance(601)
    assert code(await tool.ainvoke({"where": "here"}, thread("t1"))) is None
    assert len(seen) == 5


async def test_a_rate_is_held() -> None:
    """A call that would have to wait too long is told when to come again."""

    def look(where: str) -> str:
        """Look somewhere."""
        return where

    used = harden(look, rate=Rate(calls=1, seconds=600.0), clock=FakeClock())
    said = [json.loads(await used.ainvoke({"where": where}, thread("t1"))) for where in ("here", "there")]
    assert said[0] == {"result": "here"}
    assert (said[1]["error"]["code"], said[1]["error"]["retry_after"]) == ("rate_limited", 600.0)


async def test_a_langchain_tool_and_a_declared_tool_are_hardened_alike(store: Store) -> None:
    """Whatever it is made of, the answer has one form."""

    async def look(where: str) -> str:
        """Look somewhere."""
        return where

    theirs = harden(StructuredTool.from_function(coroutine=look, name="look", description="Look."))
    assert json.loads(await theirs.ainvoke({"where": "a"})) == {"content": "a"}
    ours = harden(declared(look), journal=store)
    assert json.loads(await ours.ainvoke({"where": "a"})) == {"result": "a"}
    assert ours.args_schema == declared(look).input.model_json_schema()


async def test_a_lost_effect_is_asked_after(till: Till, store: Store) -> None:
    """Outside the machine too, the probe knows what a broken line hid."""

    @declared
    def paid(order_id: str) -> ProbeAnswer:
        """Say whether an order was paid back."""
        known = any(order == order_id for order, _ in till.paid)
        receipt = {"result": {"order_id": order_id}}
        return ProbeAnswer(outcome="done", result=receipt) if known else ProbeAnswer(outcome="not_done")

    till.breaks_after = True
    probed = hardened(till, store, honours_keys=False, probe="paid", asks=(paid,))
    said = [await probed.ainvoke({"order_id": "A1", "cents": 5}, thread("t1")) for _ in range(2)]
    assert json.loads(said[-1]) == {"result": {"order_id": "A1"}}
    assert till.paid == [("A1", 5)]


async def test_an_answer_that_comes_later_is_polled(store: Store) -> None:
    """The model is told to come again, and when it does, it gets the value; the call itself is made once."""
    answers: dict[str, Any] = {"outcome": "pending"}
    wired: list[str] = []

    @declared
    def poll(correlation_key: str) -> PollAnswer:
        """Say how a payment stands."""
        return PollAnswer.model_validate(answers)

    def wire(order_id: str) -> str | Pending:
        """Wire money."""
        wired.append(order_id)
        return Pending(correlation_key=order_id, expects="the bank", within_seconds=60.0, poll_tool="poll")

    said: Any = {"effect": "write", "identity": ("order_id",), "gate": "free", "journal": store, "clock": FakeClock()}
    used = harden(wire, asks=(poll,), **said)
    hint = {"expects": "the bank", "hint": "call it again later, with the same input"}
    for _ in range(2):
        assert json.loads(await used.ainvoke({"order_id": "A1"}, thread("t1"))) == {"pending": hint}
    answers |= {"outcome": "done", "result": {"result": "wired"}}
    assert json.loads(await used.ainvoke({"order_id": "A1"}, thread("t1"))) == {"result": "wired"}
    assert wired == ["A1"]


async def test_a_large_answer_is_cut_for_the_model() -> None:
    """It stays JSON, and says that it was cut; the artifact has it all."""

    def pages() -> list[str]:
        """List every page."""
        return ["page"] * 10_000

    used = harden(pages, shown_bytes=2_000)
    message = await used.ainvoke({**wish("pages")})
    assert "_cut" in json.loads(message.content)
    assert len(message.content) <= 3_000
    assert len(message.artifact["value"]["result"]) == 10_000


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"gate": "free"}, "tool issue_refund: it is irreversible, and without a journal it could happen twice; say"),
        ({"journal": True}, "tool issue_refund: it is irreversible, and nobody decides on its calls; say gate="),
        (
            {"journal": True, "gate": "reviewed"},
            "tool issue_refund: gate 'reviewed' needs the review of Surefoot's own",
        ),
        ({"journal": True, "gate": "free", "probe": "paid"}, "tool issue_refund: its probe paid is not at hand; say"),
        ({"journal": True, "gate": "ask"}, "tool issue_refund: 'ask' is no gate; say 'free', 'person' or 'never'"),
    ],
)
async def test_a_mistake_is_told_with_its_remedy(till: Till, store: Store, said: Json, line: str) -> None:
    """One line that names the tool and what to say."""
    given: Any = {**said, "journal": store} if "journal" in said else said
    with pytest.raises(DomainMistake) as raised:
        harden(till.issue_refund, effect="irreversible", stakes="money", identity=("order_id",), **given)
    assert str(raised.value).startswith(line)


async def test_a_declared_tool_takes_no_further_words(till: Till) -> None:
    """One place says what a tool may do."""
    with pytest.raises(DomainMistake, match="tool balance: is declared already; say attempts where it is"):
        harden(declared(till.balance), attempts=1)
