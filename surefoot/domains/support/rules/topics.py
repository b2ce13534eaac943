"""What the help pages have something on, and what is no matter for rules. Read on `plain` text (words.py)."""

import re
from collections.abc import Mapping
from typing import Final

from surefoot.domains.support.rules.words import word_set

BEYOND_US: Final = re.compile(
    r"\b(?:police|injur\w*|allerg\w*|hospital|chargeback|journalist|newspaper|consumer protection|ombudsman|fraud|"
    r"hacked|stolen card|polizei|policía)\b"
)
"""Matters that a person must see, whatever else the ticket says."""

BUSINESS: Final = re.compile(
    r"\b(?:wholesale|bulk|suppliers?|supplying|our (?:company|firm|agency|hotel|restaurant|office)|employees|"
    r"resell\w*|partner\w*|collaborat\w*|sponsor\w*|interview\w*|magazine|press|blog\w*|influencer|apply|job|"
    r"vacanc\w*|internship|hiring|logo|embroider\w*|invest\w*|loan|search engine|seo|furnish\w*|we run a|"
    r"trade (?:fair|show)|quotation|cooperat\w*|distribut\w*|retailers?|corporate|large quantit\w*|dozens|hundreds?|"
    r"restaurant|caf[eé]|hotel|hostel|holiday (?:flat|home|apartment)s?|schools?|wedding|event agency|"
    r"interior designers?|architects?|photograph(?:er|y)|podcast|review copy|samples?|affiliate|advert\w*|marketing|"
    r"vendors?|manufactur\w*|franchise|trainee|apprentice\w*|cv|resume|thesis|survey|documentary|charity|donat\w*|"
    r"tombola|raffle|business (?:offer|customer|account|gifts?)|b2b|company (?:gifts?|discount)|staff|colleagues|"
    r"clients)\b"
)
"""What somebody wants who is no customer with an order: a person's to answer."""

TOPICS: Final = re.compile(
    r"\b(?:gift ?cards?|gift ?wrap\w*|greeting cards?|vouchers?|redeem\w*|expire\w*|warrant\w*|guarantees?|customs|"
    r"import (?:duty|duties|tax\w*)|duties|internation\w*|abroad|overseas|other countries|ship to|deliver to|"
    r"shipping to|how much (?:is|are|does|do|for|would)|invoices?|receipts?|pay (?:by|with)|ways to pay|"
    r"payment (?:methods?|options?)|credit cards?|paypal|klarna|instal\w*|declined|discount\w*|promo\w*|coupon\w*|"
    r"sizes?|sizing|fit|wash\w*|care|clean\w*|iron\w*|dishwashers?|microwave\w*|oven|oil\w*|spare parts?|express|"
    r"next[- ]day|delivery (?:times?|costs?|charges?|fees?)|shipping (?:costs?|charges?|fees?|times?)|"
    r"how long (?:does|do|will) (?:delivery|shipping|it take)|free (?:shipping|delivery)|accounts?|password\w*|"
    r"log ?in|newsletter\w*|unsubscribe|exchang\w*|swap\w*|phone number|opening hours|reach you|contact|privacy|"
    r"copy of (?:my|the) data|which data|what data|charged?|charges?|outside the country|delivery time|not at home|"
    r"neighbou?r\w*|marketplace|returns? (?:policy|cost\w*|free|conditions?)|return policy|pay for (?:the )?return)\b"
)
"""What the help pages have something on."""
ASKING: Final = re.compile(
    r"\?|\bhow (?:long|much|many|do|does|can|is|are|old|soon)\b|"
    r"\b(?:what|which|whether|do you|are there|can't|cannot|unable|forgot|forgotten|trouble|tell me|wondering|"
    r"wanted to know|like to know|wants? to know|question|information|explain)\b"
)

ALSO: Final[Mapping[str, str]] = {
    "voucher": "gift card", "vouchers": "gift card", "redeem": "gift card valid", "redeemed": "gift card valid",
    "abroad": "countries", "overseas": "countries", "outside": "countries", "international": "countries",
    "expire": "valid", "expires": "valid", "expiry": "valid", "lasts": "valid", "years": "valid", "year": "valid",
    "used": "using", "use": "using", "swap": "exchange", "login": "password",
    "charge": "cost", "price": "cost", "sending": "shipping", "postage": "shipping", "customs": "duties",
    "broke": "damaged", "washing": "wash", "laundry": "wash", "bill": "invoice", "instalments": "pay",
}  # fmt: skip
"""Words of customers, and the words that the help pages have for the same."""
COUNTRY: Final = re.compile(
    r"\b(?:portugal|spain|france|germany|austria|switzerland|italy|sweden|norway|denmark|finland|iceland|ireland|"
    r"poland|greece|netherlands|holland|belgium|luxembourg|hungary|croatia|czech\w*|romania|bulgaria|turkey|canada|"
    r"australia|new zealand|japan|china|india|brazil|mexico|usa|united states|america|england|scotland|wales|britain|"
    r"united kingdom|europe)\b"
)

STOP: Final = word_set(
    "many a an the and or but if is are was were be been do does did have has had i you we they he she it me my "
    "your our their this that these those to of in on at for from with by as not no yes so just about into out up "
    "can could would will may might should shall what which how when where who why whether there here please "
    "thanks thank hello hi hey dear good morning day evening regards best kind know tell like want need get got "
    "also any some than then too very really quick question wondering ask asking one two order orders us am don't "
    "i'm i'd i've it's im wanted before after let shop store help find say says said think bought buy buying make "
    "made sure possible"
)
"""Words that say nothing of what a question is about."""
