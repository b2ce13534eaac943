"""Finds a new address in a ticket: by its shape, word for word as the customer wrote it."""

import re
from typing import Final

from surefoot.domains.support.schemas import ORDER_ID

SMALL: Final = (
    "de|du|des|la|le|les|del|los|der|dem|den|von|van|zum|zur|am|im|rue|calle|avenue|boulevard|chemin|place|quai|"
    "allée|plaza|"
    "via|of|apt|flat|floor|unit|suite|no|nr|c/o"
)
"""Words of addresses that are written small."""
WORD: Final = rf"(?:(?:St|Str|Apt|Nr|No|Ave|Rd|Dr|Bd|c/o)\.|[A-ZÀ-Ý0-9][\w'\u2019/-]*|(?:{SMALL})\b)"
BREAK: Final = r"(?:,? ?\n(?=[^\n]*\d|\s*[A-ZÀ-Ý][\w]+(?: [A-ZÀ-Ý]\w+)?\s*(?:\n|$))|, ?| )"
"""Between two words; a new line only before one with a number, or before a country alone."""
SHAPE: Final = re.compile(rf"{WORD}(?:{BREAK}{WORD}){{3,}}")
LEADING: Final = re.compile(
    r"^(?:(?:It|It's|Its|Is|Address|New|Hi|Hello|Please|Thanks|To|At|Use|My|Our|Dear|Team|The|Order|And|Yes|No|Instead|"
    r"Adresse|Dirección|Hallo|Bonjour|Hola|of|am|im|de)[, ]+)+"
)
TRAILING: Final = re.compile(
    r"[, \n]+(?:Thanks|Thank|Best|Kind|Regards|Cheers|Danke|Merci|Gracias|Please|I|We|It|If|And|The)\b.*$", re.DOTALL
)
GIVEN: Final = re.compile(
    r"(?:\b(?:to|at|is|use|now|into|an|nach|lautet|a|à|es|est|live|staying|it's|place|address|adresse)|:)\W*$",
    re.IGNORECASE,
)
"""What stands right before an address that the customer means, as against one in a signature."""
LONGEST: Final = 200


def new_address(text: str) -> str | None:
    """The first address that the text points at, as one line; `None` where there is none."""
    for found in SHAPE.finditer(text):
        before = LEADING.match(found.group())
        start = found.start() + (before.end() if before else 0)
        address = TRAILING.sub("", text[start : found.end()])
        if _is_one(address) and (before or GIVEN.search(text[max(0, start - 30) : start])):
            return re.sub(r"\s*,?\s*\n\s*", ", ", address).strip(" ,")
    return None


def _is_one(address: str) -> bool:
    """A number for the house or the postcode, a break between street and city, and no order's number."""
    numbers = [word for word in re.findall(r"[\w-]*\d[\w-]*", address) if not re.fullmatch(ORDER_ID, word)]
    return (
        bool(numbers)
        and bool(re.search(r"[,\n]", address))
        and not re.search(ORDER_ID, address)
        and len(address) <= LONGEST
    )
