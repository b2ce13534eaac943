"""The trade's words for what customers ask, in the languages that we answer in. Read on `plain` text (words.py)."""

import re
from typing import Final, Literal

Intent = Literal[
    "cancel",
    "unwanted",
    "refund",
    "paid_back",
    "window",
    "label",
    "return",
    "address",
    "erase",
    "status",
    "offer",
    "article",
]

MONEY: Final = (
    r"(?:refund\w*|money back|reimburse\w*|repay\w*|(?:rück|zurück)?erstatt\w*|geld (?:zurück|wieder)\w*|rückzahl\w*|"
    r"reembols\w*|rembours\w*|(?:devol|devuel)\w* (?:el |mi )?dinero|devolución del dinero|rendre (?:mon |l')argent)"
)
CANCEL: Final = (
    r"(?:cancel\w*|call (?:\w+ ){0,3}off|stop (?:my|the|this|that) order|stornier\w*|storno|widerruf\w*|abbestell\w*|"
    r"anul(?:ar|en|e|ad\w*|ación)|annul\w*)"
)
RETURN: Final = (
    r"(?:return(?!s? (?:policy|window|period|deadline))\w*|(?:send|sending|ship|give|giving|bring|hand|"
    r"handing) (?:\w+ |sf-\d+ ){0,3}back|goes back|zurück(?:schick|send|geb)\w*|rücksend\w*|devol\w*|renvoy\w*|"
    r"retourn\w*)"
)
PARCEL: Final = (
    r"(?:parcel|package|order|delivery|shipment|consignment|paket|sendung|bestellung|lieferung|pedido|paquete|envío|"
    r"colis|commande|livraison|stuff|goods|item|things?|it)"
)

REFUSED: Final = re.compile(
    rf"(?:\b(?:not|dont|no|never|without|kein\w*|nicht|sin)|n't|\binstead of)\s+(?:(?:want|need|wish|asking|ask|like|"
    rf"looking|after|for|to|a|an|the|my|any|you|it|be|have)\s+){{0,5}}(?:{MONEY}|{CANCEL}|{RETURN})|"
    rf"\brather than (?:a |the )?\w+|\binstead of (?:a |the )?\w+"
)
"""`I do not want a refund`: a wish that is named only to be denied."""

PAST: Final = re.compile(
    r"\b(?:was|were|been) (?:[\w-]+ ){0,4}cancell?ed\b|\b(?:have|has|had) (?:not |already |just |now )?cancell?ed\b|"
    r"\b(?:got|already|who|you|i|we|someone|somebody|anyone|he|she) (?:already |just |have |had |has )?cancell?ed\b|"
    r"\bwurde (?:[\w-]+ ){0,4}storniert"
)
"""A cancellation that is spoken of and not asked for."""

