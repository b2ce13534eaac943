"""What the answers to the doctor's questions mean, a check each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import openai
from pydantic import BaseModel, ValidationError

from graph.budget import MICROS_PER_USD
from graph.errors import ModelError
from graph.values import Frozen
from surefoot.models.endpoints.endpoint import Endpoint
from surefoot.models.endpoints.forms import ENFORCED, Form
from surefoot.models.endpoints.prices import EMPTY, Table, usd_micros
from surefoot.models.provider import Completion

MILLION: Final = 1_000_000
REMEDY: Final = re.compile(r"(.*?)[:;] ((?:mend|is|set) .*)", re.DOTALL)
"""How the provider's own lines end: with what to do."""
BYTES_A_TOKEN: Final = 5
"""No tokenizer in use needs fewer tokens than one for so many bytes of such texts."""
KEY: Final = frozenset({401, 403})
NO_MODEL: Final = 404
OVERLOADED: Final = frozenset({408, 409, 425, 429})
SERVERS_FAULT: Final = 500


class Check(Frozen):
    """One thing that was tried."""

    tier: str
    """`large`, `small`, or `both` where one model serves both tiers."""
    name: str
    verdict: Literal["ok", "degraded", "fails"]
    """degraded: the agent works, worse than it could; fails: it cannot work."""
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Heard:
    """An answer, and the seconds it took."""

    completion: Completion
    seconds: float


def fault_of(completion: Completion, answer: type[BaseModel]) -> str:
    """Why this is no answer of the type; empty where it is one."""
    if completion.fault:
        return completion.fault
    try:
        answer.model_validate_json(completion.text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}"
    return ""


def troubled(tier: str, name: str, error: ModelError, otherwise: str) -> Check:
    """A question that got no answer, in the provider's own line."""
    line = " ".join(str(error).split())
    split = REMEDY.fullmatch(line)
    found, remedy = split.groups() if split else (line, otherwise)
    return Check(tier=tier, name=name, verdict="fails", found=found, remedy=remedy)


def not_begun(tier: str, error: ModelError) -> Iterator[Check]:
    """The first question got no answer: what of endpoint, key and model is at fault."""
    cause = error.__cause__
    told = isinstance(cause, openai.APIStatusError) and "html" not in cause.response.headers.get("content-type", "")
    status = cause.status_code if told and isinstance(cause, openai.APIStatusError) else SERVERS_FAULT
    if status >= SERVERS_FAULT or status in OVERLOADED:
        yield troubled(tier, "endpoint", error, "see whether it is up, or raise SUREFOOT_MODEL_IDLE_SECONDS")
        return
    yield Check(tier=tier, name="endpoint", verdict="ok", found="it answers")
    if status in KEY:
        yield troubled(tier, "key", error, "mend OPENAI_API_KEY")
        return
    yield Check(tier=tier, name="key", verdict="ok", found="it is taken")
    yield troubled(tier, "model" if status == NO_MODEL else "request", error, "see what the endpoint's log says")


def begun(tier: str, endpoint: Endpoint) -> Iterator[Check]:
    """The first question got an answer."""
    yield Check(tier=tier, name="endpoint", verdict="ok", found=f"{endpoint.place} answers")
    key = "it is taken" if endpoint.api_key else "none is set, none is asked for"
    yield Check(tier=tier, name="key", verdict="ok", found=key)
    yield Check(tier=tier, name="model", verdict="ok", found=endpoint.model)


def form(tier: str, found: Form) -> Check:
    """How answers are held to their schema."""
    if found in ENFORCED:
        return Check(tier=tier, name="form", verdict="ok", found=f"{found}: the endpoint holds answers to the schema")
    remedy = "nothing must be set; an endpoint with `json_schema` answers better for fewer tokens"
    return Check(tier=tier, name="form", verdict="degraded", found=f"{found}: only the prompt asks", remedy=remedy)


def plan(tier: str, first: str, repaired: str) -> Check:
    """Whether a small plan was valid: `first` and `repaired` say what was wrong with the answer, and with the next."""
    if not first:
        return Check(tier=tier, name="plan", verdict="ok", found="valid at the first answer")
    if not repaired:
        remedy = "expect twice the calls; a larger model needs fewer"
        return Check(tier=tier, name="plan", verdict="degraded", found=f"valid once repaired ({first})", remedy=remedy)
    remedy = "choose a larger model, or an endpoint that takes `json_schema`"
    return Check(tier=tier, name="plan", verdict="fails", found=f"not valid: {repaired}", remedy=remedy)


