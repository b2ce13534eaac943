"""Questions about how things are done here, and the words to look them up by in the help pages."""

import re
from typing import Final

from surefoot.domains.support.rules.clauses import clauses, intents, is_general, mentioned
from surefoot.domains.support.rules.topics import ALSO, COUNTRY, STOP
from surefoot.domains.support.rules.words import plain

ABROAD: Final = "shipping to other countries"
"""What prices and times are asked for decides less than that they are asked for elsewhere."""
SHORT: Final = 2
"""Letters of a word that says nothing."""
LONGEST: Final = 200


def whole_question(own: list[str]) -> str:
    """What to look up for a ticket that is nothing but such a question; empty for any other."""
    said = plain(" ".join(own))
    return _words(said) if is_general(said) and not mentioned(said) & {"erase", "address"} else ""


def further_question(own: list[str]) -> str:
    """What to look up for the clauses that ask so beside other wishes."""
    said = (clause for sentence in own for clause in clauses(plain(sentence)))
    return _words(" ".join(clause for clause in said if is_general(clause) and not intents(clause)))


def _words(said: str) -> str:
    """The words that matter, and the help pages' own words for the same."""
    found = re.findall(r"[a-z]+", COUNTRY.sub("countries", said))
    words = [word for word in found if word not in STOP and len(word) > SHORT]
    words += [more for word in words for more in ALSO.get(word, "").split()]
    return ABROAD if "countries" in words else " ".join(dict.fromkeys(words))[:LONGEST]
