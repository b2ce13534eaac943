import pytest

from surefoot.domains.support.rules.intent import Intent, understand
from surefoot.domains.support.schemas import Reason, SupportRequest

INTENTS: tuple[tuple[str, Intent], ...] = (
    ("Please give me a refund for this", "refund"),
    ("I'd like to send it back and be reimbursed", "refund"),
    ("Can you cancel it for me?", "cancel"),
    ("Cancel the order and refund me", "cancel"),
    ("How long can I return things?", "window"),
    ("What is your return policy?", "window"),
    ("It has still not arrived", "status"),
    ("When does my package ship?", "status"),
    ("I do not want a refund, only tell me where it is", "status"),
    ("Please don't cancel it, but where is it?", "status"),
    ("I don\u2019t need to return it. Has it been delivered?", "status"),
    ("It has not arrived and I want a refund", "refund"),
    ("Do you sell gift cards?", "unclear"),
    ("...", "unclear"),
    ("Refund me or my lawyer will call you", "unclear"),
)

REASONS: tuple[tuple[str, Reason], ...] = (
    ("The vase is shattered", "damaged"),
    ("You sent the wrong colour", "wrong_item"),
    ("It never arrived", "not_received"),
    ("It hasn't been delivered", "not_received"),
    ("I changed my mind", "changed_mind"),
)


def asked(message: str, order_id: str | None = None) -> SupportRequest:
    """A ticket with this message."""
    return SupportRequest(customer_email="a@b.example", message=message, order_id=order_id)


@pytest.mark.parametrize(("message", "intent"), INTENTS)
def test_intent_comes_from_general_words(message: str, intent: Intent) -> None:
    """What is asked for is read from the vocabulary of the trade; what is denied is not asked for."""
    assert understand(asked(message)).intent == intent


@pytest.mark.parametrize(("message", "reason"), REASONS)
def test_the_reason_of_a_refund(message: str, reason: Reason) -> None:
    """The reason decides which window applies; without one, the customer changed their mind."""
    assert understand(asked(message)).reason == reason


@pytest.mark.parametrize(
    ("message", "filed", "order_id"),
    [
        ("about sf-12345, please", None, "SF-12345"),
        ("SF-12345, again SF-12345", "SF-12345", "SF-12345"),
        ("no number", "SF-12345", "SF-12345"),
        ("no number", None, None),
        ("SF-12345 or SF-54321", None, None),
        ("SF-12345", "SF-54321", None),
    ],
)
def test_an_order_is_named_or_not_known(message: str, filed: str | None, order_id: str | None) -> None:
    """Two different numbers are as good as none: nothing is guessed."""
    assert understand(asked(message, filed)).order_id == order_id
