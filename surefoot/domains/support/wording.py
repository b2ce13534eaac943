"""How the domain writes money and days, and the one letter that is safe when nothing else may be said."""

import re
from collections.abc import Mapping
from datetime import date

from graph.contract import TaskResult, outputs_of
from graph.values import Json

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SIGNATURE = "Kind regards,\nCustomer support"


def dollars(cents: int) -> str:
    """`1234` as `$12.34`."""
    return f"${cents // 100:,}.{cents % 100:02d}"


def day(iso: str) -> str:
    """`2026-03-16` as `16 March 2026`."""
    moment = date.fromisoformat(iso)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def readable(text: str) -> str:
    """A text of the shop with its ISO dates as people write them."""
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: day(found.group()), text)


def straight(text: str) -> str:
    """The text with typographic apostrophes made plain, so that one spelling of `can't` is enough."""
    return text.replace("\u2019", "'")


def letter(name: str, body: str) -> str:
    """A greeting, the body, and the signature."""
    return f"Hello {name},\n\n{body}\n\n{SIGNATURE}"


def holding_letter(results: Mapping[str, TaskResult]) -> str:
    """A letter from the facts and receipts at hand that promises nothing; the same results give the same text."""
    facts = next(iter(outputs_of(results, "find_facts")), None)
    name, order = (facts["customer"]["name"], facts["order"]) if facts else ("there", None)
    about = f" about your order {order['id']}" if order else ""
    known = _done(results) or (_standing(order, facts["shipment"]) if facts and order else [])
    return letter(
        name, " ".join([f"Thank you for your message{about}.", *known, "If there is more, just reply to this letter."])
    )


def _done(results: Mapping[str, TaskResult]) -> list[str]:
    """What receipts prove; where a person vouched for an effect, there is none."""
    receipts = [*outputs_of(results, "issue_refund"), *outputs_of(results, "cancel_order")]
    refunds = [f"We have refunded {dollars(paid['amount_cents'])}." for paid in receipts if "amount_cents" in paid]
    return refunds + ["The order has been cancelled." for stopped in receipts if "returned_cents" in stopped]


def _standing(order: Json, parcel: Json | None) -> list[str]:
    said = f"It is {order['status']}."
    if parcel is None:
        return [said]
    return [said, f"{parcel['carrier']} carries it under {parcel['tracking_number']}."]
