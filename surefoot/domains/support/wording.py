"""How the domain writes money and days, and the one letter that is safe when nothing else may be said."""

import re
from collections.abc import Mapping
from datetime import date

from graph.contract import TaskResult, outputs_of
from graph.values import Json
from surefoot.domains.support.language import Language

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS_DE = (
    "januar", "februar", "märz", "april", "mai", "juni",
    "juli", "august", "september", "oktober", "november", "dezember",
)  # fmt: skip
MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
MONTHS_FR = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MONTHS_ELSEWHERE = (MONTHS_DE, MONTHS_ES, MONTHS_FR)
GREETINGS: Mapping[Language, str] = {"en": "Hello {},", "de": "Guten Tag {},", "es": "Hola {}:", "fr": "Bonjour {},"}
SIGNATURES: Mapping[Language, str] = {
    "en": "Kind regards,\nCustomer support",
    "de": "Freundliche Grüße\nIhr Kundenservice",
    "es": "Un saludo,\nAtención al cliente",
    "fr": "Cordialement,\nLe service client",
}


def dollars(cents: int) -> str:
    """`1234` as `$12.34`."""
    return f"${cents // 100:,}.{cents % 100:02d}"


def day(iso: str, language: Language = "en") -> str:
    """`2026-03-16` as `16 March 2026`, `16. März 2026`, `16 de marzo de 2026`, `16 mars 2026`."""
    moment = date.fromisoformat(iso)
    month = moment.month - 1
    match language:
        case "de":
            return f"{moment.day}. {MONTHS_DE[month].capitalize()} {moment.year}"
        case "es":
            return f"{moment.day} de {MONTHS_ES[month]} de {moment.year}"
        case "fr":
            return f"{moment.day} {MONTHS_FR[month]} {moment.year}"
        case _:
            return f"{moment.day} {MONTHS[month]} {moment.year}"


def readable(text: str) -> str:
    """A text of the shop with its ISO dates as people write them."""
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: day(found.group()), text)


def straight(text: str) -> str:
    """The text with typographic apostrophes made plain, so that one spelling of `can't` is enough."""
    return text.replace("\u2019", "'")


def sentences(text: str) -> list[str]:
    """The text's sentences, as they stand."""
    return [said for line in text.splitlines() for one in re.split(r"(?<=[.!?])\s+", line) if (said := one.strip())]


def squeezed(text: str) -> str:
    """The text's words alone, in lower case: what is left when spelling of spaces and commas does not matter."""
    return " ".join(re.findall(r"\w+", text.lower()))


def letter(name: str, body: str, language: Language = "en") -> str:
    """A greeting, the body, and the signature."""
    return f"{GREETINGS[language].format(name)}\n\n{body}\n\n{SIGNATURES[language]}"


def holding_letter(results: Mapping[str, TaskResult]) -> str:
    """A letter from the facts and receipts at hand that promises nothing; the same results give the same text."""
    facts = next(iter(outputs_of(results, "find_facts")), None)
    name, order = (facts["customer"]["name"], facts["order"]) if facts else ("there", None)
    about = f" about your order {order['id']}" if order else ""
    known = _done(results) or (_standing(order, facts["shipment"]) if facts and order else [])
    return letter(
        name, " ".join([f"Thank you for your message{about}.", *known, "If there is more, just reply to this letter."])
    )


def _done(results: Mapping[str, TaskResult]) -> list[str]:
    """What receipts prove; where a person vouched for an effect, there is none."""
    receipts = [*outputs_of(results, "issue_refund"), *outputs_of(results, "cancel_order")]
    refunds = [f"We have refunded {dollars(paid['amount_cents'])}." for paid in receipts if "amount_cents" in paid]
    return refunds + ["The order has been cancelled." for stopped in receipts if "returned_cents" in stopped]


def _standing(order: Json, parcel: Json | None) -> list[str]:
    said = f"It is {order['status']}."
    if parcel is None:
        return [said]
    return [said, f"{parcel['carrier']} carries it under {parcel['tracking_number']}."]
