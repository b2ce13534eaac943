"""The backend: loans from a file, and letters in a database that takes each idempotency key once."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .schemas import Loan, SendAnswer, Sent

LOANS = Path(__file__).with_name("loans.json")
LETTERS = "CREATE TABLE IF NOT EXISTS letters (number INTEGER PRIMARY KEY, key TEXT UNIQUE, reader TEXT, text TEXT)"


@dataclass(frozen=True)
class Library:
    """The library as its desk sees it."""

    folder: Path

    def loan(self, loan_id: str) -> Loan | None:
        """The loan of this number, or `None`."""
        known = json.loads(LOANS.read_text(encoding="utf-8"))
        today = date.fromisoformat(known["today"])
        for loan in known["loans"]:
            if loan["id"] == loan_id:
                late = max(0, (today - date.fromisoformat(loan["due_on"])).days)
                return Loan.model_validate({**loan, "days_late": late})
        return None

    def send(self, letter: SendAnswer, key: str) -> Sent:
        """Send a letter; the same key again sends nothing and gives the first receipt."""
        with self._letters() as db:
            db.execute(
                "INSERT OR IGNORE INTO letters (key, reader, text) VALUES (?, ?, ?)", (key, letter.to, letter.text)
            )
            number, to = db.execute("SELECT number, reader FROM letters WHERE key = ?", (key,)).fetchone()
        return Sent(number=number, to=to)

    def letters(self) -> list[str]:
        """Every letter that was sent, oldest first."""
        with self._letters() as db:
            return [text for (text,) in db.execute("SELECT text FROM letters ORDER BY number")]

    @contextmanager
    def _letters(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.folder / "letters.db")) as db, db:
            db.execute(LETTERS)
            yield db
