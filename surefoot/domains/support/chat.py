"""A ticket as a chat message: lines `From: name@example.com` and, if it was filed under one, `Order: SF-12345`.

Without the first, the only address in the message is its sender's.
"""

import re
from typing import Final

from graph.errors import BadRequest
from graph.values import Json
from surefoot.domains.support.schemas import ORDER_ID

ADDRESS: Final = r"[^@\s<>,;:()\[\]\"']+@[^@\s<>,;:()\[\]\"']+\.[A-Za-z]{2,}"
SENDER: Final = re.compile(rf"^[ \t]*From:[^\n]*?({ADDRESS})[^\n]*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE)
ORDER: Final = re.compile(rf"^[ \t]*Order:[ \t]*({ORDER_ID})[ \t]*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE)
HOW: Final = "write who it is from first, in a line such as `From: name@example.com`"


def from_message(text: str) -> Json:
    """The request. Raises `BadRequest` where nobody, or more than one, may be the sender, or nothing is said."""
    sender, rest = _taken(SENDER, text)
    order_id, rest = _taken(ORDER, rest)
    email = sender or _only_address(rest)
    if not rest.strip():
        raise BadRequest("message: there is nothing but its sender; write what the customer wants under it")
    request: Json = {"customer_email": email.lower(), "message": rest.strip()}
    return {**request, "order_id": order_id.upper()} if order_id else request


def to_message(outcome: Json) -> str | None:
    """The letter that was sent, if one was."""
    reply: str | None = outcome["reply"]
    return reply


def _taken(line: re.Pattern[str], text: str) -> tuple[str | None, str]:
    """What the first such line says, and the text without it."""
    found = line.search(text)
    return (found[1], text[: found.start()] + text[found.end() :]) if found else (None, text)


def _only_address(text: str) -> str:
    addresses: set[str] = {found.lower() for found in re.findall(ADDRESS, text)}
    if len(addresses) != 1:
        told = f"{len(addresses)} e-mail addresses" if addresses else "no e-mail address"
        raise BadRequest(f"customer_email: the message names {told}; {HOW}")
    return addresses.pop()
