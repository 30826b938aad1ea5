"""Traits as a profile shows and takes them: readable values, and where each came from."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rapport.core.ui import formats
from rapport.people.models import Person

# The source of a trait that somebody of the business set by hand, before his name.
BY_HAND = "by hand: "
# What stands first on a profile; everything else follows by name.
_FIRST = ("name", "first_name", "firstName", "last_name", "lastName", "email", "phone", "country", "address")


@dataclass(frozen=True, slots=True)
class TraitFact:
    """One trait: its value as text, and since when it is so, by which source and event."""

    name: str
    value: Any
    source: str
    at: dt.datetime | None
    message_id: str

    @property
    def label(self) -> str:
        words = self.name.replace("_", " ").replace("-", " ").strip()
        return words[:1].upper() + words[1:]

    @property
    def text(self) -> str:
        return shown(self.value)

    @property
    def by_hand(self) -> str:
        """Who set it by hand; "" when an event brought it."""
        return self.source.removeprefix(BY_HAND) if self.source.startswith(BY_HAND) else ""

    @property
    def is_simple(self) -> bool:
        return not isinstance(self.value, dict | list)


def trait_facts(person: Person) -> list[TraitFact]:
    """A person's traits, the usual ones first."""

    def place(name: str) -> tuple[int, str]:
        return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name.lower())

    return [trait_fact(person, name) for name in sorted(person.traits, key=place)]


def trait_fact(person: Person, name: str) -> TraitFact:
    fact = person.trait_facts.get(name) or {}
    return TraitFact(
        name=name,
        value=person.traits.get(name, ""),
        source=str(fact.get("source", "")),
        at=_moment(fact.get("at")),
        message_id=str(fact.get("message_id", "")),
    )


def shown(value: Any) -> str:
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if isinstance(value, dict):
        return ", ".join(shown(part) for part in value.values() if part not in (None, "", {}, []))
    if isinstance(value, list):
        return ", ".join(shown(part) for part in value)
    return "" if value is None else str(value)


def country_name(code: str) -> str:
    """A country as the reader calls it; what is no ISO code stays as it is."""
    return str(formats.locale().territories.get(code.upper(), code)) if len(code) == 2 else code


def typed(text: str, before: Any) -> Any:
    """What somebody typed, of the type the trait had before where that is possible. Empty removes the trait."""
    text = text.strip()
    if not text:
        return None
    if isinstance(before, bool):
        return text.lower() in {"yes", "true", "1", _("yes").lower()}
    if isinstance(before, int | float):
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and isinstance(before, int) else number
    if isinstance(before, dict | list):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _moment(value: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
