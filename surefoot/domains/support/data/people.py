"""Names and addresses of the made-up customers."""

import random
import unicodedata
from typing import Final

FOUNDERS: Final = (
    "Maria Santos", "Tom Becker", "Aisha Khan", "Luca Moretti", "Grace Okafor", "Yuki Tanaka", "Noah Fischer",
    "Elena Petrova", "Sam Whitlock", "Ines Carvalho", "David Cohen", "Mei Lin", "Oliver Grant", "Fatima Zahra",
    "Jonas Lindqvist", "Priya Nair", "Henry Walsh", "Chloe Dubois", "Mateo Alvarez", "Nora Haddad", "Piotr Nowak",
    "Ruth Adeyemi", "Maria Santos", "Victor Hale",
)  # fmt: skip
"""Two customers have one name: only an e-mail address tells people apart."""

LOOKALIKES: Final = ("Anna Schmidt", "Anna Schmidt", "Paul Martin", "Paul Martin", "David Cohen", "Elena Petrov")
"""More namesakes, and somebody whose address is nearly Elena Petrova's."""

GIVEN: Final = (
    "Adam", "Agnes", "Ahmed", "Alice", "Amara", "Andrés", "Astrid", "Ben", "Carla", "Claire", "Daniel",
    "Dorothy", "Emil", "Erik", "Esther", "Felix", "Frida", "George", "Hana", "Ibrahim", "Irene", "Jack", "Jörg",
    "Josephine", "Karim", "Katrin", "Leila", "Lucía", "Magnus", "Marta", "Miriam", "Niklas", "Olga", "Pablo",
    "Rachel", "Rosa", "Samuel", "Sofía", "Teresa", "Tobias", "Valentin", "Wanda",
)  # fmt: skip
FAMILY: Final = (
    "Abbott", "Bakker", "Barnes", "Bauer", "Bianchi", "Clarke", "Costa", "Delgado", "Eriksen", "Farrell",
    "Fontaine", "García", "Greene", "Hansen", "Hoffmann", "Ivanova", "Jansen", "Kaya", "Keller", "Laurent",
    "López", "Maes", "Mensah", "Müller", "Murphy", "Navarro", "Novák", "Osei", "Peeters", "Quinn", "Rahman",
    "Romero", "Rossi", "Schneider", "Singh", "Taylor", "Urban", "Vogel", "Weber", "Young",
)  # fmt: skip
PLACES: Final = (
    ("{street} {number}, {code} {city}, Germany", ("Lindenstraße", "Gartenweg", "Schillerstraße"),
     (("04109", "Leipzig"), ("50667", "Köln"), ("22085", "Hamburg"))),
    ("{street} {number}, {code} {city}, Austria", ("Mozartgasse", "Bahnhofstraße", "Am Anger"),
     (("8010", "Graz"), ("4020", "Linz"), ("1070", "Wien"))),
    ("{number} rue {street}, {code} {city}, France", ("des Tilleuls", "Victor Hugo", "de la Gare"),
     (("69003", "Lyon"), ("31000", "Toulouse"), ("35000", "Rennes"))),
    ("Calle {street} {number}, {code} {city}, Spain", ("Mayor", "del Olivo", "San Juan"),
     (("28013", "Madrid"), ("41004", "Sevilla"), ("46002", "Valencia"))),
    ("{street} {number}, {code} {city}, Belgium", ("Korenmarkt", "Veldstraat", "Kerkstraat"),
     (("9000", "Ghent"), ("2000", "Antwerp"), ("3000", "Leuven"))),
    ("{number} {street}, {city} {code}, United Kingdom", ("Orchard Road", "Church Lane", "Station Street"),
     (("LS1 4DY", "Leeds"), ("BS1 5TR", "Bristol"), ("EH3 9AA", "Edinburgh"))),
    ("{number} {street}, {city}, {code}, USA", ("Maple Avenue", "Cedar Street", "Harbor Drive"),
     (("OR 97205", "Portland"), ("VT 05401", "Burlington"), ("NM 87501", "Santa Fe"))),
)  # fmt: skip
"""Formats, streets, and postcodes with their cities, a country each."""


def names(rng: random.Random, count: int) -> list[str]:
    """The founders, the namesakes, and as many others as are missing, no two of those alike."""
    others = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    known = [*FOUNDERS, *LOOKALIKES]
    return [*known, *rng.sample(others, count - len(known))]


def email(name: str, taken: set[str]) -> str:
    """An address nobody else has: a namesake is with another host."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ü", "ue").replace("ö", "oe"))
    local = plain.encode("ascii", "ignore").decode().replace(" ", ".")
    hosts = ("mail.example", "post.example", "inbox.example")
    return next(address for host in hosts if (address := f"{local}@{host}") not in taken)


def address(rng: random.Random) -> str:
    """One line: street with number, postcode, city, country."""
    form, streets, cities = rng.choice(PLACES)
    code, city = rng.choice(cities)
    return form.format(street=rng.choice(streets), number=rng.randint(2, 98), code=code, city=city)
