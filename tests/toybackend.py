"""What the toy domain's tools act on: a folder, whose files say what happened and what goes wrong."""

import json
import time
from pathlib import Path

from pydantic import BaseModel

from graph.errors import ToolFailed
from graph.toolcall import ToolError
from graph.values import Json


class LookUp(BaseModel):
    """Whom to look up."""

    name: str


class Person(BaseModel):
    """Somebody in the backend's book."""

    name: str
    title: str


class Greeting(BaseModel):
    """A greeting that leaves the house."""

    name: str
    text: str
    price: int


class Receipt(BaseModel):
    """The backend's word that it happened."""

    name: str
    number: int


MODES = ("down", "crashes", "refuses", "shaky", "breaks_after", "slow", "shaky_find")


class Backend:
    """A book of people and a log of effects; misbehaves while a file of that name is there."""

    def __init__(self, folder: Path, *, honours_keys: bool = True) -> None:
        self.folder = folder
        self.honours_keys = honours_keys
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "effects.jsonl"
        self.worked = folder / "worked.jsonl"

    def effects(self) -> list[Json]:
        """Every effect that happened, in order."""
        return _lines(self.log)

    def runs(self) -> list[tuple[str, int]]:
        """Task and attempt of each time a worker began, in order."""
        return [(line["task"], line["attempt"]) for line in _lines(self.worked)]

    def note_run(self, task: str, attempt: int) -> None:
        """A worker began. `shaky_find` makes the backend shaky for the first one."""
        if self._is("shaky_find"):
            self.mend()
            self.break_down("shaky")
        _append(self.worked, {"task": task, "attempt": attempt})

    def break_down(self, what: str, count: int = 1) -> None:
        """Misbehave as `MODES` say; `shaky` fails the next `count` calls."""
        (self.folder / what).write_text(str(count))

    def mend(self) -> None:
        """Behave again."""
        for mode in MODES:
            (self.folder / mode).unlink(missing_ok=True)

    def look_up(self, given: LookUp) -> Person:
        """Find a person."""
        self._misbehave()
        return Person(name=given.name, title="Dr")

    def greet(self, given: Greeting, key: str) -> Receipt:
        """Greet, once a key where keys are honoured."""
        self._misbehave()
        done = self.effects()
        known = [effect for effect in done if effect["key"] == key]
        if known and self.honours_keys:
            return Receipt(name=known[0]["name"], number=known[0]["number"])
        effect = {"key": key, "name": given.name, "text": given.text, "price": given.price, "number": len(done) + 1}
        _append(self.log, effect)
        if self._is("breaks_after"):
            self.mend()
            raise ConnectionError("the line broke after the greeting")
        return Receipt(name=given.name, number=len(done) + 1)

    def _is(self, what: str) -> bool:
        return (self.folder / what).exists()

    def _misbehave(self) -> None:
        if self._is("down") or self._shaken():
            raise ConnectionError("the backend is down")
        if self._is("crashes"):
            raise RuntimeError("a defect in the backend's client")
        if self._is("refuses"):
            raise ToolFailed(ToolError(code="conflict", message="the backend refuses"))
        while self._is("slow"):
            time.sleep(0.01)

    def _shaken(self) -> bool:
        file = self.folder / "shaky"
        if not file.exists():
            return False
        left = int(file.read_text()) - 1
        if left:
            file.write_text(str(left))
        else:
            file.unlink()
        return True


def _lines(file: Path) -> list[Json]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _append(file: Path, line: Json) -> None:
    with file.open("a") as log:
        log.write(json.dumps(line) + "\n")
