"""Rows of the shop as plain dicts, within an open connection."""

import sqlite3
from typing import Any

from surefoot.domains.support.shop.errors import Refusal

Row = dict[str, Any]


def one(db: sqlite3.Connection, sql: str, *values: str) -> Row | None:
    """The first row, or `None`."""
    found = db.execute(sql, values).fetchone()
    return dict(found) if found else None


def every(db: sqlite3.Connection, sql: str, *values: str) -> list[Row]:
    """All rows."""
    return [dict(row) for row in db.execute(sql, values)]


def order(db: sqlite3.Connection, order_id: str) -> Row:
    """An order with its items and its payment. Raises `Refusal` where there is none."""
    found = one(db, "SELECT * FROM orders WHERE id = ?", order_id)
    if found is None:
        raise Refusal("not_found", f"there is no order {order_id}", "check the number")
    items = every(db, "SELECT sku, title, quantity, price_cents FROM items WHERE order_id = ? ORDER BY sku", order_id)
    payment = one(db, "SELECT id, method, amount_cents, refunded_cents FROM payments WHERE order_id = ?", order_id)
    return {**found, "items": items, "payment": payment}


def shipment(db: sqlite3.Connection, order_id: str) -> Row | None:
    """An order's parcel with its events, oldest first; `None` before it is shipped."""
    parcel = one(db, "SELECT * FROM shipments WHERE order_id = ?", order_id)
    events = every(db, "SELECT happened_on, place, what FROM events WHERE order_id = ? ORDER BY happened_on", order_id)
    return {**parcel, "events": events} if parcel else None


def terms(db: sqlite3.Connection) -> Row:
    """The shop's date, windows and limits, by name."""
    return {row["name"]: row["value"] for row in db.execute("SELECT name, value FROM terms")}
