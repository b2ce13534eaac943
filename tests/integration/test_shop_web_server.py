"""The shop's server as any HTTP client meets it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shopkit import orders
from shopweb import Hosted, hosted
from surefoot.domains.support.shop import Shop, open_shop
from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.shop.rehearsal import effects, misbehave

GOOD, SENT = orders("refundable", "in_transit")
ORDER, PAYMENT = GOOD.order["id"], GOOD.order["payment"]["id"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """The real server."""
    with hosted(open_shop(tmp_path_factory.mktemp("served") / "shop.db")) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A fresh shop."""
    return open_shop(tmp_path / "shop.db")


@pytest.fixture
def server(running: Hosted, shop: Shop) -> Hosted:
    """The real server over the fresh shop."""
    running.serve(shop)
    return running


STATUSES: dict[str, tuple[int, str, str, Row]] = {
    "found": (200, "GET", f"/orders/{ORDER}", {}),
    "made": (201, "POST", f"/orders/{ORDER}/notes", {"text": "hello"}),
    "not there": (404, "GET", "/orders/SF-99999", {}),
    "not any more": (409, "POST", f"/orders/{SENT.order['id']}/cancellation", {}),
    "not allowed": (
        403, "POST", f"/orders/{ORDER}/refunds", {"payment_id": PAYMENT, "amount_cents": 10**9, "reason": "damaged"},
    ),
    "a field is missing": (422, "POST", f"/orders/{ORDER}/notes", {"words": "hello"}),
}  # fmt: skip


@pytest.mark.parametrize("name", STATUSES)
def test_statuses_are_what_http_clients_expect(server: Hosted, name: str) -> None:
    """Errors are problem+json with the code of the tool error."""
    status, method, path, body = STATUSES[name]
    said = httpx.request(method, server.url + path, json=body or None, headers={"Idempotency-Key": "key-1"})
    assert said.status_code == status, said.text
    if status >= 400:
        codes = {403: "denied", 404: "not_found", 409: "conflict", 422: "invalid_input"}
        assert said.headers["content-type"] == "application/problem+json"
        assert said.json()["code"] == codes[status]


def test_an_outage_says_when_to_ask_again(server: Hosted, shop: Shop) -> None:
    """503 carries Retry-After."""
    misbehave(shop, "*", "down")
    said = httpx.get(f"{server.url}/orders/{ORDER}")
    assert (said.status_code, said.headers["retry-after"], said.json()["code"]) == (503, "1", "unavailable")


def test_an_effect_without_a_key_is_refused(server: Hosted, shop: Shop) -> None:
    """The server does nothing that it could not recognise the second time."""
    said = httpx.post(f"{server.url}/orders/{ORDER}/notes", json={"text": "hello"})
    assert (said.status_code, said.json()["code"]) == (422, "invalid_input")
    assert "Idempotency-Key" in said.json()["detail"]
    assert effects(shop) == []


def test_another_sites_page_does_not_get_in(server: Hosted) -> None:
    """A browser that was led here under another name is turned away."""
    assert httpx.get(f"{server.url}/orders/{ORDER}", headers={"Host": "shop.example"}).status_code == 400
