"""Where an answer goes in the profile: what can be chosen, and what the words of a field suggest."""

from __future__ import annotations

import re

from django.utils.text import capfirst

from rapport.people.queries import traits
from rapport.people.values.types import TraitType

# What people write over a field, in the languages that the program speaks, beside the names of the traits themselves.
_WRITTEN = {
    "first_name": "given name, forename, vorname, your first name, ihr vorname",
    "last_name": "surname, family name, nachname, familienname, your last name, ihr nachname",
    "name": "full name, your name, ihr name, vor- und nachname",
    "birthday": "date of birth, birth date, your birthday, geburtstag, geburtsdatum",
    "city": "town, city, stadt, ort, wohnort",
    "country": "country, land",
    "postal_code": "zip, zip code, postcode, postal code, plz, postleitzahl",
    "street": "street, address, straße, strasse, adresse",
    "company": "company, organisation, organization, firma, unternehmen",
    "language": "language, sprache",
    "phone": "phone, phone number, mobile, telefon, telefonnummer, handy",
    "email": "email, email address, e-mail, e-mail-adresse, mail",
}
ONLY_ANSWER = "-"
_NOT_TYPED = {TraitType.JSON, TraitType.MOMENT}


def choices() -> list[tuple[str, str]]:
    """(key, label) of what an answer can become."""
    return [
        (entry.key, str(entry.label) or in_words(entry.key))
        for entry in traits.definitions("person")
        if entry.kind not in _NOT_TYPED and entry.key != "avatar"
    ]


CHECKED = ("email", "phone")


def trait_of(kind: str, label: str, offered: list[tuple[str, str]]) -> str:
    """The trait that such a field with these words is about; nothing where that is not plain.

    Who somebody is says only a field that checks what it is given, whatever it is called.
    """
    if kind in CHECKED:
        return kind
    key = _trait_of(label, offered)
    return "" if key in CHECKED else key


def _trait_of(label: str, offered: list[tuple[str, str]]) -> str:
    words = _normal(label)
    if not words:
        return ""
    keys = dict(offered)
    for key, name in offered:
        if words in {_normal(key), _normal(name)}:
            return key
    for key, written in _WRITTEN.items():
        if words in map(_normal, written.split(",")) and (key in keys or key in CHECKED):
            return key
    return ""


def key_of(label: str) -> str:
    """What a trait of its own would be called."""
    key = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:60]
    return key if key[:1].isalpha() else ""


def in_words(key: str) -> str:
    return capfirst(key.replace("_", " ").strip())


def _normal(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
