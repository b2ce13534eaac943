"""What the shop's later effects do, each within an open write transaction."""

import sqlite3
from datetime import date, timedelta
from typing import Final

from surefoot.domains.support.shop import queries, refunds
from surefoot.domains.support.shop.errors import Refusal
from surefoot.domains.support.shop.queries import Row

ERASED: Final = "erased"
FIRST_LABEL: Final = 500_001
LABEL_DAYS: Final = 14
"""How long a label can be used once it is made."""


def change_address(db: sqlite3.Connection, order_id: str, address: str) -> Row:
    """Send an order elsewhere. Raises `Refusal` (conflict) once it has left the warehouse or is cancelled."""
    order = queries.order(db, order_id)
    if order["status"] != "packed":
        raise Refusal("conflict", f"{order_id} is already {order['status']}", "its address cannot be changed any more")
    db.execute("UPDATE addresses SET address = ? WHERE order_id = ?", (address, order_id))
    return {"order_id": order_id, "address": address}


def create_return_label(db: sqlite3.Connection, order_id: str) -> Row:
    """The order's one label, mailed to its customer; an order that has one keeps it, under any key.

    Raises `Refusal` (conflict) where nothing can be sent back, (denied) after the return window.
    """
    known = queries.one(db, "SELECT order_id, label, valid_until FROM return_labels WHERE order_id = ?", order_id)
    if known is not None:
        return known
    terms = queries.terms(db)
    _refuse_return(queries.order(db, order_id), terms)
    ends = date.fromisoformat(terms["today"]) + timedelta(days=LABEL_DAYS)
    (count,) = db.execute("SELECT count(*) FROM return_labels").fetchone()
    made = {"order_id": order_id, "label": f"RL-{FIRST_LABEL + count}", "valid_until": ends.isoformat()}
    db.execute("INSERT INTO return_labels VALUES (:order_id, :label, :valid_until)", made)
    return made


def erase_customer(db: sqlite3.Connection, customer_id: str) -> Row:
    """Take the person out of the shop and keep its books: orders and payments stay, of nobody in particular.

    Raises `Refusal` (not_found), and (conflict) while an order of theirs is still to arrive.
    """
    customer = queries.one(db, "SELECT * FROM customers WHERE id = ?", customer_id)
    if customer is None:
        raise Refusal("not_found", f"there is no customer {customer_id}", "look the customer up first")
    orders = queries.every(db, "SELECT id, status FROM orders WHERE customer_id = ?", customer_id)
    for order in orders:
        if order["status"] in {"packed", "shipped"}:
            raise Refusal("conflict", f"{order['id']} is still to arrive", "erase the customer after its delivery")
    _forget_person(db, customer)
    for order in orders:
        _forget_words(db, order["id"])
    return {"customer_id": customer_id, "orders_kept": len(orders)}


def _refuse_return(order: Row, terms: Row) -> None:
    ends = refunds.window_end(order, terms["return_window_days"])
    if order["status"] != "delivered" or ends is None:
        raise Refusal("conflict", f"{order['id']} has not been delivered", "there is nothing to send back")
    if order["payment"]["refunded_cents"] == order["payment"]["amount_cents"]:
        raise Refusal("conflict", f"{order['id']} has already been paid back in full", "nothing is left to return")
    if date.fromisoformat(terms["today"]) > ends:
        raise Refusal("denied", f"the window to return {order['id']} ended on {ends.isoformat()}", "it stays closed")


def _forget_person(db: sqlite3.Connection, customer: Row) -> None:
    """Name and address, and what was written to it; an erased key stays, so that its effect cannot happen twice."""
    nobody = f"{ERASED}-{customer['id'].lower()}@{ERASED}.invalid"
    db.execute("UPDATE customers SET name = ?, email = ? WHERE id = ?", (ERASED, nobody, customer["id"]))
    db.execute("UPDATE outbox SET recipient = ?, text = ? WHERE recipient = ?", (nobody, ERASED, customer["email"]))
    _forget_log(db, "$.to", customer["email"])


def _forget_words(db: sqlite3.Connection, order_id: str) -> None:
    """Where an order went and what colleagues noted on it."""
    db.execute("UPDATE addresses SET address = ? WHERE order_id = ?", (ERASED, order_id))
    db.execute("UPDATE notes SET text = ? WHERE order_id = ?", (ERASED, order_id))
    _forget_log(db, "$.order_id", order_id, "change_address", "add_note")


def _forget_log(db: sqlite3.Connection, path: str, subject: str, *operations: str) -> None:
    for operation in operations or ("send_reply",):
        db.execute(
            "UPDATE effects_log SET args = '{}', receipt = '{}' WHERE operation = ? AND json_extract(args, ?) = ?",
            (operation, path, subject),
        )
