"""Misbehaviour on demand, so that outages can be rehearsed: rows of the table `faults`, read on every operation.

`operation` is a method of `Shop` or `*`; `subject` is the order id, customer id or e-mail that the call
names, empty for all. Any process may insert rows while others run:

    INSERT INTO faults VALUES ('get_order', 'SF-10001', 'down');

Kinds: `down` (no connection, nothing happens), `broken` (the shop answers, but nothing that can be read),
`slow:SECONDS`, `down_after` (the effect happens, then the connection breaks before its receipt is returned),
`lost_receipt` (the same, but only when the effect happens: the call that asks again is told) and `overtaken` (the
warehouse was quicker: the operation is refused as a conflict, whatever an earlier look-up said).
"""

import sqlite3
import time

from surefoot.domains.support.shop.errors import Refusal, Unreadable


def before(db: sqlite3.Connection, operation: str, subject: str) -> None:
    """Misbehave before the operation. Raises `ConnectionError`, `Refusal`, `Unreadable`."""
    for kind in _kinds(db, operation, subject):
        if kind == "down":
            raise ConnectionError(f"the shop does not answer ({operation})")
        if kind == "broken":
            raise Unreadable(f"the shop answered with an empty page ({operation})")
        if kind == "overtaken":
            raise Refusal("conflict", "the parcel was handed to the carrier a moment ago", f"look {subject} up again")
        if kind.startswith("slow:"):
            time.sleep(float(kind.removeprefix("slow:")))


def after(db: sqlite3.Connection, operation: str, subject: str, *, fresh: bool) -> None:
    """Misbehave once an effect is committed; `fresh` where this very call made it. Raises `ConnectionError`."""
    kinds = _kinds(db, operation, subject)
    if "down_after" in kinds or (fresh and "lost_receipt" in kinds):
        raise ConnectionError(f"the connection to the shop broke ({operation})")


def _kinds(db: sqlite3.Connection, operation: str, subject: str) -> list[str]:
    found = db.execute(
        "SELECT kind FROM faults WHERE operation IN ('*', ?) AND subject IN ('', ?)", (operation, subject)
    )
    return [row["kind"] for row in found]