INTENTS: Final[tuple[tuple[Intent, re.Pattern[str]], ...]] = (
    (
        "erase",
        re.compile(
            r"\b(?:eras|delet|remov|wip|forget|purg|scrub|get rid of|destroy|clear|expung|"
            r"dispos)\w*\b.{0,60}\b(?:data|account|profile|details|information|records?|me\b|everything (?:you|"
            r"about)|personal)|\b(?:data|account|profile|details|information|records?|everything (?:you|about|"
            r"that)\b.{0,30})\b.{0,50}\b(?:eras|delet|remov|clos|wip)\w*|"
            r"\b(?:remove|forget|delete|erase|take) (?:me|us) (?:completely|from|off|out)\b|"
            r"\b(?:forget|delete|erase) (?:me|us)\b|\bwithdraw (?:my )?consent\b|\bdatabase\b|\bderegister\b|"
            r"\bunregister\b|\b(?:clos|terminat)\w* (?:\w+ ){0,2}account|\ball traces\b|"
            r"\b(?:stop|no longer) (?:stor|keep|hold|process)\w* (?:\w+ ){0,3}(?:data|details|information)|"
            r"\bforget about me\b|\bright to (?:be forgotten|erasure)|\berasure\b|\bgdpr\b|\bdsgvo\b|\brgpd\b|"
            r"\b(?:daten|konto)\b.{0,60}\b(?:lösch\w*|entfern\w*)|"
            r"\b(?:lösch\w*|entfern\w*)\b.{0,60}\b(?:daten|konto)|"
            r"\b(?:borr\w*|elimin\w*|suprim\w*)\b.{0,60}\b(?:datos|cuenta)|"
            r"\b(?:effac\w*|supprim\w*)\b.{0,60}\b(?:données|compte)"
        ),
    ),
    (
        "window",
        re.compile(
            r"\b(?:return|refund)s? (?:window|policy|period|deadline)|"
            r"\b(?:until when|how (?:long|many days)|by when|what is the (?:deadline|last day))\b.{0,60}\b(?:return|"
            r"refund|send|bring|give|change my mind)|\bstill (?:return|send (?:\w+ )?back)|"
            r"\bbis wann\b.{0,60}\bzurück|\bhasta cuándo\b.{0,60}\bdevol|\bjusqu'à quand\b.{0,60}\bre(?:tourn|nvoy)"
        ),
    ),
    (
        "paid_back",
        re.compile(
            rf"\b(?:where|when|what happened)\b.{{0,50}}\b(?:is|are|will|s|to|does|do)\b.{{0,30}}\b(?:my|the|"
            rf"our)\s+(?:\w+\s+)?{MONEY}|"
            rf"\b(?:my|the) (?:\w+ )?{MONEY}\b.{{0,40}}(?:\b(?:not|never|still|yet|missing)\b|"
            rf"n't)(?:.{{0,25}}\b(?:arriv|com|came|here|receiv|show|reach|got|been|account|card)|\W*$)|"
            rf"\b(?:still )?waiting (?:for|on) (?:my|the) (?:\w+ )?{MONEY}|"
            rf"\b(?:was|were|been|already|you|has|have|had) (?:\w+ )?(?:refund|reimburs)ed\b|\bpartially refunded\b|"
            rf"\bstatus of (?:my|the) {MONEY}|\bhave(?:n't| not) (?:\w+ ){{0,3}}(?:my|the) {MONEY}|"
            rf"\bhas (?:my|the) {MONEY}|\bdid you (?:already )?{MONEY}|"
            rf"\bwhen (?:do|will|can) (?:i|we)\b.{{0,30}}\b{MONEY}|\b(?:where|when)\b.{{0,40}}\bmy money\b|"
            rf"\b(?:you )?promised\b.{{0,30}}\b{MONEY}|\bwo bleibt\b.{{0,40}}\berstattung|"
            rf"\bdónde está\b.{{0,30}}\breembolso|\boù (?:est|en est)\b.{{0,30}}\bremboursement"
        ),
    ),
    (
        "address",
        re.compile(
            r"\b(?:chang\w*|updat\w*|correct\w*|switch\w*|wrong|different|new|another|other|redirect\w*|reroute\w*|"
            r"amend\w*|mistake|mistyped|misspel\w*|typo)\b.{0,60}\baddress|"
            r"\baddress\b.{0,60}\b(?:chang\w*|updat\w*|correct\w*|wrong|instead|mistake|typo|mistyped|misspel\w*|"
            r"should be|old one)|"
            r"\b(?:send|deliver|ship|redirect)\b.{0,50}\b(?:to (?:my|our|a|this|the) (?:new|other|different|office|"
            r"work|parents)|instead to|instead of (?:to )?(?:me|us|my|our|the)|somewhere else|elsewhere)|"
            r"\b(?:have|has|'ve|are|am|'re|just) (?:just )?mov(?:ed|ing)\b|"
            r"\bgo(?:es)? to (?:my|our|a|this|the|another|me at)\b|\b(?:should|must|can|could|to) go to\b|"
            r"\b(?:let|have|get) (?:it|them|this) (?:go|sent|delivered|shipped|brought) to\b|"
            r"\bnew (?:home|place|flat|apartment|house|office)\b|"
            r"\bto my (?:sister|brother|mother|father|parents|mum|mom|dad|friend|neighbour|neighbor|office|work\w*|"
            r"son|daughter|aunt|uncle)\b|"
            r"\bwhere (?:it|sf-\d+|my order) (?:goes|is going|is sent|gets? (?:sent|delivered))\b|"
            r"\b(?:different|other|another|new) (?:place|location|destination)\b|\breroute|\bdestination\b|"
            r"(?:liefer)?adresse\b.{0,60}\b(?:änder\w*|falsch|neu\w*|korrig\w*)|"
            r"\b(?:änder\w*|neue|andere|falsche)\b.{0,60}adresse|"
            r"\b(?:cambi\w*|nueva|otra|equivocad\w*)\b.{0,60}\bdirección|"
            r"\bdirección\b.{0,60}\b(?:cambi\w*|nueva|equivocad\w*)|"
            r"\b(?:chang\w*|modifi\w*|nouvelle|autre|mauvaise)\b.{0,60}\badresse|"
            r"\badresse\b.{0,60}\b(?:chang\w*|modifi\w*|erronée)"
        ),
    ),
    (
        "label",
        re.compile(
            r"\b(?:return|shipping|postage|prepaid) ?(?:label|slip|form)|\bsticker\b|\bprepaid\b|\blabel\b|"
            r"\bretouren?(?:schein|etikett|label)|\brücksende(?:schein|etikett|label)|\betiqueta\b|\bétiquette\b|"
            r"\bbon de retour"
        ),
    ),
    ("return", re.compile(rf"\b{RETURN}")),
    (
        "cancel",
        re.compile(
            rf"\b{CANCEL}|\b(?:withdraw|revoke|undo|drop|void)\b.{{0,30}}\b(?:order|purchase|sf-\d+)|"
            rf"\bstop (?:it|sf-\d+)|"
            rf"\b(?:take|remove|strike)\b.{{0,20}}\bsf-\d+.{{0,30}}\b(?:back|off|list|and keep|out)|"
            rf"\bremove (?:order )?sf-\d+|\bsf-\d+\b.{{0,20}}\b(?:wieder )?löschen|"
            rf"\b(?:delete|scrap|abort|halt|discard|reverse|retract|rescind|take back|"
            rf"forget(?: about)?)\b.{{0,25}}\b(?:order|purchase|sf-\d+)|\b(?:do not|don't|dont) process"
        ),
    ),
    (
        "unwanted",
        re.compile(
            r"\b(?:don't|dont|do not|no longer|not|not to) (?:want|need|send|ship|dispatch|post|deliver)\b(?! (?:a |"
            r"any |to |the )?(?:refund|exchange|replacement|another|wait|be|have|pay))|\bmerci de ne pas envoyer|"
            r"\bplus besoin|\bbrauche (?:\w+ ){0,4}nicht mehr|\bya no (?:lo |la )?(?:quiero|necesito)|"
            r"\bnicht (?:mehr )?(?:ver)?schicken"
        ),
    ),
    (
        "refund",
        re.compile(
            rf"\b{MONEY}|\bpay (?:me|it|us) back|\bmy money\b|\bmein geld\b|\bmi dinero\b|\bmon argent\b|"
            rf"\b(?:give|pay|want|get|expect)\b.{{0,30}}\bback\b.{{0,15}}\b(?:what|the|my) (?:\w+ )?(?:i|we|paid|"
            rf"amount|price|money|payment)|\b(?:amount|price|payment|cost|sum) back\b|"
            rf"\bcredit (?:me|my|the amount|it)\b|\bwhat (?:i|we) (?:\w+ )?paid\b|"
            rf"\breturn (?:my|the|our) (?:payment|amount|price)|\bback (?:on|to|onto) my (?:card|account)|"
            rf"\b(?:have|get|receive|want|return|give|transfer|like)\b.{{0,40}}\b(?:payment|amount|price|sum|cash|"
            rf"money)\b.{{0,20}}\b(?:back|returned|transferred)\b|\bkaufpreis\b|\bprix d'achat\b"
        ),
    ),
    (
        "status",
        re.compile(
            rf"\bcancell?ed\b|\bwhere(?:'s| is| are|abouts)?\b|\btrack\w*|\barriv\w*|\bdeliver\w*|"
            rf"\bship(?:ped|ping|ment|s)?\b|\bparcel\b|\bpackage\b|\bdelay\w*|\beta\b|\bstatus\b|\bdispatch\w*|"
            rf"\bsent (?:out|off|yet)|\bon its way\b|\bwhen\b.{{0,60}}\b{PARCEL}\b|"
            rf"\b(?:update|news|heard)\b.{{0,40}}\b{PARCEL}\b|\bwaiting (?:for|on|since)\b|"
            rf"\b(?:takes?|taking) (?:so|this|that|too) long|\bstill (?:waiting|nothing|no sign)|"
            rf"\b(?:be|get|gets|getting) here\b|\bget to (?:me|us)\b|\bmake it (?:by|in time|before)\b|"
            rf"\b(?:any )?news (?:on|about|of)\b|\bupdate (?:on|about|for)\b|\bprogress\b|\ben route\b|"
            rf"\bin transit\b|\bcourier\b|\b(?:posted|gone out|sent out|coming|shown up|turned up)\b|"
            rf"\bwhat about sf-\d+|\bcheck (?:on|up on)\b|\blocation\b|\bwhereabouts\b|\b(?:trace|follow)\b|"
            rf"\bhow far\b|\bhold-?up\b|\bheld up\b|\bwhich carrier\b|\b(?:left|leave|leaves) (?:your|the)\b|"
            rf"\breach (?:me|us)\b|\bstand der\b|\bunterwegs\b|\bverfolg\w*|\bzugestellt\b|\bnoch nicht da\b|"
            rf"\bnicht angekommen\b|\brastrear|\bno he recibido|\bsin llegar|"
            rf"\bpas (?:encore )?(?:reçu|arriv|livr)\w*|\btoujours pas (?:reçu|arriv)|\bnuméro de suivi\b|"
            rf"\b(?:is|are|running) (?:\w+ )?late\b|\bgoing on\b|\bhappen\w* (?:to|with)\b|\boverdue\b|"
            rf"\bwo (?:ist|bleibt|steckt)\b|\bwann\b.{{0,60}}\b(?:{PARCEL}|kommt|geliefert)|\bsendungs\w*|\bdónde\b|"
            rf"\bcuándo\b.{{0,60}}\b(?:{PARCEL}|lleg\w*)|\bno ha llegado|\bseguimiento|"
            rf"\boù (?:est|en est|se trouve)\b|\bquand\b.{{0,60}}\b(?:{PARCEL}|arriv\w*|recev\w*)|\bsuivi\b"
        ),
    ),
)
"""Each with its words; what one clause says may match several, and `intent.py` decides which of them stand."""
