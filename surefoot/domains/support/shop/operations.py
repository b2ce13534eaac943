"""What the shop can do: reads, and effects that honour idempotency keys.

Rows go in and out as plain dicts; the domain's `schemas.py` documents their shapes. Every operation raises
`Refusal` where the shop says no, and `ConnectionError` or `sqlite3.OperationalError` where it cannot be reached.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from surefoot.domains.support.shop import acts, articles, faults, queries, refunds
from surefoot.domains.support.shop.database import connect
from surefoot.domains.support.shop.errors import Refusal
from surefoot.domains.support.shop.once import once
from surefoot.domains.support.shop.queries import Row


@dataclass(frozen=True)
class Shop:
    """The shop's backend over one database file; safe from any thread and any process."""

    path: Path

    def find_customer(self, email: str) -> Row:
        """The customer with this e-mail address, upper and lower case alike."""
        with self._reading("find_customer", email) as db:
            found = queries.one(db, "SELECT * FROM customers WHERE email = ?", email.strip().lower())
        if found is None:
            raise Refusal("not_found", f"no customer has the e-mail address {email}", "check its spelling")
        return found

    def list_orders(self, customer_id: str) -> list[Row]:
        """The customer's orders, newest first, with their totals."""
        with self._reading("list_orders", customer_id) as db:
            return queries.every(
                db,
                "SELECT o.id, o.status, o.placed_on, p.amount_cents AS total_cents FROM orders o "
                "JOIN payments p ON p.order_id = o.id WHERE o.customer_id = ? ORDER BY o.placed_on DESC, o.id",
                customer_id,
            )

    def get_order(self, order_id: str) -> Row:
        """The order with its items and its payment."""
        with self._reading("get_order", order_id) as db:
            return queries.order(db, order_id)

    def track_shipment(self, order_id: str) -> Row:
        """The order's parcel with its events, oldest first."""
        with self._reading("track_shipment", order_id) as db:
            order, parcel, terms = queries.order(db, order_id), queries.shipment(db, order_id), queries.terms(db)
        if parcel is None:
            raise Refusal("not_found", f"{order_id} has not been shipped", "there is nothing to track yet")
        overdue = order["status"] == "shipped" and parcel["expected_on"] < terms["today"]
        return {**parcel, "overdue": overdue}

    def quote_refund(self, order_id: str, reason: str) -> Row:
        """What the terms say of a refund of this order for this reason."""
        with self._reading("quote_refund", order_id) as db:
            order, parcel = queries.order(db, order_id), queries.shipment(db, order_id)
            return refunds.quote(order, parcel, queries.terms(db), reason)

    def search_articles(self, query: str, limit: int) -> list[Row]:
        """`{id, title, excerpt}` of at most `limit` help articles, best first."""
        with self._reading("search_articles", query) as db:
            return articles.search(db, query, limit)

    def get_article(self, article_id: str) -> Row:
        """`{id, title, body}` of a help article."""
        with self._reading("get_article", article_id) as db:
            return articles.get(db, article_id)

    def cancel_order(self, order_id: str, key: str) -> Row:
        """Stop an order that has not been shipped, and give its payment back."""

        def act(db: sqlite3.Connection) -> Row:
            order = queries.order(db, order_id)
            if order["status"] != "packed":
                raise Refusal("conflict", f"{order_id} is already {order['status']}", "it cannot be cancelled any more")
            db.execute("UPDATE orders SET status = 'cancelled' WHERE id = ?", (order_id,))
            db.execute("UPDATE payments SET refunded_cents = amount_cents WHERE order_id = ?", (order_id,))
            returned = order["payment"]["amount_cents"] - order["payment"]["refunded_cents"]
            return {"order_id": order_id, "status": "cancelled", "returned_cents": returned}

        return once(self.path, key, "cancel_order", {"order_id": order_id}, act)

    def add_note(self, order_id: str, text: str, key: str) -> Row:
        """Put a note for colleagues on the order."""

        def act(db: sqlite3.Connection) -> Row:
            queries.order(db, order_id)
            made = db.execute("INSERT INTO notes (order_id, text) VALUES (?, ?)", (order_id, text))
            return {"note_id": made.lastrowid, "order_id": order_id}

        return once(self.path, key, "add_note", {"order_id": order_id, "text": text}, act)

    def issue_refund(self, order_id: str, payment_id: str, amount_cents: int, reason: str, key: str) -> Row:
        """Pay back a part or all of what is left of the order's payment."""

        def act(db: sqlite3.Connection) -> Row:
            payment = queries.order(db, order_id)["payment"]
            _refuse_refund(order_id, payment, payment_id, amount_cents)
            db.execute(
                "UPDATE payments SET refunded_cents = refunded_cents + ? WHERE id = ?", (amount_cents, payment_id)
            )
            return {"order_id": order_id, "payment_id": payment_id, "amount_cents": amount_cents}

        args = {"order_id": order_id, "payment_id": payment_id, "amount_cents": amount_cents, "reason": reason}
        return once(self.path, key, "issue_refund", args, act)

    def change_address(self, order_id: str, address: str, key: str) -> Row:
        """Send an order that has not been shipped to another address, one line."""
        args = {"order_id": order_id, "address": address}
        return once(self.path, key, "change_address", args, lambda db: acts.change_address(db, order_id, address))

    def create_return_label(self, order_id: str, key: str) -> Row:
        """Mail the customer a label to send a delivered order back with, within the return window."""
        args = {"order_id": order_id}
        return once(self.path, key, "create_return_label", args, lambda db: acts.create_return_label(db, order_id))

    def erase_customer(self, customer_id: str, key: str) -> Row:
        """Erase a person's data, keep the bookkeeping."""
        args = {"customer_id": customer_id}
        return once(self.path, key, "erase_customer", args, lambda db: acts.erase_customer(db, customer_id))

    def send_reply(self, to: str, text: str, key: str) -> Row:
        """Hand a letter to the mail server."""

        def act(db: sqlite3.Connection) -> Row:
            today = queries.terms(db)["today"]
            sent = db.execute("INSERT INTO outbox (recipient, text, at) VALUES (?, ?, ?)", (to, text, today))
            return {"message_id": sent.lastrowid, "to": to, "sha256": hashlib.sha256(text.encode()).hexdigest()}

        return once(self.path, key, "send_reply", {"to": to, "text": text}, act)

    @contextmanager
    def _reading(self, operation: str, subject: str) -> Iterator[sqlite3.Connection]:
        with connect(self.path) as db:
            faults.before(db, operation, subject)
            yield db


def _refuse_refund(order_id: str, payment: Row, payment_id: str, amount_cents: int) -> None:
    if payment["id"] != payment_id:
        raise Refusal("conflict", f"{payment_id} did not pay for {order_id}", "use the order's own payment")
    left = payment["amount_cents"] - payment["refunded_cents"]
    if not 0 < amount_cents <= left:
        raise Refusal("denied", f"{amount_cents} cents cannot be paid back, {left} are left", "ask for a new quote")
