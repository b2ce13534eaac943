"""A scripted model for tests: says what it is told to, misbehaves on demand, and records its calls."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from surefoot.models.offline import Offline, spoken
from surefoot.models.provider import Ask, Completion, Free

Line = BaseModel | str | Exception | Callable[[Any], BaseModel | str] | None
"""An answer, a raw text, an exception to raise, a function of the brief, or `None` for the domain's own rule."""


class Scripted(Free):
    """Each role, or `work:<worker>`, has its lines; the last one is said for ever, no lines mean the rules."""

    name = "a script"

    def __init__(self, script: Mapping[str, Sequence[Line]] | None = None) -> None:
        self.script = {role: list(lines) for role, lines in (script or {}).items()}
        self.calls: list[Ask] = []
        self._said: dict[str, int] = defaultdict(int)
        self._rules = Offline()

    async def complete(self, ask: Ask) -> Completion:
        """The next line of the role."""
        self.calls.append(ask)
        line = self._next(ask)
        if isinstance(line, Exception):
            raise line
        if line is None:
            return await self._rules.complete(ask)
        said = line if isinstance(line, BaseModel | str) else line(ask.brief)
        text = said if isinstance(said, str) else said.model_dump_json()
        await spoken(text, ask)
        return Completion(text=text, prompt_tokens=100, completion_tokens=max(1, len(text) // 4))

    def asked(self, role: str) -> list[Ask]:
        """The calls of one role."""
        return [ask for ask in self.calls if ask.role == role]

    def _next(self, ask: Ask) -> Line:
        key = f"work:{ask.worker}" if ask.role == "work" else ask.role
        lines = self.script.get(key, [])
        if not lines:
            return None
        number = min(self._said[key], len(lines) - 1)
        self._said[key] += 1
        return lines[number]
