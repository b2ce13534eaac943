"""Each effect on the world: what is asked for, and the receipt that proves it."""

from typing import Literal

from pydantic import Field

from graph.values import Frozen
from surefoot.domains.support.schemas import Cents, Day, OrderId, Reason


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


class ChangeAddress(Frozen):
    """Input of `change_address`.

    The order alone is the effect's identity: a run sends an order to one new address. The same order with another
    spelling of it is a conflict that a person sees, not a second change.
    """

    order_id: OrderId
    address: str = Field(min_length=8, max_length=200, description="one line, in the customer's own words")


class AddressChanged(Frozen):
    """Receipt of `change_address`."""

    order_id: OrderId
    address: str


class ReturnLabel(Frozen):
    """Receipt of `create_return_label`; the shop mails the label itself."""

    order_id: OrderId
    label: str
    valid_until: Day


class EraseCustomer(Frozen):
    """Input of `erase_customer`."""

    customer_id: str


class Erased(Frozen):
    """Receipt of `erase_customer`: orders and payments are kept, of nobody in particular."""

    customer_id: str
    orders_kept: int


class SendReply(Frozen):
    """Input of `send_reply`."""

    to: str = Field(max_length=254)
    text: str = Field(min_length=1, max_length=4_000)


class Sent(Frozen):
    """Receipt of `send_reply`."""

    message_id: int
    to: str
    sha256: str = Field(description="of the text that the mail server took, in UTF-8")
