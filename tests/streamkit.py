"""Streamed answers of the endpoint on loopback, and listeners that put drafts together again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from endpointkit import Reply
from graph.prose import Piece
from graph.values import Json
from surefoot.progress import Event

DONE: Final = b"data: [DONE]\n\n"
STREAM: Final = {"Content-Type": "text/event-stream; charset=utf-8"}


def event(text: str | None = None, finish: str | None = None, usage: Json | None = None, **delta: Any) -> bytes:
    """One event in OpenAI's form."""
    choices = [{"index": 0, "delta": {"content": text, **delta}, "finish_reason": finish}]
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "usage": usage}
    return b"data: " + json.dumps({**chunk, "choices": [] if usage else choices}, ensure_ascii=False).encode() + b"\n\n"


def streams(*pieces: bytes | float) -> Reply:
    """These bytes and silences, and no more."""
    return Reply(b"", headers=dict(STREAM), pieces=list(pieces))


def told(text: str, *, size: int = 7, finish: str = "stop", usage: Json | None = None, pause: float = 0.0) -> Reply:
    """A whole stream that says the text, some characters at a time."""
    letters = [event(text[at : at + size]) for at in range(0, len(text), size)]
    paced: list[bytes | float] = [part for each in letters for part in ((pause, each) if pause else (each,))]
    counted = [event(usage=usage)] if usage else []
    return streams(event("", role="assistant"), *paced, event(finish=finish), *counted, DONE)


@dataclass
class Hearing:
    """What a provider tells of a growing answer."""

    told: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> None:
        """Remember."""
        self.told.append(text)

    @property
    def tries(self) -> list[str]:
        """How far each try came."""
        return [list(texts)[-1] for begun, texts in groupby(self.told, bool) if begun]


def joined(pieces: Sequence[Piece]) -> list[str]:
    """The texts that the pieces add up to, one an `again`."""
    texts = [""]
    for piece in pieces:
        if piece.again:
            texts.append("")
        texts[-1] += piece.text
    return texts


def drafts(events: Sequence[Event]) -> dict[str, list[str]]:
    """The same by draft, from events."""
    found: dict[str, list[Piece]] = {}
    for each in events:
        if each.about_a_draft:
            found.setdefault(each.draft, []).append(Piece(each.detail, again=each.phase == "again"))
    return {draft: joined(pieces) for draft, pieces in found.items()}
