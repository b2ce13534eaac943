"""Routes that change the world, each once an `Idempotency-Key`: the same key again gets the first one's receipt."""

from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel

from surefoot.domains.support.shop.queries import Row
from surefoot.domains.support.web.reads import AtShop

router = APIRouter()

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


class Note(BaseModel):
    """A note for colleagues."""

    text: str


class Refund(BaseModel):
    """What to pay back, and why."""

    payment_id: str
    amount_cents: int
    reason: str


class Address(BaseModel):
    """Where to, one line."""

    address: str


class Letter(BaseModel):
    """A text, and the address that it goes to."""

    to: str
    text: str


@router.post("/orders/{order_id}/cancellation")
def cancel_order(shop: AtShop, order_id: str, key: Key) -> Row:
    """Stop an order that has not been shipped."""
    return shop.cancel_order(order_id, key)


@router.post("/orders/{order_id}/notes", status_code=201)
def add_note(shop: AtShop, order_id: str, note: Note, key: Key) -> Row:
    """Leave a note on an order."""
    return shop.add_note(order_id, note.text, key)


@router.post("/orders/{order_id}/refunds", status_code=201)
def issue_refund(shop: AtShop, order_id: str, refund: Refund, key: Key) -> Row:
    """Pay an order back, wholly or in part."""
    return shop.issue_refund(order_id, refund.payment_id, refund.amount_cents, refund.reason, key)


@router.put("/orders/{order_id}/address")
def change_address(shop: AtShop, order_id: str, to: Address, key: Key) -> Row:
    """Send an order that has not been shipped elsewhere."""
    return shop.change_address(order_id, to.address, key)


@router.post("/orders/{order_id}/return-label", status_code=201)
def create_return_label(shop: AtShop, order_id: str, key: Key) -> Row:
    """Mail the customer a label."""
    return shop.create_return_label(order_id, key)


@router.delete("/customers/{customer_id}")
def erase_customer(shop: AtShop, customer_id: str, key: Key) -> Row:
    """Erase a person's data."""
    return shop.erase_customer(customer_id, key)


@router.post("/letters", status_code=201)
def send_reply(shop: AtShop, letter: Letter, key: Key) -> Row:
    """Send a customer a letter."""
    return shop.send_reply(letter.to, letter.text, key)
