"""Chat mode: a job may come as a message, and how it ended goes back as one.

Our own messages bear a mark, so that a message without one is what a caller has just said. A caller who sends a whole
conversation along sends its marks along.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Any, Final, Literal, cast

from langchain_core.messages import AnyMessage, HumanMessage, convert_to_messages

from graph.domain import Domain
from graph.errors import BadRequest
from graph.values import Json

Mark = Literal["job", "history", "outcome", "earlier", "unreadable"]
"""job: what the run is about. history: the orchestrator's own. outcome: how the run ended. earlier: job or outcome of a
run before it. unreadable: what a caller gave for a message, and is none."""

MARK: Final = "surefoot"
DIGEST: Final = "surefoot_request"
EXCHANGES: Final = 20
"""Earlier jobs, with their outcomes, that a thread keeps for whoever reads the chat."""
QUOTED: Final = 80
"""Characters of something unusable that its refusal quotes."""
FORM: Final = '{"role": "user", "content": "..."}'


def marked(message: AnyMessage, mark: Mark, **more: str) -> AnyMessage:
    """The message, with a mark in the place of any that it has."""
    return message.model_copy(update={"additional_kwargs": {**message.additional_kwargs, MARK: mark, **more}})


def mark_of(message: AnyMessage) -> str | None:
    """What a message is to us; `None` for one that a caller has just sent."""
    return message.additional_kwargs.get(MARK)


def about(message: AnyMessage, mark: Literal["job", "outcome"], request: Json) -> AnyMessage:
    """A run's first or last message, which bears witness to its request; either may be replaced under its id."""
    return marked(message, mark, **{DIGEST: _digest(request)})


def earlier(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """What a thread's next run keeps of those before it: their jobs and outcomes, for whoever reads the chat."""
    kept = [message for message in messages if mark_of(message) in {"earlier", "job", "outcome"}]
    return [marked(message, "earlier") for message in kept][-2 * EXCHANGES :]


def of_run(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages of the run at hand: all that models are shown, and that counts against their window."""
    return [message for message in messages if mark_of(message) != "earlier"]


def incoming(request: object, messages: Sequence[AnyMessage]) -> AnyMessage | None:
    """The message that is the job; `None` where `request` is.

    On a thread that had a run before, the state still holds that run's request, so one that is no other than that
    counts as not given. Where both are given, the request is the job.
    """
    said = _newest_said(messages)
    if request and _digest(request) not in {message.additional_kwargs.get(DIGEST) for message in messages}:
        return None
    return said


def requested(message: AnyMessage, domain: Domain) -> Json:
    """The request that a message is, or that the domain makes of it. Raises `BadRequest`."""
    text = message.text.strip()
    if mark_of(message) == "unreadable":
        raise BadRequest(f"messages: {text!r} is no message; give one such as {FORM}")
    if not isinstance(message, HumanMessage):
        raise BadRequest(f"messages: none is a person's; give one such as {FORM}")
    if not text:
        raise BadRequest("messages: the newest has no text; say what is to be done")
    if text.startswith("{") and text.endswith("}"):
        return _parsed(text)
    if domain.from_message is None:
        fields = ", ".join(
            f'"{name}": ...' for name, field in domain.request.model_fields.items() if field.is_required()
        )
        raise BadRequest(f"messages: domain {domain.name} takes no prose; write the job as JSON, such as {{{fields}}}")
    return domain.from_message(text)


def read(given: Any, taken: Collection[str | None]) -> AnyMessage:
    """A message from whatever a caller gives for one. Total, since a reducer that raises leaves its thread unusable.

    One without an id is named after its place, so that a replay names it alike.
    """
    try:
        (message,) = cast("list[AnyMessage]", convert_to_messages([given]))
    except (ValueError, TypeError, NotImplementedError):
        message = marked(HumanMessage(f"{given!s:.{QUOTED}}"), "unreadable")
    if message.id is not None:
        return message
    number = len(taken) + 1
    while (name := f"message/{number}") in taken:
        number += 1
    return message.model_copy(update={"id": name})


def _newest_said(messages: Sequence[AnyMessage]) -> AnyMessage | None:
    """The newest of a person, rather than of anybody else, among those that just came; an unreadable one before all."""
    said = [message for message in messages if mark_of(message) in {None, "unreadable"}]
    broken = [message for message in said if mark_of(message)]
    people = [message for message in said if isinstance(message, HumanMessage)]
    return next(iter(broken), next(reversed(people or said), None))


def _parsed(text: str) -> Json:
    try:
        request: Json = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequest(f"messages: the JSON of the newest cannot be read: {error}") from error
    return request


def _digest(request: object) -> str:
    """Total, unlike a digest of JSON: INTAKE has yet to judge what this is."""
    return hashlib.sha256(repr(request).encode("utf-8", "backslashreplace")).hexdigest()[:12]
