"""Each effect on the world: what is asked for, and the receipt that proves it."""

from typing import Literal

from pydantic import Field

from graph.values import Frozen
from surefoot.domains.support.schemas import Cents, OrderId, Reason


class Cancelled(Frozen):
    """Receipt of `cancel_order`."""

    order_id: OrderId
    status: Literal["cancelled"]
    returned_cents: Cents


class AddNote(Frozen):
    """Input of `add_note`."""

    order_id: OrderId
    text: str = Field(min_length=1, max_length=1_000)


class Noted(Frozen):
    """Receipt of `add_note`."""

    note_id: int
    order_id: OrderId


class IssueRefund(Frozen):
    """Input of `issue_refund`. Order and payment are the effect's identity."""

    order_id: OrderId
    payment_id: str
    amount_cents: Cents
    reason: Reason


class Refunded(Frozen):
    """Receipt of `issue_refund`."""

    order_id: OrderId
    payment_id: str
    amount_cents: Cents


class SendReply(Frozen):
    """Input of `send_reply`."""

    to: str = Field(max_length=254)
    text: str = Field(min_length=1, max_length=4_000)


class Sent(Frozen):
    """Receipt of `send_reply`."""

    message_id: int
    to: str
    sha256: str = Field(description="of the text that the mail server took, in UTF-8")
