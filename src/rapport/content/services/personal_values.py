"""The values of a person that somebody puts into a message, in words and in groups."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from rapport.content.registry import LIQUID_VARIABLES
from rapport.people.queries import traits

# Read as lists, and offered as ready sections.
_LISTS = ("products", "segments")


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """`code` is what Liquid calls it."""

    code: str
    label: str


def groups() -> list[tuple[str, list[PersonalValue]]]:
    """All of them, in the order in which they are wanted."""
    person = {"first_name": _("First name"), "last_name": _("Last name"), "name": _("Full name")}
    person |= {"email": _("Email address")}
    for trait in traits.definitions("person"):
        person.setdefault(trait.key, str(trait.label) or _in_words(trait.key))
    business = {
        "workspace.name": _("Name of the business"),
        "workspace.sender_name": _("Sender name"),
        "workspace.postal_address": _("Postal address"),
    }
    links = {"unsubscribe_url": _("Unsubscribe link"), "preferences_url": _("Preferences link")}
    offers = {
        f"{variable.name}.{key}": f"{_in_words(variable.name)}: {_in_words(key)}"
        for variable in LIQUID_VARIABLES
        if variable.name not in _LISTS
        for key in variable.sample()
    }
    traits_of = {f"person.{key}": label for key, label in person.items() if key.isidentifier()}
    named = [(_("Person"), traits_of), (_("Offers"), offers), (_("Business"), business), (_("Links"), links)]
    return [(title, [PersonalValue(*pair) for pair in values.items()]) for title, values in named if values]


def labels() -> dict[str, str]:
    """{code: label}, for the chips that stand for them."""
    return {value.code: value.label for _title, values in groups() for value in values}


def _in_words(key: str) -> str:
    return capfirst(key.replace("_", " ").strip())
