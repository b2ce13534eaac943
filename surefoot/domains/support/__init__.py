"""An online shop's customer support: the bundled domain, and the example to copy for your own.

schemas.py     the request, the outcome, and what is found      deliveries.py  effects and their receipts
tools.py       verbs on the world                               workers.py     who finds out, drafts and delivers
briefs.py      what workers take and give                       policy.py      what may happen
checks.py      what code verifies, with reading.py (numbers), promising.py (promises), house.py (style, as data)
stories.py     what a person reads on a card                    prompts/       what models are told
rules/         the model for when there is none                 endings.py     the outcome, the simplified answer
wording.py     money, days and letters                          language.py    which language a text is in
threads.py     the newest mail of a thread                      shop/          a backend, with its data/
cases.jsonl    sixty tickets, with cases.py and draw.py         web/           the same backend over HTTP
chat.py        a ticket as a chat message, and its answer       secrecy.py     what no letter may repeat

The shop is a file in the domain's folder, or the server at SUREFOOT_SHOP_URL, read when the domain is built.
"""

from pathlib import Path

from graph.contract import Budget
from graph.domain import Domain
from surefoot.domains.support import chat, checks, endings, tools
from surefoot.domains.support.policy import Terms, policy
from surefoot.domains.support.prompts import PROMPTS
from surefoot.domains.support.rules import RULES
from surefoot.domains.support.schemas import SupportOutcome, SupportRequest
from surefoot.domains.support.shop.database import terms
from surefoot.domains.support.stories import tell
from surefoot.domains.support.web.choice import shop_for
from surefoot.domains.support.workers import workers


def domain(folder: Path) -> Domain:
    """The domain over the shop in `folder / "shop.db"`, which is made the first time, or at SUREFOOT_SHOP_URL."""
    shop = shop_for(folder)
    reads, effects = tools.reads(shop), tools.effects(shop)
    return Domain(
        name="support",
        purpose="Answers an online shop's tickets: looks up, refunds, cancels, redirects, takes back, erases, replies.",
        request=SupportRequest,
        outcome=SupportOutcome,
        tools=(*reads, *effects),
        workers=workers(reads, effects),
        policy=policy(Terms.model_validate(terms())),
        prompts=PROMPTS,
        rules=RULES,
        validators=(checks.message_says_something, checks.customer_is_known),
        work_checks=(
            checks.calls_concern_the_customer,
            checks.numbers_come_from_facts,
            checks.promises_are_kept,
            checks.letters_keep_to_the_house_style,
        ),
        receipt_checks=(checks.receipts_match,),
        conclude=endings.conclude,
        from_message=chat.from_message,
        to_message=chat.to_message,
        simplify=endings.simplify,
        decline_message="We could not handle your message automatically; a colleague will read it.",
        tell=tell,
        impacts={
            ("task_needs_human", "answer"): "The customer gets your note as the reply, word for word",
            ("task_needs_human", "stop"): "The customer is not answered by the agent",
            ("effect_approval", "stop"): "Nothing is paid, erased or sent; the ticket stays with your team",
            ("review_failed", "accept"): "The drafted letter leaves as it stands, with the effects shown",
            ("budget", "simplify"): "The customer is told how the order stands, nothing more",
        },
        kind=endings.kind,
        budget=Budget(tokens=250_000, usd=0.50, seconds=300, calls=60, on_alert="simplify"),
    )
