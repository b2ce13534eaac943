"""The shop as its tools see it, at the other end of a network."""

from dataclasses import dataclass
from urllib.parse import quote

from graph.values import Json
from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.web.wire import ANSWER_SECONDS, Request, exchange, rows


@dataclass(frozen=True)
class HttpShop:
    """Implements `ShopPort` over the server at `url`; safe from any thread. Raises as `wire.py` says."""

    url: str
    answer_seconds: float = ANSWER_SECONDS

    def find_customer(self, email: str) -> Row:
        """`GET /customers?email=`."""
        return self._get("customers", email=email)

    def list_orders(self, customer_id: str) -> list[Row]:
        """`GET /customers/{id}/orders`."""
        return rows(self._get("customers", customer_id, "orders"), "orders")

    def get_order(self, order_id: str) -> Row:
        """`GET /orders/{id}`."""
        return self._get("orders", order_id)

    def track_shipment(self, order_id: str) -> Row:
        """`GET /orders/{id}/shipment`."""
        return self._get("orders", order_id, "shipment")

    def quote_refund(self, order_id: str, reason: str) -> Row:
        """`GET /orders/{id}/refund-quote?reason=`."""
        return self._get("orders", order_id, "refund-quote", reason=reason)

    def search_articles(self, query: str, limit: int) -> list[Row]:
        """`GET /articles?query=&limit=`."""
        return rows(self._get("articles", query=query, limit=limit), "articles")

    def get_article(self, article_id: str) -> Row:
        """`GET /articles/{id}`."""
        return self._get("articles", article_id)

    def cancel_order(self, order_id: str, key: str) -> Row:
        """`POST /orders/{id}/cancellation`."""
        return self._act("POST", "orders", order_id, "cancellation", key=key)

    def add_note(self, order_id: str, text: str, key: str) -> Row:
        """`POST /orders/{id}/notes`."""
        return self._act("POST", "orders", order_id, "notes", key=key, body={"text": text})

    def issue_refund(self, order_id: str, payment_id: str, amount_cents: int, reason: str, key: str) -> Row:
        """`POST /orders/{id}/refunds`."""
        body = {"payment_id": payment_id, "amount_cents": amount_cents, "reason": reason}
        return self._act("POST", "orders", order_id, "refunds", key=key, body=body)

    def change_address(self, order_id: str, address: str, key: str) -> Row:
        """`PUT /orders/{id}/address`."""
        return self._act("PUT", "orders", order_id, "address", key=key, body={"address": address})

    def create_return_label(self, order_id: str, key: str) -> Row:
        """`POST /orders/{id}/return-label`."""
        return self._act("POST", "orders", order_id, "return-label", key=key)

    def erase_customer(self, customer_id: str, key: str) -> Row:
        """`DELETE /customers/{id}`."""
        return self._act("DELETE", "customers", customer_id, key=key)

    def send_reply(self, to: str, text: str, key: str) -> Row:
        """`POST /letters`."""
        return self._act("POST", "letters", key=key, body={"to": to, "text": text})

    def _get(self, *path: str, **params: str | int) -> Row:
        return exchange(self.url, Request("GET", _joined(path), params), self.answer_seconds)

    def _act(self, method: str, *path: str, key: str, body: Json | None = None) -> Row:
        return exchange(self.url, Request(method, _joined(path), body=body, key=key), self.answer_seconds)


def _joined(path: tuple[str, ...]) -> str:
    """Quoted part by part, so that no id can lead to another route."""
    return "/" + "/".join(quote(part, safe="") for part in path)
