"""A refusal on the wire: problem+json (RFC 9457) with the refusal's code, under the one status that goes with it."""

from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, ValidationError

from surefoot.domains.support.shop.errors import Refusal, RefusalCode

MEDIA_TYPE: Final = "application/problem+json"
STATUS: Final[dict[RefusalCode, HTTPStatus]] = {
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "denied": HTTPStatus.FORBIDDEN,
    "invalid_input": HTTPStatus.UNPROCESSABLE_ENTITY,
}


class Problem(BaseModel):
    """The body of an answer that is no success."""

    title: str
    status: int
    detail: str
    code: str
    """As in `graph.toolcall.ToolErrorCode`."""
    hint: str = ""


def problem(status: HTTPStatus, code: str, detail: str, hint: str = "") -> Problem:
    """The problem under its status."""
    return Problem(title=status.phrase, status=status, detail=detail, code=code, hint=hint)


def refusal_in(status: int, media_type: str, body: bytes) -> Refusal | None:
    """The shop's own no, or `None`: a 404 of a proxy, or of a server that is no shop, says nothing of an order."""
    if media_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        return None
    try:
        told = Problem.model_validate_json(body)
    except ValidationError:
        return None
    code = next((code for code, own in STATUS.items() if (code, own) == (told.code, status)), None)
    return Refusal(code, told.detail, told.hint) if code else None
