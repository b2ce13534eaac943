"""Words as the rules read them: one spelling, typing errors in the trade's own words mended."""

import re
from functools import lru_cache
from typing import Final

from surefoot.domains.support.wording import straight


def word_set(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


TRADE: Final = word_set(
    "refund refunds refunded reimburse reimbursed reimbursement cancel cancelled cancellation order orders "
    "ordered deliver delivered delivery package parcel tracking tracked track address change changed return "
    "returned returning label broken damaged damage cracked defective shattered scratched faulty wrong arrived "
    "arrive arriving receive received shipped shipping shipment money erase erased delete deleted personal "
    "account where never policy nothing without consignment location voucher outside country abroad international "
    "article product different remove removed item gift card cards vouchers years valid expire password warranty "
    "invoice payment bestellung stornieren storniert erstattung rückerstattung lieferung paket adresse "
    "lieferadresse kaputt beschädigt reembolso cancelar pedido dirección paquete etiqueta remboursement annuler "
    "commande livraison colis étiquette cassé rücksendung"
)
"""What a typing error is mended to."""
OTHER: Final = word_set(
    "care cares cart card hard ward time items county particle articles here were ware ever lever fever oder odor "
    "border location vacation locations charge charged there shopping cancer house shape brake broke storms older "
    "retire believe deliverer wring monkey packed trick accounts labels chance chanced every never policies "
    "paiement commando received trackers"
)
"""Words that are one letter away from those and mean something else."""
SHORTEST: Final = 5
"""Letters that the right word or the wrong one must have: shorter ones are too easily alike."""


def plain(text: str) -> str:
    """Lower case, straight apostrophes, one blank between words, typing errors mended; punctuation stays."""
    low = re.sub(r"[ \t]+", " ", straight(text).lower())
    return re.sub(r"[^\W\d_]{4,}", lambda found: _mended(found.group()), low)


@lru_cache(maxsize=4_096)
def _mended(word: str) -> str:
    if word in TRADE or word in OTHER:
        return word
    fitting = sorted(known for known in TRADE if max(len(known), len(word)) >= SHORTEST and _one_slip(word, known))
    return fitting[0] if fitting else word


def _one_slip(word: str, known: str) -> bool:
    """Whether one letter is missing, doubled, foreign or swapped; the first letter is seldom mistyped."""
    if word[0] != known[0] and word != known[1:] and word[:2] != known[1::-1]:
        return False
    if len(word) == len(known):
        wrong = [place for place in range(len(word)) if word[place] != known[place]]
        return len(wrong) == 1 or _swapped(word, known, wrong)
    longer, shorter = (word, known) if len(word) > len(known) else (known, word)
    return len(longer) - len(shorter) == 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )


def _swapped(word: str, known: str, wrong: list[int]) -> bool:
    """Two neighbours that stand the wrong way round."""
    return len(wrong) == 2 and wrong[1] == wrong[0] + 1 and word[wrong[0]] == known[wrong[1]] and (  # noqa: PLR2004
        word[wrong[1]] == known[wrong[0]]
    )  # fmt: skip
