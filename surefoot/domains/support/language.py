"""Which language a text is in, by its most common words: enough to answer in the same one, or to say that we cannot."""

import re
from collections.abc import Mapping
from typing import Final, Literal, cast

Language = Literal["en", "de", "es", "fr"]
"""What letters are written in."""

COMMON: Final[Mapping[str, str]] = {
    "en": "the is are was my your please and have has not with for it this that when where would order of to a i",
    "de": "der die das ist nicht ich und mein meine meiner meinen bitte wann wo wurde habe hallo eine einen ein zu "
    "auf mit "
    "für noch wie kann sie wir bestellung lieferung danke es den dem guten tag von",
    "es": "el la los las es no mi mis por favor y cuándo cuando dónde donde está esta hola quiero que con para una un "
    "pedido gracias ha he del al lo se puedo me buenos días",
    "fr": "le la les est ne pas je mon ma mes et vous plaît quand où bonjour une un pour avec commande merci "
    "j'ai a été de du ce cette c'est que votre colis sur dans",
    "it": "il lo gli è non mio mia per favore e dove quando ciao una un ordine grazie ho sono che con di della vorrei",
    "nl": "het een is niet ik en mijn waar wanneer bestelling hallo graag bedankt heb van voor met kan zijn naar dat",
    "pt": "o os as é não meu minha por favor e onde quando olá uma um pedido obrigado que com para foi meus você",
}
"""Words that carry a language: what counts is how many of a text's words are on its list."""
WORDS: Final = {language: frozenset(words.split()) for language, words in COMMON.items()}
OURS: Final = ("en", "de", "es", "fr")
FEWEST: Final = 2
"""Common words without which a text tells nothing of its language."""
FOREIGN_LETTERS: Final = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MANY_LETTERS: Final = 8


def language_of(text: str) -> Language | None:
    """The language of a text; `None` where it is another one than ours. Where nothing tells, it is English."""
    if len(FOREIGN_LETTERS.findall(text)) >= MANY_LETTERS:
        return None
    said = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace("\u2019", "'"))
    counts = {language: sum(word in common for word in said) for language, common in WORDS.items()}
    best = max(counts, key=lambda language: (counts[language], language == "en"))
    if counts[best] < FEWEST or counts[best] == counts["en"]:
        return "en"
    return cast("Language", best) if best in OURS else None


def spoken(text: str) -> Language:
    """The language to answer in: the text's own where we have it, else English."""
    return language_of(text) or "en"
