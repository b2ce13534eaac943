"""A model provider in a process of its own: counts by its own tokenizer, bills, and misbehaves as it is told to.

One JSON object a line, over a loopback socket. It bills when it begins to work, whatever becomes of the answer.
"""

import asyncio
import json
import re
import sys
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

WORD: Final = re.compile(r"[A-Za-z]+|\d{1,3}|[^\sA-Za-z\d]")
TEMPLATE: Final = 5
"""Tokens of the chat template a message."""
PROMPT_MICROS: Final = 2
ANSWER_MICROS: Final = 8
"""Micro-dollars a token."""
FATES: Final = {
    "ok": 52, "uncounted": 5, "broken_form": 6, "refused": 9, "dropped_before": 5, "dropped_after": 7, "cut": 6,
    "stalled": 3, "cut_off": 7,
}  # fmt: skip
"""What becomes of a request, and how often in a hundred."""


def tokens(text: str, letters: int) -> int:
    """Words in pieces of `letters`, digits in threes, marks one by one, spaces free: unlike bytes in threes."""
    return sum(-(-len(piece) // letters) if piece[0].isalpha() else 1 for piece in WORD.findall(text))


@dataclass
class Provider:
    """What it billed, by run and role."""

    billed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            line = await reader.readline()
            asked = json.loads(line) if line else {"tally": ""}  # whoever asked has died
            if "tally" in asked:
                writer.write(json.dumps(self.billed[asked["tally"]]).encode() + b"\n")
            else:
                await self._answer(asked, writer)
            await writer.drain()
        writer.close()

    async def _answer(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        rng = Random(asked["seed"])  # noqa: S311 seeded, nothing secret
        (fate,) = rng.choices(list(FATES), list(FATES.values()))
        if fate == "refused":
            writer.write(b'{"status": 429}\n')
            return
        if fate == "dropped_before":
            return
        prompt = sum(tokens(text, asked["letters"]) + TEMPLATE for text in asked["messages"])
        text = _said(rng, fate, asked["cap"], asked["letters"])
        answer = min(asked["cap"], tokens(text, asked["letters"])) if fate != "cut_off" else asked["cap"]
        self._bill(asked, prompt, answer)
        await asyncio.sleep(rng.uniform(0, 0.008))
        if fate == "dropped_after":
            return
        if fate == "stalled":
            await asyncio.sleep(0.3)
        if fate == "cut":
            writer.write(json.dumps({"piece": text[: len(text) // 2]}).encode() + b"\n")
            return
        used = {} if fate == "uncounted" else {"prompt": prompt, "answer": answer}
        writer.write(json.dumps({"text": text, "cut_off": fate == "cut_off", **used}).encode() + b"\n")

    def _bill(self, asked: dict[str, Any], prompt: int, answer: int) -> None:
        run = self.billed[asked["run"]]
        run["tokens"] += prompt + answer
        run["micros"] += prompt * PROMPT_MICROS + answer * ANSWER_MICROS
        run[f"role:{asked['role']}"] += prompt + answer


def _said(rng: Random, fate: str, cap: int, letters: int) -> str:
    known = ("river", "invoice", "A-1042", "refund", "12.50", "yes")
    words = " ".join(rng.choice(known) for _ in range(rng.randint(5, 90)))
    text = json.dumps({"root": words})
    while tokens(text, letters) > cap:
        words = words[: len(words) // 2]
        text = json.dumps({"root": words})
    return words if fate == "broken_form" else text


async def main() -> None:
    """Listen on a free port, say which, and serve until the process is ended."""
    provider = Provider()
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
