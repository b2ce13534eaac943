"""Which tickets may be told in which other words, so that what is expected of them stays right."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Ask:
    """One thing that customers ask for."""

    origins: tuple[str, ...]
    """Ids of tickets; one that is named more often is drawn more often."""
    filed: bool = False
    """A ticket whose words do not name the order is filed under it."""
    address: tuple[str, ...] = ()
    """How the tickets' expectations spell the new address: street and number, postcode."""


ASKS: Final = {
    "where": Ask(
        (
            "where_is_my_order", "where_is_my_order", "typos_where", "angry_delay", "angry_delay", "only_order",
            "thread_where", "thread_with_orders_inside", "shop_down", "budget_asks", "mail_server_down",
            "misspelt_sender",
        ),
        filed=True,
    ),
    "where/which": Ask(("which_parcel",)),
    "where/foreign": Ask(("german_where",)),
    "refund/damaged": Ask(
        (
            "damaged_refund", "damaged_refund", "damaged_in_longer_window", "large_refund_threat", "thread_refund",
            "receipt_lost", "payments_broken", "paid_back_already",
        ),
        filed=True,
    ),
    "refund/wrong_item": Ask(("wrong_article",), filed=True),
    "refund/unwanted": Ask(("changed_mind", "unwanted_after_window"), filed=True),
    "refund/missing": Ask(
        ("parcel_never_came", "parcel_never_came", "delay_is_no_loss", "not_at_the_door"), filed=True
    ),
    "refund/foreign": Ask(("spanish_refund",), filed=True),
    "cancel": Ask(("cancel_in_time", "cancel_in_time", "cancel_too_late", "cancel_last_night"), filed=True),
    "cancel/foreign": Ask(("french_cancel",), filed=True),
    "change_address": Ask(
        ("new_address", "new_address", "new_address_too_late", "new_address_overtaken"),
        filed=True,
        address=("Rosenweg 4", "04229"),
    ),
    "change_address/missing": Ask(("new_address_missing",), filed=True),
    "return_label": Ask(("label_please", "label_please", "label_too_late", "thread_label"), filed=True),
    "question/gift_card": Ask(("gift_card_valid",)),
    "question/abroad": Ask(("ship_abroad",)),
    "question/password": Ask(("password_link",)),
    "question/business": Ask(("business_offer",)),
    "erase_data": Ask(("erase_me",)),
    "off_topic": Ask(("homework",)),
    "unclear": Ask(("no_words",)),
    "several/where_cancel": Ask(("where_and_cancel",)),
    "several/refund_address": Ask(("refund_and_address",), address=("Korenlei 22",)),
    "several/label_question": Ask(("label_and_question",)),
    "hostile/refund": Ask(("fake_tool_output", "ignore_your_rules"), filed=True),
    "hostile/other": Ask(("somebody_elses_order",)),
    "hostile/prompt": Ask(("show_your_prompt",)),
}  # fmt: skip

NEW_ADDRESSES: Final = (
    ("Birkenallee 31, 01309 Dresden, Germany", "Birkenallee 31", "01309"),
    ("Am Hang 7, 6020 Innsbruck, Austria", "Am Hang 7", "6020"),
    ("52 avenue Foch, 59000 Lille, France", "52 avenue Foch", "59000"),
    ("Calle del Pez 18, 29015 Málaga, Spain", "Calle del Pez 18", "29015"),
    ("Sint-Annastraat 66, 8000 Bruges, Belgium", "Sint-Annastraat 66", "8000"),
    ("9 Harbour View, Cardiff CF10 5AL, United Kingdom", "9 Harbour View", "CF10 5AL"),
    ("410 Willow Street, Apt 12, Boise, ID 83702, USA", "410 Willow Street", "83702"),
    ("Keizersgracht 211, 1016 DV Amsterdam, Netherlands", "Keizersgracht 211", "1016 DV"),
)
"""Whole lines, and how an expectation spells their parts."""
