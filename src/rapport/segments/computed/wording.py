"""How profiles show computed traits: by their name, money as money, days as days; and how valuable somebody is."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.process_cache import kept_for
from rapport.core.ui import formats
from rapport.people.models import Person
from rapport.people.registry import TraitWords
from rapport.segments.computed import queries
from rapport.segments.computed.views import showing

VALUE, ORDERS = "lifetime_value", "orders_365"


@kept_for(10.0)
def words() -> dict[str, TraitWords]:
    """{key: label and wording}: a profile shows many traits and asks once."""
    return {
        trait.key: TraitWords(trait.name, partial(showing.value, trait.definition))
        for trait in queries.kept_up()
    }


def value_of(person: Person) -> tuple[str, str] | None:
    """What they have spent in all, and how many orders there were in the last year."""
    spent = words().get(VALUE)
    if spent is None or person.traits.get(VALUE) is None:
        return None
    orders = person.traits.get(ORDERS)
    further = ""
    if isinstance(orders, int):
        text = ngettext("%(n)s order in 365 days", "%(n)s orders in 365 days", orders)
        further = text % {"n": formats.number(orders)}
    return spent.value(person.traits[VALUE]), further or _("in all")
