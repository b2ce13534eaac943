"""Routes that change nothing."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from surefoot.domains.support.shop.port import ShopPort
from surefoot.domains.support.shop.queries import Row

router = APIRouter()


def the_shop(request: Request) -> ShopPort:
    """The shop that the app was made over."""
    shop: ShopPort = request.app.state.shop
    return shop


AtShop = Annotated[ShopPort, Depends(the_shop)]


@router.get("/customers")
def find_customer(shop: AtShop, email: str) -> Row:
    """The customer with this e-mail address."""
    return shop.find_customer(email)


@router.get("/customers/{customer_id}/orders")
def list_orders(shop: AtShop, customer_id: str) -> dict[str, list[Row]]:
    """A customer's orders, newest first."""
    return {"orders": shop.list_orders(customer_id)}


@router.get("/orders/{order_id}")
def get_order(shop: AtShop, order_id: str) -> Row:
    """An order with its items and its payment."""
    return shop.get_order(order_id)


@router.get("/orders/{order_id}/shipment")
def track_shipment(shop: AtShop, order_id: str) -> Row:
    """An order's parcel with its events, oldest first."""
    return shop.track_shipment(order_id)


@router.get("/orders/{order_id}/refund-quote")
def quote_refund(shop: AtShop, order_id: str, reason: str) -> Row:
    """What the terms say of a refund."""
    return shop.quote_refund(order_id, reason)


@router.get("/articles")
def search_articles(shop: AtShop, query: str, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> dict[str, list[Row]]:
    """Help articles, best first."""
    return {"articles": shop.search_articles(query, limit)}


@router.get("/articles/{article_id}")
def get_article(shop: AtShop, article_id: str) -> Row:
    """A help article, whole."""
    return shop.get_article(article_id)
