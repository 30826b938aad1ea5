"""How profiles show computed traits: by their name, money as money, days as days; and how valuable somebody is."""

from __future__ import annotations

import time
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.ui import formats
from rapport.people.models import Person
from rapport.people.registry import DerivedTrait
from rapport.segments.computed import queries
from rapport.segments.computed.views import showing

SECONDS = 10.0
VALUE, ORDERS = "lifetime_value", "orders_365"
_trait_words: tuple[float, dict[str, DerivedTrait]] = (float("-inf"), {})


def derived() -> dict[str, DerivedTrait]:
    """{key: label and wording}, at most SECONDS old: a profile shows many traits and asks once."""
    global _trait_words  # noqa: PLW0603  one cache per process
    if time.monotonic() - _trait_words[0] > SECONDS:
        traits = {
            trait.key: DerivedTrait(trait.name, partial(showing.value, trait.definition))
            for trait in queries.kept_up()
        }
        _trait_words = (time.monotonic(), traits)
    return _trait_words[1]


def value_of(person: Person) -> tuple[str, str] | None:
    """What they have spent in all, and how many orders there were in the last year."""
    spent = derived().get(VALUE)
    if spent is None or person.traits.get(VALUE) is None:
        return None
    orders = person.traits.get(ORDERS)
    further = ""
    if isinstance(orders, int):
        words = ngettext("%(n)s order in 365 days", "%(n)s orders in 365 days", orders)
        further = words % {"n": formats.number(orders)}
    return spent.words(person.traits[VALUE]), further or _("in all")
