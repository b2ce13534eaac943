"""Sentences that address the machine, or claim an authority that no ticket has: nothing is done because of them."""

import re
from typing import Final

from surefoot.domains.support.wording import sentences

ADDRESSED: Final = re.compile(
    r"\b(?:system|developer|admin(?:istrator)?|assistant|root)\s*(?:notice|message|note|prompt|override|mode|:|>|\])|"
    r"<\/?\w+[^>]*>|\{\s*['\"]\w+['\"]\s*:|\b[a-z]+_[a-z]+\s*\(|\b(?:tool|function)_?(?:call|result|output)s?\b|"
    r"\b(?:ignore|disregard|forget|override|bypass|skip|void)\b.{0,40}\b(?:instruction|rule|polic|guideline|review|"
    r"check|prompt|above|previous|earlier|limit|approval)\w*|"
    r"\b(?:rules?|instructions?|polic(?:y|ies)|limits?)\b.{0,30}\b(?:void|suspended|no longer appl\w+|"
    r"do(?:es)? not apply|disabled|lifted)\b|\byou (?:are|act) (?:now|as)\b|"
    r"\bas an? (?:ai|bot|language model|chatbot)\b|\bnew instructions?\b|"
    r"\b(?:pre-?)?(?:approved|authori[sz]ed|cleared|confirmed)\b.{0,30}\b(?:by|from)\b.{0,30}\b(?:manager|management|"
    r"ceo|supervisor|head|finance|team lead|director|boss|security|legal)\b|"
    r"\b(?:manager|management|ceo|supervisor|finance|director|boss)\b.{0,30}\b(?:approved|authori[sz]ed|agreed|"
    r"signed off|said (?:it|that|you))\b|\b(?:mark|set|treat)\b.{0,20}\b(?:eligible|approved|verified)\b|"
    r"\beligible\s*[:=]|\bamount_cents\b|\bverdict\b|\bthis is (?:an? )?(?:internal|official|automated)\b|"
    r"\bi am (?:the|an?|your) (?:developer|admin\w*|manager|supervisor|operator|ceo|owner of)\b|"
    r"\b(?:reveal|print|repeat|show)\b.{0,30}\b(?:prompt|instructions|rules)\b|\b(?:jailbreak|sudo|dan mode)\b|"
    r"\b(?:ignorier\w*|vergiss)\b.{0,40}\b(?:regeln|anweisung\w*)\b|"
    r"\bignor[ae]\w*\b.{0,40}\b(?:reglas|instrucciones|règles|consignes|instructions)\b",
    re.IGNORECASE,
)


def told_apart(message: str) -> tuple[list[str], list[str]]:
    """The customer's own sentences, and those that follow such an address within its paragraph.

    What comes after in the same paragraph may still ask for information; it may not ask for an effect.
    """
    own: list[str] = []
    suspect: list[str] = []
    for paragraph in re.split(r"\n\s*\n", message):
        tainted = False
        for sentence in sentences(paragraph):
            tainted = tainted or bool(ADDRESSED.search(sentence))
            (suspect if tainted else own).append(sentence)
    return own, suspect
