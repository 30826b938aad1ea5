"""Where in a profile names, addresses, phones and the like stand: traits of their own and parts of an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rapport.people.values.schema import Definition
from rapport.people.values.types import TraitType
from rapport.quality.cleansing.places import standard_country

NAME, PART, EMAIL, PHONE, COUNTRY, POSTCODE, CITY, TEXT = (
    "name",
    "name part",
    "email",
    "phone",
    "country",
    "postcode",
    "city",
    "text",
)
_BY_KEY = {
    "name": NAME,
    "first_name": PART,
    "last_name": PART,
    "country": COUNTRY,
    "country_code": COUNTRY,
    "countrycode": COUNTRY,
    "postcode": POSTCODE,
    "postal_code": POSTCODE,
    "postalcode": POSTCODE,
    "zip": POSTCODE,
    "zip_code": POSTCODE,
    "zipcode": POSTCODE,
    "city": CITY,
    "town": CITY,
    "email": EMAIL,
    "phone": PHONE,
}
_BY_KIND = {TraitType.EMAIL: EMAIL, TraitType.PHONE: PHONE, TraitType.COUNTRY: COUNTRY}
_FREE = {TraitType.TEXT}


@dataclass(frozen=True, slots=True)
class Context:
    """What is the same for everybody: the workspace's country, how many use each mail domain, the definitions."""

    region: str = "GB"
    domains: Mapping[str, int] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """One text in a profile. `part`: its key in a structured trait; `country`: the ISO code it belongs to, or ""."""

    trait: str
    part: str
    value: str
    role: str
    country: str = ""


def slots(traits: Mapping[str, Any], context: Context) -> Iterator[Slot]:
    """Every short text of a profile that the business may change, with what it is."""
    here = _country(traits)
    for trait, value in traits.items():
        definition = context.definitions.get(trait)
        if definition is not None and definition.is_read_only:
            continue
        if isinstance(value, str):
            role = _role(trait, definition)
            if role:
                yield Slot(trait, "", value, role, here)
        elif trait == "address" and isinstance(value, dict):
            country = _country(value) or here
            for part, text in value.items():
                if isinstance(text, str):
                    yield Slot(trait, part, text, _BY_KEY.get(part.lower(), TEXT), country)


def _role(trait: str, definition: Definition | None) -> str:
    if definition is not None:
        kind = TraitType(definition.kind)
        if kind in _BY_KIND:
            return _BY_KIND[kind]
        return _BY_KEY.get(trait.lower(), TEXT) if kind in _FREE else ""
    return _BY_KEY.get(trait.lower(), TEXT)


def _country(values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        if isinstance(value, str) and _BY_KEY.get(name.lower()) == COUNTRY:
            return standard_country(value) or ""
    return ""
