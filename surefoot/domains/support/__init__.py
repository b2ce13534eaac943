"""An online shop's customer support: the bundled domain, and the example to copy for your own.

schemas.py     the request, the outcome, and what is found      deliveries.py  effects and their receipts
tools.py       verbs on the world                               workers.py     who finds out, drafts and delivers
policy.py      what may happen                                  checks.py      what code verifies (see reading.py)
prompts.py     what models are told                             rules/         the model for when there is none
endings.py     the outcome, and the simplified answer           wording.py     money, days and letters
cases.jsonl    ten tickets, with cases.py and draw.py           shop/          a backend, with its data/
"""

from pathlib import Path

from graph.contract import Budget
from graph.domain import Domain
from surefoot.domains.support import checks, endings, tools
from surefoot.domains.support.policy import Terms, policy, tell
from surefoot.domains.support.prompts import PROMPTS
from surefoot.domains.support.rules import RULES
from surefoot.domains.support.schemas import SupportOutcome, SupportRequest
from surefoot.domains.support.shop import open_shop
from surefoot.domains.support.shop.database import terms
from surefoot.domains.support.workers import workers


def domain(folder: Path) -> Domain:
    """The domain over the shop in `folder / "shop.db"`, which is made the first time."""
    shop = open_shop(folder / "shop.db")
    effects = tools.effects(shop)
    return Domain(
        name="support",
        purpose="Answers the tickets of an online shop: looks up, refunds, cancels, replies.",
        request=SupportRequest,
        outcome=SupportOutcome,
        tools=(*tools.reads(shop), *effects),
        workers=workers(effects),
        policy=policy(Terms.model_validate(terms())),
        prompts=PROMPTS,
        rules=RULES,
        validators=(checks.message_says_something, checks.customer_is_known),
        work_checks=(checks.calls_concern_the_customer, checks.numbers_come_from_facts, checks.promises_are_kept),
        receipt_checks=(checks.receipts_match,),
        conclude=endings.conclude,
        simplify=endings.simplify,
        decline_message="We could not handle your message automatically; a colleague will read it.",
        tell=tell,
        impacts={
            ("task_needs_human", "answer"): "The customer gets your note as the reply, word for word",
            ("task_needs_human", "stop"): "The customer is not answered by the agent",
            ("effect_approval", "stop"): "Nothing is paid or sent; the ticket stays with your team",
            ("budget", "simplify"): "The customer is told how the order stands, nothing more",
        },
        budget=Budget(tokens=80_000, usd=0.25, seconds=180, calls=24, on_alert="simplify"),
    )
