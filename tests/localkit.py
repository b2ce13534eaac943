"""SmolLM2 for tests: its server as a process of ours, and a cast in which it plays some of the roles."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from unittest.mock import patch

from graph.contract import Budget
from surefoot.models.local.server import NAME
from surefoot.models.offline import Offline
from surefoot.models.provider import Ask, Completion, Provider

PARTS: Final = ("plan", "work:draft_reply", "work:investigate", "review", "summarize")
"""What there is to play in the support domain."""
BUDGET: Final = Budget(tokens=100_000, seconds=30, calls=16, on_alert="escalate")
"""A run that comes to nothing asks a person after about half a minute of model time."""
ANSWER_TOKENS: Final = 400
"""Its whole plans have 350 at most; what is longer repeats itself."""
WINDOW: Final = 32_000
"""What the planner's history is measured by, four times the model's own: the domain summarizes at seven per cent of it,
and no history of a ticket is that small for a window of 8192. Prompts fit all the same; the endpoint would say so."""


@contextmanager
def local_model(context: int = 8_192) -> Iterator[str]:
    """The model's base URL, until the block ends; the server ends with us however we end."""
    command = [sys.executable, "-m", "surefoot.models.local", "--context", str(context), "--until-eof"]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        assert said.startswith("export OPENAI_BASE_URL="), f"the model is not served: {said!r}"
        try:
            yield said.strip().partition("=")[2]
        finally:
            server.terminate()


@contextmanager
def exported(url: str) -> Iterator[None]:
    """The settings that fit the model, in force until the block ends."""
    chosen = {"OPENAI_BASE_URL": url, "SUREFOOT_MODEL_LARGE": NAME, "SUREFOOT_MODEL_WINDOW": str(WINDOW),
              "SUREFOOT_MODEL_ANSWER_TOKENS": str(ANSWER_TOKENS)}  # fmt: skip
    with patch.dict(os.environ, chosen):
        yield


@dataclass(frozen=True)
class Said:
    """An answer of the real model."""

    part: str
    text: str


class Cast:
    """The real model in some parts, the domain's own rules in all others; remembers what the real one said."""

    def __init__(self, real: Provider, parts: tuple[str, ...]) -> None:
        self.real = real
        self.parts = parts
        self.rules = Offline()
        self.name = f"{real.name} as {', '.join(parts)}"
        self.said: list[Said] = []

    def model(self, tier: str) -> str:
        """The real model's name."""
        return self.real.model(tier)

    def most_usd_micros(self, ask: Ask, prompt_tokens: int) -> int:
        """What the real model may cost."""
        return self.real.most_usd_micros(ask, prompt_tokens) if part_of(ask) in self.parts else 0

    async def complete(self, ask: Ask) -> Completion:
        """By whoever plays the part."""
        part = part_of(ask)
        if part not in self.parts:
            return await self.rules.complete(ask)
        completion = await self.real.complete(ask)
        self.said.append(Said(part, completion.text))
        return completion


def part_of(ask: Ask) -> str:
    """The role, and of a worker its name."""
    return f"work:{ask.worker}" if ask.role == "work" else ask.role