def repair(tier: str, fault: str) -> Check:
    """Whether a model that is shown its own mistake mends it."""
    if not fault:
        return Check(tier=tier, name="repair", verdict="ok", found="a wrong answer is mended once its fault is shown")
    remedy = "more tasks will need a retry or a person; a larger model mends more"
    return Check(tier=tier, name="repair", verdict="degraded", found=f"not mended: {fault}", remedy=remedy)


def truncation(tier: str, cut: Completion) -> Check:
    """Whether an answer that was cut off says so."""
    if cut.fault.startswith("it was cut off"):
        return Check(tier=tier, name="truncation", verdict="ok", found="an answer that is cut off says so")
    found = cut.fault or "an answer that is cut off looks like a whole one"
    remedy = "upgrade the endpoint: until then a cut answer is noticed only where its JSON breaks"
    return Check(tier=tier, name="truncation", verdict="degraded", found=found, remedy=remedy)


def usage(tier: str, heard: Completion) -> Check:
    """Whether tokens are counted by the endpoint."""
    if not heard.estimated:
        found = f"{heard.prompt_tokens} + {heard.completion_tokens} tokens reported for the first answer"
        return Check(tier=tier, name="usage", verdict="ok", found=found)
    remedy = "budgets hold by our own, higher count; an endpoint that reports usage wastes less of them"
    return Check(tier=tier, name="usage", verdict="degraded", found="not reported", remedy=remedy)


def price(tier: str, endpoint: Endpoint, table: Table = EMPTY) -> Check:
    """Whether dollars can be counted, by the user's own prices or those that come with us."""
    amounts = ((MILLION, 0), (0, MILLION))
    each = [usd_micros(endpoint.base_url, endpoint.model, *tokens, table=table) for tokens in amounts]
    if None not in each:
        said, written = (f"${(micros or 0) / MICROS_PER_USD:.2f}" for micros in each)
        return Check(tier=tier, name="price", verdict="ok", found=f"{said} read, {written} written, a million tokens")
    remedy = "give its price in SUREFOOT_PRICES, or limit runs by tokens or calls: dollars count nothing here"
    return Check(tier=tier, name="price", verdict="degraded", found="not known", remedy=remedy)


def window(tier: str, heard: Completion, size: int, room: int, limit: int) -> Check:
    """Whether a planning prompt of `size` bytes and an answer of `room` tokens fit; our settings say `limit` tokens."""
    counted = heard.prompt_tokens
    if not heard.estimated and counted < size // BYTES_A_TOKEN + room:
        found = f"the prompt was cut to {counted} tokens without a word"
        remedy = "give the model a larger context where it is served, such as OLLAMA_CONTEXT_LENGTH"
        return Check(tier=tier, name="window", verdict="fails", found=found, remedy=remedy)
    if counted > limit:
        found, remedy = f"{counted} tokens are needed, SUREFOOT_MODEL_WINDOW is {limit}", "set it to the model's own"
        return Check(tier=tier, name="window", verdict="degraded", found=found, remedy=remedy)
    found = f"a planning prompt and an answer of {room} tokens fit, {counted} in all"
    return Check(tier=tier, name="window", verdict="ok", found=found)


def speed(tier: str, heard: list[Heard], room: int, most_seconds: float) -> Check:
    """How fast answers come, and whether a long one comes in time."""
    tokens, seconds = sum(each.completion.completion_tokens for each in heard), sum(each.seconds for each in heard)
    rate = tokens / max(seconds, 0.001)
    found = f"first answer after {heard[0].seconds:.1f} s, {rate:.0f} tokens a second"
    longest = room / max(rate, 0.001)
    if longest <= most_seconds:
        return Check(tier=tier, name="speed", verdict="ok", found=found)
    found += f"; the longest answer takes {longest:.0f} s, a call may take {most_seconds:g} s"
    remedy = "raise SUREFOOT_MODEL_CALL_SECONDS or lower SUREFOOT_MODEL_ANSWER_TOKENS"
    return Check(tier=tier, name="speed", verdict="degraded", found=found, remedy=remedy)
