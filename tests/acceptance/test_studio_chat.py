"""Chat mode: jobs in messages, and their ends in answers."""

from typing import Any

import pytest

from acceptance.command import CASES
from acceptance.studiokit import APPROVE, Studio
from surefoot.domains.support.cases import Case, redraw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def mail(case: Case) -> str:
    """A ticket as a mail."""
    request = case.request
    order = f"Order: {request['order_id']}\n" if request.get("order_id") else ""
    return f"From: {request['customer_email']}\n{order}\n{request['message']}"


def chat(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what, apart from the orchestrator's own history."""
    said = [message for message in values["messages"] if message["additional_kwargs"]["surefoot"] != "history"]
    return [(message["type"], message["content"]) for message in said]


async def test_a_chat_of_two_jobs(studio: Studio) -> None:
    """A mail is answered with the letter that was sent; the next message is a run of its own; the chat shows both."""
    thread_id = await studio.thread()
    first, second = (redraw(CASES["where_is_my_order"], seed) for seed in (21, 22))
    await studio.say(thread_id, mail(first))
    before = await studio.settled(thread_id)
    (letter,) = studio.letters(first)
    assert chat(before) == [("human", mail(first)), ("ai", letter)]
    assert before["request"]["customer_email"] == first.request["customer_email"]

    await studio.say(thread_id, mail(second))
    after = await studio.settled(thread_id)
    assert after["header"]["run_id"] != before["header"]["run_id"]
    assert chat(after) == [*chat(before), ("human", mail(second)), ("ai", studio.letters(second)[0])]


async def test_a_chat_that_waits(studio: Studio) -> None:
    """A message to a waiting run is refused and changes nothing; once a person approved, the chat has the letter."""
    thread_id, case = await studio.thread(), redraw(CASES["large_refund"], 23)
    await studio.say(thread_id, mail(case))
    before = await studio.interrupts(thread_id)
    assert before != []
    refused = await studio.say(thread_id, "Are you still there?")
    assert refused["__error__"]["error"] == "ThreadBusy"
    assert await studio.interrupts(thread_id) == before
    await studio.answer(thread_id, APPROVE)
    assert chat(await studio.settled(thread_id))[-1] == ("ai", studio.letters(case)[0])


async def test_a_message_without_a_sender(studio: Studio) -> None:
    """What is missing is told in the chat, in the outcome's line; a message that mends it is a new run."""
    thread_id, case = await studio.thread(), redraw(CASES["where_is_my_order"], 24)
    await studio.say(thread_id, "Where is my parcel?")
    refused = await studio.settled(thread_id)
    assert (refused["status"], refused["outcome"]["cause"]) == ("rejected", "bad_request")
    assert chat(refused)[-1] == ("ai", refused["outcome"]["message"])
    assert "From: name@example.com" in refused["outcome"]["message"]
    await studio.say(thread_id, mail(case))
    assert (await studio.settled(thread_id))["status"] == "complete"
