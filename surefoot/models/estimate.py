"""What a prompt will cost in tokens, before it is sent: our own count, corrected by what endpoints report."""

import json
import math
from collections import deque
from typing import Final

from graph.budget import BYTES_PER_TOKEN, estimate_tokens
from graph.ports import Ledger
from surefoot.models.provider import Ask

MARGIN: Final = 1.25
"""A prompt may take a quarter more tokens, for its bytes, than the costliest that its endpoint reported lately."""
FLOOR: Final = 0.8
"""However cheap the reported prompts were: no more than 3.75 bytes are trusted to a token."""
CEILING: Final = float(BYTES_PER_TOKEN)
"""A token a byte: no tokenizer takes more."""
REMEMBERED: Final = 32
"""Reports of an endpoint and model that count."""
ENOUGH: Final = 8
"""Reports before they may lower the estimate; one is enough to raise it."""


def counted(ask: Ask) -> int:
    """Our own count of a request: its messages and its answer's schema, three bytes a token."""
    return estimate_tokens([*(text for _, text in ask.messages), json.dumps(ask.schema)])


class Estimator:
    """Learns of each endpoint and model how their tokens compare with our count. One a process."""

    def __init__(self) -> None:
        self._ratios: dict[tuple[str, str], deque[float]] = {}

    async def prompt(self, count: int, endpoint: str, model: str, ledger: Ledger) -> int:
        """Tokens to reserve for a prompt that we count so, margin included; the ledger knows earlier processes."""
        key = (endpoint, model)
        if key not in self._ratios:
            past = await ledger.reported(endpoint, model, REMEMBERED)
            self._ratios.setdefault(key, deque(reversed(past), maxlen=REMEMBERED))
        return math.ceil(count * factor(self._ratios[key]))

    def learn(self, count: int, endpoint: str, model: str, reported: int) -> None:
        """Remember what an endpoint reported for a prompt that we counted so."""
        ratios = self._ratios.setdefault((endpoint, model), deque(maxlen=REMEMBERED))
        ratios.append(reported / count)


def factor(ratios: deque[float]) -> float:
    """By how much our own count is multiplied."""
    worst = max(ratios, default=1.0)
    trusted = worst if len(ratios) >= ENOUGH else max(worst, 1.0)
    return min(max(trusted * MARGIN, FLOOR), CEILING)
