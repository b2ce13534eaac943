"""What an endpoint's errors mean: whether time may mend them, and if not, which setting a person should look at."""

import json
import re
import ssl
from collections.abc import Iterator
from typing import Final

import openai
from langchain_core.exceptions import ContextOverflowError
from langchain_core.exceptions import ModelError as LangChainError

from graph.errors import ContextOverflow, ModelRefused, ModelUnavailable
from graph.ports import Clock
from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.models.endpoints.patience import Trouble, retry_after
from surefoot.models.endpoints.sse import BrokenOff

MENDED_BY_TIME: Final = frozenset({408, 409, 425, 429})
SERVERS_FAULT: Final = 500
WORKED_ON: Final = frozenset({408, 504, 524})
"""Somebody in between gave up waiting; the model may have gone on."""
NOT_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
NOT_IMPLEMENTED: Final = 501
SHAPE_STATUS: Final = frozenset({400, 404, 415, 422, 501})
SHAPE: Final = re.compile(
    r"response_format|json_schema|json_object|json schema|structured output|guided|grammar", re.IGNORECASE
)
STREAM: Final = re.compile(r"\bstream", re.IGNORECASE)
OVERFLOW: Final = re.compile(r"context_length_exceeded|context (length|size|window)", re.IGNORECASE)
QUOTA: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
LONGEST_WORDS: Final = 200
"""Characters of an endpoint's own words in one of our lines."""


def refuses_shape(error: openai.APIStatusError) -> bool:
    """The endpoint does not take this way to ask for JSON."""
    return error.status_code in SHAPE_STATUS and SHAPE.search(words_of(error)) is not None


def refuses_stream(error: openai.APIStatusError) -> bool:
    """The endpoint does not stream, or does not count what it streams."""
    return error.status_code in SHAPE_STATUS and STREAM.search(words_of(error)) is not None


def refuses_content(error: openai.APIStatusError) -> bool:
    """Azure's filter, about the request itself."""
    return error.status_code == 400 and "content_filter" in f"{error.code} {words_of(error)}"  # noqa: PLR2004 bad request


def judged(error: Exception, endpoint: Endpoint, model: str, clock: Clock) -> Trouble:  # noqa: PLR0911 one a kind
    """What one failed try means, as one clear line. What is no endpoint's doing is raised again."""
    match error:
        case openai.APIStatusError():
            return _by_status(error, endpoint, model, clock)
        case openai.APITimeoutError():
            silent = ModelUnavailable(f"{endpoint.place} was silent for too long")
            return Trouble(silent, retryable=True, billed=_arrived(error))
        case openai.APIConnectionError():
            return _not_reached(error, endpoint)
        case BrokenOff():
            return _broken_off(error, endpoint, model)
        case json.JSONDecodeError() | UnicodeDecodeError() | openai.APIResponseValidationError():
            return Trouble(ModelUnavailable(f"{endpoint.place} sent half an answer"), retryable=True, billed=True)
        case LangChainError() if error.is_retryable:
            return Trouble(ModelUnavailable(f"{endpoint.place}: {_short(str(error), endpoint)}"), retryable=True)
        case openai.APIError() | TypeError() | AttributeError() | LookupError() | ValueError():
            return Trouble(_strange(endpoint, type(error).__name__))  # what client libraries raise at such answers
        case _:
            raise error


def _broken_off(error: BrokenOff, endpoint: Endpoint, model: str) -> Trouble:
    """A stream that ended early, by its connection or by an error in place of the next piece."""
    words = _short(str(error), endpoint)
    if error.code in QUOTA:
        return _refused(f"the account at {endpoint.place} has no quota left", endpoint, "api_key")
    if OVERFLOW.search(f"{error.code} {words}"):
        return _too_long(endpoint, model)
    return Trouble(ModelUnavailable(f"{endpoint.place} broke off its answer: {words}"), retryable=True, billed=True)


def _by_status(error: openai.APIStatusError, endpoint: Endpoint, model: str, clock: Clock) -> Trouble:
    status, words = error.status_code, _short(words_of(error), endpoint)
    if error.code in QUOTA:
        return _refused(f"the account at {endpoint.place} has no quota left", endpoint, "api_key")
    if status in MENDED_BY_TIME or (status >= SERVERS_FAULT and status != NOT_IMPLEMENTED):
        wait = retry_after(error.response.headers, clock.now())
        answers = ModelUnavailable(f"{endpoint.place} answers {status}: {words}")
        return Trouble(answers, retryable=True, retry_after=wait, billed=status in WORKED_ON)
    if isinstance(error, ContextOverflowError) or OVERFLOW.search(f"{error.code} {words}"):
        return _too_long(endpoint, model)
    return _by_person(status, words, endpoint, model)


def _by_person(status: int, words: str, endpoint: Endpoint, model: str) -> Trouble:
    match status, words:
        case 401, _:
            return _refused(f"{endpoint.place} does not take the key", endpoint, "api_key")
        case 403, _:
            return _refused(f"{endpoint.place} forbids {model} to this key", endpoint, "api_key", "model")
        case _, "":
            return Trouble(_strange(endpoint, str(status)))
        case 404, _:
            return _refused(f"{endpoint.place} has no model {model}: {words}", endpoint, "model", "base_url")
        case _:
            return _refused(f"{endpoint.place} answers {status} to {model}: {words}", endpoint, "model", "base_url")


def _not_reached(error: Exception, endpoint: Endpoint) -> Trouble:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            line = f"the certificate of {endpoint.place} is not trusted: set SSL_CERT_FILE to the authority's"
            return Trouble(ModelRefused(f"{line}, or mend {endpoint.setting('base_url')}"))
        if isinstance(cause, ssl.SSLError) or "WRONG_VERSION_NUMBER" in str(cause):
            return _refused(f"{endpoint.place} speaks no TLS (http:// in place of https://?)", endpoint, "base_url")
    why = _short(str(causes[-1]) or type(causes[-1]).__name__, endpoint)
    line = f"{endpoint.place} cannot be reached ({why}); is {endpoint.setting('base_url')} right?"
    return Trouble(ModelUnavailable(line), retryable=True, billed=_arrived(error))


def _arrived(error: Exception) -> bool:
    """Whether the request may have reached the endpoint. The HTTP library's errors are known by name only."""
    return not any(type(cause).__name__ in NOT_SENT for cause in _causes(error))


def _refused(what: str, endpoint: Endpoint, *settings: str) -> Trouble:
    return Trouble(ModelRefused(f"{what}: mend {' or '.join(endpoint.setting(each) for each in settings)}"))


def _too_long(endpoint: Endpoint, model: str) -> Trouble:
    line = f"the request does not fit the window of {model}: mend {endpoint.setting('model')}"
    return Trouble(ContextOverflow(f"{line}, or make SUREFOOT_MODEL_WINDOW smaller"))


def _strange(endpoint: Endpoint, why: str) -> ModelRefused:
    line = f"{endpoint.place} is no OpenAI-compatible endpoint ({why}): mend {endpoint.setting('base_url')}"
    return ModelRefused(f"{line}, which mostly ends in /v1")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_page(error: openai.APIStatusError) -> bool:
    return "html" in error.response.headers.get("content-type", "")


def words_of(error: openai.APIStatusError) -> str:
    """The endpoint's own words; of a web page, none."""
    if _is_page(error):
        return ""
    return str(error.body.get("message", error.message)) if isinstance(error.body, dict) else str(error.message)


def _short(words: str, endpoint: Endpoint) -> str:
    key = endpoint.api_key.get_secret_value() if endpoint.api_key else ""
    line = " ".join((words.replace(key, "***") if key else words).split())
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}..."
