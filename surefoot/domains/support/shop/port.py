"""What the domain's tools need of a shop, wherever it is: `Shop` has it in a file, `web.client.HttpShop` over HTTP."""

from typing import Protocol

from surefoot.domains.support.shop.queries import Row


class ShopPort(Protocol):
    """The shop's operations. Shapes are documented in the domain's `schemas.py` and `deliveries.py`.

    Each raises `Refusal` where the shop says no. Whatever else it raises is an outage or a defect, and left to the tool
    pipeline. Effects take an idempotency key: they happen once a key, and a repeated call gets the first one's receipt.
    """

    def find_customer(self, email: str) -> Row:
        """The customer with this e-mail address, upper and lower case alike."""
        ...

    def list_orders(self, customer_id: str) -> list[Row]:
        """The customer's orders, newest first, with their totals."""
        ...

    def get_order(self, order_id: str) -> Row:
        """The order with its items and its payment."""
        ...

    def track_shipment(self, order_id: str) -> Row:
        """The order's parcel with its events, oldest first."""
        ...

    def quote_refund(self, order_id: str, reason: str) -> Row:
        """What the terms say of a refund of this order for this reason."""
        ...

    def search_articles(self, query: str, limit: int) -> list[Row]:
        """`{id, title, excerpt}` of at most `limit` help articles, best first."""
        ...

    def get_article(self, article_id: str) -> Row:
        """`{id, title, body}` of a help article."""
        ...

    def cancel_order(self, order_id: str, key: str) -> Row:
        """Stop an order that has not been shipped, and give its payment back."""
        ...

    def add_note(self, order_id: str, text: str, key: str) -> Row:
        """Put a note for colleagues on the order."""
        ...

    def issue_refund(self, order_id: str, payment_id: str, amount_cents: int, reason: str, key: str) -> Row:
        """Pay back a part or all of what is left of the order's payment."""
        ...

    def change_address(self, order_id: str, address: str, key: str) -> Row:
        """Send an order that has not been shipped to another address, one line."""
        ...

    def create_return_label(self, order_id: str, key: str) -> Row:
        """Mail the customer a label to send a delivered order back with, within the return window."""
        ...

    def erase_customer(self, customer_id: str, key: str) -> Row:
        """Erase a person's data, keep the bookkeeping."""
        ...

    def send_reply(self, to: str, text: str, key: str) -> Row:
        """Hand a letter to the mail server."""
        ...
