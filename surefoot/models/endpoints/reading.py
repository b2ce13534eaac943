"""An endpoint's answer as a completion: what it says, what it used, and why it may be none."""

import json
from typing import Any, Final

import openai
from langchain_core.messages import AIMessage

from surefoot.models.endpoints.forms import ENFORCED, Form, unwrapped
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


def cut(error: openai.LengthFinishReasonError | openai.ContentFilterFinishReasonError, cap: int) -> Completion:
    """What an answer says and costs that the client library would not parse."""
    reason = "length" if isinstance(error, openai.LengthFinishReasonError) else "content_filter"
    whole = error.completion
    text = (whole.choices[0].message.content or "") if whole else ""
    usage = whole.usage if whole else None
    return Completion(
        text=text,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        fault=_fault(text, "", reason, cap),
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
