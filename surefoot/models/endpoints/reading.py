"""An endpoint's answer as a completion: what it says, what it used, and why it may be none."""

import json
from typing import Any, Final

from langchain_core.messages import AIMessage

from surefoot.models.endpoints.forms import ENFORCED, Form, unwrapped
from surefoot.models.endpoints.streaming import Heard
from surefoot.models.provider import Completion

STOPPED: Final = {
    "length": "it was cut off at {tokens} tokens, so be shorter",
    "content_filter": "a content filter cut it",
}

FILTERED: Final = Completion("", 0, 0, fault="a content filter refused the request")
"""The endpoint refused the request itself; nothing was generated."""


def read(message: AIMessage, cap: int, form: Form) -> Completion:
    """The completion, with its fault where the text is no whole answer. Without reported usage its tokens are 0."""
    text = message.content if isinstance(message.content, str) else "".join(map(_part, message.content))
    usage = message.usage_metadata
    refusal = str(message.additional_kwargs.get("refusal") or "")
    return Completion(
        text=refusal or unwrapped(form, text),
        prompt_tokens=usage["input_tokens"] if usage else 0,
        completion_tokens=usage["output_tokens"] if usage else 0,
        cached_tokens=usage.get("input_token_details", {}).get("cache_read", 0) if usage else 0,
        fault=_fault(text, refusal, str(message.response_metadata.get("finish_reason")), cap),
    )


def read_streamed(heard: Heard, cap: int, form: Form) -> Completion:
    """The same for an answer that came in pieces."""
    return Completion(
        text=heard.refusal or unwrapped(form, heard.text),
        prompt_tokens=heard.usage.get("prompt_tokens") or 0,
        completion_tokens=heard.usage.get("completion_tokens") or 0,
        cached_tokens=(heard.usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        fault=_fault(heard.text, heard.refusal, heard.finish, cap),
    )


def is_prose(completion: Completion, form: Form) -> bool:
    """Whether an endpoint that took a schema did not hold the answer to it: it is whole, and no JSON at all."""
    if form not in ENFORCED or completion.fault:
        return False
    try:
        json.loads(completion.text)
    except json.JSONDecodeError:
        return True
    return False


def _fault(text: str, refusal: str, reason: str, cap: int) -> str:
    if refusal:
        return "the model refused to answer"
    if reason in STOPPED:
        return STOPPED[reason].format(tokens=cap)
    return "" if text.strip() else "it was empty"


def _part(part: Any) -> str:
    return part if isinstance(part, str) else str(part.get("text", ""))
