"""What letters say by rule, in English. Fields in braces are facts; `drafts.py` fills them in."""

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    "delivered": "Your order {order} was delivered on {delivered}.",
    "not_found_there": "If it is not where you expected it, please ask your neighbours and reply to this letter.",
    "shipped": "Your order {order} has been shipped. The carrier gives {expected} as its day of arrival.",
    "delayed": "Your order {order} has been shipped. It was due on {expected} and is late, for which we apologise.",
    "cancelled": "Your order {order} is cancelled; nothing more will be sent.",
    "packed": "Your order {order} was placed on {placed} and is being packed. It has not left us yet.",
    "tracking": "You can follow it with {carrier} under {tracking}; the last entry is: {what} ({place}, {seen}).",
    "rule": "With us, an order can be sent back within {days} days after its delivery.",
    "rule_until": "For your order {order} that is until {ends}.",
    "rule_open": "Your order {order} has not been delivered yet.",
    "refund": "We have refunded {amount} for your order {order}.",
    "fee": "Return shipping of {fee} has been taken off.",
    "payout": "The money will reach you within {payout} days.",
    "cancel": "We have cancelled your order {order}. {paid} go back to you.",
    "address": "We have changed the address of your order {order}. It now goes to: {address}.",
    "label": "We have sent you a return label for your order {order} by e-mail.",
    "label_until": "The order can be sent back until {ends}.",
    "erase": "We have erased your personal data. What the law makes us keep of orders and payments no longer bears a "
    "name.",
    "offer": "We are sorry that your order {order} is not as it should be.",
    "offer_refund": "If you would like your money back ({amount}), please reply and say so.",
    "paid_back": "For your order {order}, {refunded} went back to you, the way you paid.",
    "not_paid_back": "So far nothing has been paid back for your order {order}. If you would like a refund, please "
    "reply "
    "and tell us the reason.",
    "article": "Our help page '{title}' says:",
    "no_article": "Our help pages say nothing about this.",
    "no_refund": "We are sorry: we cannot refund your order {order}, because {why}.",
    "no_cancel": "We are sorry: we cannot cancel your order {order}, because {why}.",
    "no_address": "We are sorry: we cannot change the address of your order {order}, because {why}.",
    "no_label": "We are sorry: your order {order} cannot be sent back to us, because {why}.",
    "no_erase": "We are sorry: we cannot erase your data now, because {why}.",
    "declined": "We have looked into your request{about}. We are sorry that we cannot do what you asked for.",
    "about": " about your order {order}",
    "which_order": "Which of your orders is this about? With us you have:",
    "which_line": "- {order}, placed on {placed}",
    "which_end": "Please reply with its number.",
    "no_orders": "We find no order under your e-mail address. Which address did you use to order?",
    "which_address": "Please send us the complete new address for your order {order}: street and number, postcode, "
    "city, "
    "country.",
    "which_reason": "You would like a refund for your order {order}. What is the reason: is something broken, "
    "is it the wrong "
    "article, has it not arrived, or would you rather not keep it?",
    "order_in_question": "in question",
    # why something cannot be done
    "paid_back_why": "it has already been paid back in full",
    "late": "our window of {days} days after delivery ended on {ends}",
    "reported_delivered": "the carrier reports that it was delivered on {delivered}",
    "not_delivered": "it has not been delivered yet",
    "already_shipped": "it is already shipped",
    "already_delivered": "it is already delivered",
    "already_cancelled": "it is already cancelled",
    "already_packed": "it has just been handed to the carrier",
    "unknown": "it is not within our terms",
}
