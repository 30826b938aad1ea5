"""The repairs: what each looks at and what it makes of it. Pure; `runs` carries them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.people.normalise import normalise
from rapport.quality.cleansing import slots as at
from rapport.quality.cleansing.contacts import mistyped, standard_phone
from rapport.quality.cleansing.places import postcode_fits, standard_country, standard_postcode
from rapport.quality.cleansing.slots import Context, Slot, slots
from rapport.quality.cleansing.texts import is_placeholder, standard_city, standard_name, standard_part, tidy

Fix = Callable[[Slot, Context], str | None]


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of repair. `fix(slot, context)` gives the better value, the same one, or None for none at all."""

    key: str
    label: str | Promise
    text: str | Promise
    icon: str
    roles: frozenset[str]
    fix: Fix


@dataclass(frozen=True, slots=True)
class Change:
    """What a repair would do to one trait: its value before and after, and the same in words."""

    trait: str
    before: Any
    after: Any
    shown_before: str
    shown_after: str


def changes(
    repair: Repair, traits: Mapping[str, Any], context: Context, profile_slots: Iterable[Slot] | None = None
) -> list[Change]:
    """What the repair would change in a profile, one entry per trait; nothing where all is well.

    `profile_slots`: the profile's slots, where the caller has them already.
    """
    edits: dict[str, list[tuple[Slot, str | None]]] = {}
    for slot in slots(traits, context) if profile_slots is None else profile_slots:
        if slot.role in repair.roles:
            value = slot.value if _says_nothing(repair, slot) else repair.fix(slot, context)
            if value != slot.value:
                edits.setdefault(slot.trait, []).append((slot, value))
    return [_change(traits[trait], value) for trait, value in edits.items()]


def _says_nothing(repair: Repair, slot: Slot) -> bool:
    """Whether it is a placeholder, which is to be removed and not to be dressed up."""
    return repair.key != "placeholders" and is_placeholder(slot.value, name=slot.role in {at.NAME, at.PART})


def _change(value: Any, edits: list[tuple[Slot, str | None]]) -> Change:
    after: Any = dict(value) if isinstance(value, dict) else None
    for slot, mended in edits:
        if not slot.part:
            after = mended
        elif mended is None:
            del after[slot.part]
        else:
            after[slot.part] = mended
    before = ", ".join(slot.value for slot, _ in edits)
    return Change(
        edits[0][0].trait, value, after or None, before, ", ".join(value or "" for _, value in edits)
    )


def _names(slot: Slot, context: Context) -> str:
    return standard_name(slot.value) if slot.role == at.NAME else standard_part(slot.value)


def _phones(slot: Slot, context: Context) -> str:
    return standard_phone(slot.value, slot.country or context.region) or slot.value


def _countries(slot: Slot, context: Context) -> str:
    return standard_country(slot.value) or slot.value


def _postcodes(slot: Slot, context: Context) -> str:
    return standard_postcode(slot.value, slot.country or context.region)


def _cities(slot: Slot, context: Context) -> str:
    return standard_city(slot.value)


def _domains(slot: Slot, context: Context) -> str:
    return mistyped(slot.value, context.domains) or slot.value


def _spaces(slot: Slot, context: Context) -> str:
    return tidy(slot.value) or slot.value


def _placeholders(slot: Slot, context: Context) -> str | None:
    return None if is_placeholder(slot.value, name=slot.role in {at.NAME, at.PART}) else slot.value


_ALL = frozenset({at.NAME, at.PART, at.EMAIL, at.PHONE, at.COUNTRY, at.POSTCODE, at.CITY, at.TEXT})
REPAIRS = {
    repair.key: repair
    for repair in (
        Repair(
            "names",
            _("Names"),
            _("Capitals where they belong and first name first. What is in mixed case already stays."),
            "user",
            frozenset({at.NAME, at.PART}),
            _names,
        ),
        Repair(
            "email-domains",
            _("Email domains"),
            _("Slips such as gmial.com, told by well-known providers and by the domains your customers use."),
            "at-sign",
            frozenset({at.EMAIL}),
            _domains,
        ),
        Repair(
            "phones",
            _("Phone numbers"),
            _("The international form, +44 20 7946 0000 as +442079460000."),
            "phone",
            frozenset({at.PHONE}),
            _phones,
        ),
        Repair(
            "countries",
            _("Countries"),
            _("Two-letter codes, from names in 35 languages: Deutschland, Germany and DEU are DE."),
            "globe",
            frozenset({at.COUNTRY}),
            _countries,
        ),
        Repair(
            "postcodes",
            _("Postcodes"),
            _("Capitals and gaps as the country writes them: ec1y8sy is EC1Y 8SY."),
            "map-pin",
            frozenset({at.POSTCODE}),
            _postcodes,
        ),
        Repair(
            "cities",
            _("Cities"),
            _("Capitals where they belong: STRATFORD-UPON-AVON is Stratford-upon-Avon."),
            "building-2",
            frozenset({at.CITY}),
            _cities,
        ),
        Repair(
            "spaces",
            _("White space"),
            _("No spaces at the ends, single ones within, nothing invisible."),
            "scan-eye",
            _ALL,
            _spaces,
        ),
        Repair(
            "placeholders",
            _("Placeholders"),
            _("Values that only say that there is none, such as n/a, - or test, are removed."),
            "trash-2",
            _ALL,
            _placeholders,
        ),
    )
}


def valid(slot: Slot, context: Context) -> bool:
    """Whether the text is what its place asks for; free texts always are."""
    match slot.role:
        case at.EMAIL:
            return normalise("email", slot.value) is not None
        case at.PHONE:
            return standard_phone(slot.value, slot.country or context.region) is not None
        case at.COUNTRY:
            return standard_country(slot.value) is not None
        case at.POSTCODE:
            return not slot.country or postcode_fits(
                standard_postcode(slot.value, slot.country), slot.country
            )
    return True
