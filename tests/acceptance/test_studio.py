"""Runs on threads, as Studio and other UIs drive them."""

import asyncio

import pytest
from langgraph_sdk.errors import ConflictError

from acceptance.command import CASES
from acceptance.studiokit import APPROVE, Studio
from surefoot.domains.support.cases import redraw

STOP = {"decisions": [{"type": "edit", "edited_action": {"name": "decide", "args": {"option": "stop", "note": ""}}}]}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_a_ticket_completes(studio: Studio) -> None:
    """A ticket runs to its outcome; the shop has the reply, and the command line sees the run."""
    thread_id = await studio.thread()
    case = await studio.ticket(thread_id, "where_is_my_order")
    values = await studio.settled(thread_id)
    assert (values["status"], values["outcome"]["cause"]) == ("complete", "done")
    assert studio.letters(case) == [values["outcome"]["data"]["reply"]]
    listed = await asyncio.to_thread(studio.command, "runs", "--status", "complete", "--json")
    assert values["header"]["run_id"] in [view["job"]["run_id"] for view in listed.data]


async def test_a_person_approves(studio: Studio) -> None:
    """A run that waits shows its card in the form that Studio and inboxes render; approving completes it."""
    thread_id = await studio.thread()
    case = await studio.ticket(thread_id, "large_refund")
    (waiting,) = await studio.interrupts(thread_id)
    (request,), (review,) = waiting["value"]["action_requests"], waiting["value"]["review_configs"]
    assert request["args"] == request["arguments"] == {"option": "approve", "note": ""}
    assert case.request["customer_email"] in request["description"]
    assert review == {"action_name": "decide", "allowed_decisions": ["approve", "edit", "reject"]}
    assert waiting["value"]["escalation"]["kind"] == "effect_approval"

    await studio.answer(thread_id, APPROVE)
    values = await studio.settled(thread_id)
    assert "issue_refund" in values["outcome"]["data"]["actions"]
    assert len(studio.letters(case)) == 1


@pytest.mark.parametrize(
    ("answer", "seed", "status", "refunded"),
    [
        ([{"type": "accept", "args": None}], 11, "complete", True),
        ([{"type": "ignore", "args": None}], 12, "complete", False),
        ({"decisions": [{"type": "reject", "message": "not this one"}]}, 13, "complete", False),
        (STOP, 14, "rejected", False),
    ],
)
async def test_the_answers_of_both_inboxes(
    studio: Studio, answer: object, seed: int, status: str, refunded: bool
) -> None:
    """Agent Inbox answers with a list of one, agent-chat-ui with decisions; each has what was chosen done."""
    thread_id = await studio.thread()
    case = await studio.ticket(thread_id, "large_refund", seed)
    await studio.answer(thread_id, answer)
    values = await studio.settled(thread_id)
    assert values["status"] == status
    assert ("issue_refund" in [effect["tool"] for effect in values["outcome"]["effects"]]) is refunded
    assert len(studio.letters(case)) == (status == "complete")


async def test_an_answer_that_chooses_nothing(studio: Studio) -> None:
    """An answer that is not on the card is asked again, with what may be chosen; a good one then ends the run."""
    thread_id = await studio.thread()
    await studio.ticket(thread_id, "large_refund", seed=15)
    await studio.answer(thread_id, {"decisions": [{"type": "perhaps"}]})
    (waiting,) = await studio.interrupts(thread_id)
    assert "approve" in waiting["value"]["error"]
    await studio.answer(thread_id, {"option": "stop", "note": "no"})
    assert (await studio.settled(thread_id))["status"] == "rejected"


async def test_a_new_input_does_not_destroy_what_waits(studio: Studio) -> None:
    """A new input on a thread whose run waits is refused; the interrupt is still there, and can be answered."""
    thread_id = await studio.thread()
    await studio.ticket(thread_id, "large_refund", seed=2)
    before = await studio.interrupts(thread_id)
    for given in ({"request": CASES["where_is_my_order"].request}, {"messages": [("user", "Hello?")]}):
        refused = await studio.run(thread_id, input=given)
        assert refused["__error__"]["error"] == "ThreadBusy"
        assert await studio.interrupts(thread_id) == before
    await studio.answer(thread_id, {"option": "stop", "note": "no"})
    assert (await studio.settled(thread_id))["status"] == "rejected"


async def test_a_finished_thread_takes_a_new_job(studio: Studio) -> None:
    """A second input on a finished thread is a run of its own, with nothing of the first in it."""
    thread_id = await studio.thread()
    first = await studio.ticket(thread_id, "where_is_my_order", seed=3)
    before = await studio.settled(thread_id)
    second = await studio.ticket(thread_id, "where_is_my_order", seed=4)
    after = await studio.settled(thread_id)
    assert after["header"]["run_id"] != before["header"]["run_id"]
    assert first.request["customer_email"] not in str(after)
    assert [len(studio.letters(case)) for case in (first, second)] == [1, 1]


async def test_a_second_run_of_a_thread_is_refused(studio: Studio) -> None:
    """With `multitask_strategy=reject` the second of two runs at once is refused as a conflict; the first one ends."""
    thread_id, case = await studio.thread(), redraw(CASES["where_is_my_order"], 5)
    given = {"input": {"request": case.request}, "multitask_strategy": "reject"}
    first = await studio.client.runs.create(thread_id, "surefoot", **given)  # type: ignore[call-overload]
    with pytest.raises(ConflictError, match="already running"):
        await studio.client.runs.create(thread_id, "surefoot", **given)  # type: ignore[call-overload]
    await studio.client.runs.join(thread_id, first["run_id"])
    assert (await studio.settled(thread_id))["status"] == "complete"
    assert len(studio.letters(case)) == 1


async def test_a_request_that_breaks_its_schema(studio: Studio) -> None:
    """A bad request is no server error: the run is rejected, and its message names the field."""
    thread_id = await studio.thread()
    await studio.run(thread_id, input={"request": {"message": "hi"}}, context={"domain": "support"})
    outcome = (await studio.settled(thread_id))["outcome"]
    assert (outcome["status"], outcome["cause"]) == ("rejected", "bad_request")
    assert "customer_email" in outcome["message"]


@pytest.mark.parametrize("given", [{"request": None}, {"request": ["x"]}, {"messages": []}, {"messages": [7]}])
async def test_an_input_that_is_no_job(studio: Studio, given: object) -> None:
    """Whatever a form sends, the run is rejected with one line that names the field and shows its form."""
    thread_id = await studio.thread()
    await studio.run(thread_id, input=given)
    outcome = (await studio.settled(thread_id))["outcome"]
    assert outcome["cause"] == "bad_request"
    assert outcome["message"].startswith(("request: ", "messages: "))
    assert "give " in outcome["message"]
