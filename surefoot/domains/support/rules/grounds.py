"""Why something is asked for, in the trade's words. Read on `plain` text (words.py)."""

import re
from typing import Final

from surefoot.domains.support.schemas import Reason

REASONS: Final[tuple[tuple[Reason, re.Pattern[str]], ...]] = (
    (
        "damaged",
        re.compile(
            r"\b(?:damag\w*|brok\w*|crack\w*|defect\w*|faulty|shatter\w*|shards?|pieces|doa|dead on arrival|"
            r"splinter\w*|ruined|soaked|wet|mould\w*|unusable|beyond repair|halves|destroyed|crush\w*|squashed|"
            r"warped|rust\w*|busted|incomplete|fell apart|came apart|burst|a hole|won't (?:work|turn on|switch on|"
            r"light)|not intact|torn|scratch\w*|chipp?ed|smashed|in (?:two|pieces|bits)|bent|dent\w*|stain\w*|"
            r"does(?:n't|nt| not) (?:work|turn on|switch on|light)|not working|leak\w*|wobbl\w*|split|snapped|"
            r"kaputt\w*|scherben|gerissen|beschädigt\w*|zerbrochen\w*|defekt\w*|gesprungen|rot[oa]s?|dañad\w*|"
            r"defectuos\w*|estropead\w*|golpead\w*|en mal estado|cassée?s?|abîmée?s?|endommagée?s?|défectueu\w*|"
            r"brisée?s?|en morceaux|fêlée?s?|ébréchée?s?)\b"
        ),
    ),
    (
        "wrong_item",
        re.compile(
            r"\b(?:wrong|incorrect) (?:\w+ )?(?:item|article|product|colou?r|size|one|thing|model|goods|order)\b|"
            r"\bnot (?:what|the \w+|the one|at all what) i(?: had| have|'d)? ordered\b|\b(?:someone|somebody) else\b|"
            r"\b(?:did not|didn't) order\b|\bnever ordered\b|"
            r"\bordered .{0,40}\b(?:but|and|yet)\b.{0,25}\b(?:got|received|sent|came|there was)\b|"
            r"\b(?:delivered|sent|got|received)\b.{0,40}\bbut\b.{0,20}\bordered\b|\bisn't mine\b|\bnot mine\b|"
            r"\b(?:sent|got|received|supplied|delivered|contain\w*|inside|found|there (?:was|were)|"
            r"was in)\b.{0,30}\b(?:something (?:else|different|other|that|i)|(?:different|other|another) (?:item|"
            r"article|product|thing|model|order)s?)\b|\binstead of the\b|\bmix(?:ed)?[- ]?up\b|"
            r"\bfalsche[nrs]? (?:artikel|ware|produkt|farbe|größe)|\bartículo equivocado|\bproducto equivocado|"
            r"\bmauvais (?:article|produit)"
        ),
    ),
    (
        "not_received",
        re.compile(
            r"(?:\bnever|\bnot|n't|\bnothing)(?: \w+){0,2} (?:arriv\w*|come|came|been delivered|delivered|received?|"
            r"turned up|shown up|reached|got (?:it|them|my|the|any)|here)\b|\blost\b|"
            r"\bnever (?:reached|made it|came|got here)|\bvanished\b|\bdisappeared\b|\bgone missing\b|"
            r"\bnowhere to be (?:found|seen)|\bfail(?:ed|s) to (?:arrive|show|turn)|\bstill (?:not|isn't) here|"
            r"\bno parcel\b|\bnothing (?:came|has come|here)\b|\bmissing\b|\bno (?:sign|trace) of\b|"
            r"\b(?:nie|nicht) (?:angekommen|erhalten|geliefert)|\b(?:no|nunca) (?:me )?(?:ha )?(?:lleg\w*|recib\w*)|"
            r"\b(?:jamais|pas|rien) (?:été )?(?:arriv\w*|reçu\w*|livr\w*)"
        ),
    ),
    (
        "changed_mind",
        re.compile(
            r"\b(?:look|looks|is|are|was|were|quite|rather|very|somewhat|slightly) different (?:from|than|to|in)\b|"
            r"\bminds?\b|\bthoughts?\b|\breconsider\w*|\bregret\w*|\bwhim\b|\bimpuls\w*|"
            r"\b(?:don't|do not|not|no longer|never|didn't) (?:\w+ )?(?:like|want|need|keep\w*|use|used|using|love|"
            r"enjoy|suit|fit|match|go with|satisf\w*|happy|what i (?:expected|imagined|hoped)|my (?:taste|style|"
            r"thing)|for me|get on|got (?:round|around))|\bany ?more\b|\bunused\b|\bunopened\b|\bunwanted\b|"
            r"\bbrand new\b|\bnew in\b|\btaste\b|"
            r"\b(?:colou?r|look|style|size|shade) (?:of it )?(?:is|isn't|isnt|does|looks|of)\b|"
            r"\btoo (?:big|small|large|short|long|wide|dark|bright|heavy|expensive|many)\b|"
            r"\b(?:doesn't|does not|isn't|isnt|won't) (?:go|fit|suit|match|look|my)|\bdisappoint\w*|\bcheaper\b|"
            r"\btwice\b|\b(?:have|had|got) (?:two|one already|the same)|\b(?:the )?(?:very )?same thing\b|"
            r"\bduplicate\b|\balready (?:have|own)|\brather not\b|\bpersonal reasons\b|\bnothing (?:is )?wrong\b|"
            r"\bnothing is broken\b|\bgive back\b|\bsend (?:\w+ )?back\b|\breturn(?:ing)? (?:it|them|this)\b|"
            r"\bgefällt\b|\bdoch nicht\b|\bpasst nicht\b|\bno me gusta\b|\bya no (?:lo|la) quiero\b|"
            r"\bne (?:me|nous) (?:plaît|convient)"
        ),
    ),
)
"""The first that is given counts: who got a broken thing and does not want it got a broken thing."""

ON_THE_WAY: Final = re.compile(
    r"\bwait\w*|\blost\b|\bmissing\b|\bempty\b|\bstolen\b|\btracking\b|\bcarrier\b|\bcourier\b|\bpostman\b|"
    r"\b(?:no|not|never|n't|nothing|nowhere|nobody|neither|without)\b.{0,30}\b(?:arriv|deliver|receiv|parcel|package|"
    r"post|mail|door|turn|show|came|come|here|reach|see|saw|seen|got|trace|sign)\w*|"
    r"n't (?:\w+ )?(?:arriv|deliver|receiv|turn|show|come|reach|here)\w*"
)
"""Where a parcel may be what is missing, a change of mind is not taken for granted."""

SOUND: Final = re.compile(
    r"\b(?:nothing|not(?! only)|no|never|neither|nor|without|isn't|isnt|wasn't|aren't|hasn't|haven't|free of|"
    r"zero)\b[^.,;:!?]{0,30}\b(?:broken|damaged?|damages|wrong|faulty|defective|cracks?|cracked|scratch\w*|defects?|"
    r"dents?|stains?|torn|chipped|split)\b|\bundamaged\b|\bunbroken\b|"
    r"\b(?:look|looks|is|are|was|were|quite|rather|very|somewhat|slightly) different (?:from|than|to|in)\b"
)
"""`Nothing is broken`: a reason that is named only to be denied."""
