"""Idempotency keys: an effect happens once a key, and every later call is given the first one's receipt."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from surefoot.domains.support.shop import faults
from surefoot.domains.support.shop.database import connect, writing
from surefoot.domains.support.shop.errors import Refusal
from surefoot.domains.support.shop.queries import Row, one, terms


def once(path: Path, key: str, operation: str, args: Row, act: Callable[[sqlite3.Connection], Row]) -> Row:
    """The receipt of the effect under this key; `act` and the receipt are one transaction.

    Raises `Refusal` (conflict) where the key was used for another call.
    """
    subject = str(next(iter(args.values())))
    with connect(path) as db:  # outside of the transaction: a slow shop must not hold the write lock
        faults.before(db, operation, subject)
    with writing(path) as db:
        known = _recorded(db, key, operation, args)
        receipt = known or _perform(db, key, operation, args, act)
    with connect(path) as db:
        faults.after(db, operation, subject, fresh=known is None)
    return receipt


def _perform(
    db: sqlite3.Connection, key: str, operation: str, args: Row, act: Callable[[sqlite3.Connection], Row]
) -> Row:
    receipt = act(db)
    db.execute(
        "INSERT INTO effects_log (key, operation, args, receipt, at) VALUES (?, ?, ?, ?, ?)",
        (key, operation, _canonical(args), json.dumps(receipt), terms(db)["today"]),
    )
    return receipt


def _recorded(db: sqlite3.Connection, key: str, operation: str, args: Row) -> Row | None:
    known = one(db, "SELECT operation, args, receipt FROM effects_log WHERE key = ?", key)
    if known is None:
        return None
    if (known["operation"], known["args"]) != (operation, _canonical(args)):
        raise Refusal("conflict", f"the key {key} was used for another call", "a key names one exact call")
    receipt: Row = json.loads(known["receipt"])
    return receipt


def _canonical(args: Row) -> str:
    return json.dumps(args, sort_keys=True)
