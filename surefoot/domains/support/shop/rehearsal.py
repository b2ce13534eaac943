"""For tests and rehearsals: break the shop on purpose, and ask it what really happened."""

import json

from surefoot.domains.support.shop import queries
from surefoot.domains.support.shop.database import connect, writing
from surefoot.domains.support.shop.operations import Shop
from surefoot.domains.support.shop.queries import Row


def misbehave(shop: Shop, operation: str, kind: str, subject: str = "") -> None:
    """From now on, in every process: see `faults.py` for the kinds."""
    with writing(shop.path) as db:
        db.execute("INSERT INTO faults (operation, subject, kind) VALUES (?, ?, ?)", (operation, subject, kind))


def recover(shop: Shop, subject: str = "") -> None:
    """End the misbehaviour that names this subject, or all of it."""
    with writing(shop.path) as db:
        db.execute("DELETE FROM faults WHERE ? IN ('', subject)", (subject,))


def effects(shop: Shop, subject: str = "") -> list[Row]:
    """`{key, operation, args, receipt, at}` of each effect, oldest first; those on one order or recipient only."""
    with connect(shop.path) as db:
        logged = queries.every(db, "SELECT key, operation, args, receipt, at FROM effects_log ORDER BY rowid")
    opened = [{**row, "args": json.loads(row["args"]), "receipt": json.loads(row["receipt"])} for row in logged]
    return [row for row in opened if subject in {"", row["args"].get("order_id"), row["args"].get("to")}]


def letters(shop: Shop, recipient: str) -> list[str]:
    """The texts that the mail server was given for an address, oldest first."""
    with connect(shop.path) as db:
        sent = queries.every(db, "SELECT text FROM outbox WHERE recipient = ? ORDER BY id", recipient)
    return [row["text"] for row in sent]
