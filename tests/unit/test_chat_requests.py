"""What is made of a message: JSON is the request itself, prose is the domain's to read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from graph.chat import marked, requested
from graph.errors import BadRequest
from surefoot.domains.support.chat import from_message, to_message
from surefoot.domains.support.schemas import SupportRequest
from toydomain import toy

PROSE = replace(toy(Path("unused")), from_message=lambda text: {"name": text})
NO_PROSE = toy(Path("unused"))


@pytest.mark.parametrize("domain", [PROSE, NO_PROSE])
def test_json_is_the_request(domain: Any) -> None:
    """An object is taken as it is, whether the domain reads prose or not."""
    assert requested(HumanMessage(' {"name": "Ada"}\n'), domain) == {"name": "Ada"}


def test_prose_is_read_by_the_domain() -> None:
    """Anything else goes to the domain."""
    assert requested(HumanMessage("Ada"), PROSE) == {"name": "Ada"}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (HumanMessage("Greet Ada"), 'domain toy takes no prose; write the job as JSON, such as {"name": ...}'),
        (HumanMessage('{"name": }'), "the JSON of the newest cannot be read: Expecting value"),
        (HumanMessage("  "), "has no text"),
        (AIMessage("Ada"), "none is a person's"),
        (marked(HumanMessage("7"), "unreadable"), "'7' is no message"),
    ],
)
def test_what_is_no_request(message: Any, told: str) -> None:
    """What cannot be a job is refused in one line that says what to write."""
    with pytest.raises(BadRequest) as refused:
        requested(message, NO_PROSE)
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("From: a@b.example\n\nWhere is it?", {"customer_email": "a@b.example", "message": "Where is it?"}),
        ('From: "Ann" <Ann@B.example>\nWhere?', {"customer_email": "ann@b.example", "message": "Where?"}),
        ("Where? I am a@b.example.", {"customer_email": "a@b.example", "message": "Where? I am a@b.example."}),
        ("Where?\nfrom: a@b.example\n", {"customer_email": "a@b.example", "message": "Where?"}),
        ("From: a@b.example\nMine is c@d.example", {"customer_email": "a@b.example", "message": "Mine is c@d.example"}),
        (
            "From: a@b.example\nOrder: sf-10001\n\nWhere?",
            {"customer_email": "a@b.example", "message": "Where?", "order_id": "SF-10001"},
        ),
        ("It is from a@b.example, twice: A@b.example", {
            "customer_email": "a@b.example", "message": "It is from a@b.example, twice: A@b.example"}),
    ],
)  # fmt: skip
def test_a_ticket_in_prose(text: str, request_: dict[str, str]) -> None:
    """A `From:` line names the sender, else the only address does; the rest is the message, and fits the schema."""
    assert from_message(text) == request_
    SupportRequest.model_validate(request_)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Where is it?", "names no e-mail address; write who it is from first"),
        ("a@b.example or c@d.example", "names 2 e-mail addresses"),
        ("From: nobody\nWhere is it?", "names no e-mail address"),
        ("From: a@b.example\n ", "nothing but its sender"),
    ],
)
def test_a_ticket_that_lacks_something(text: str, told: str) -> None:
    """What is missing is named, with what to write."""
    with pytest.raises(BadRequest, match=told) as refused:
        from_message(text)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("reply", [None, "Dear Ann"])
def test_what_a_customer_is_told(reply: str | None) -> None:
    """The answer of a ticket is the letter that was sent, or nothing of its own."""
    assert to_message({"reply": reply, "actions": [], "refunded_cents": 0}) == reply
