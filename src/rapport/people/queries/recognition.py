"""Whom a visitor's anonymous id stands for, and whether it opens what is on record of them."""

from __future__ import annotations

from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise
from rapport.people.queries import survivor_of


def person_met(anonymous_id: str) -> Person | None:
    """The person it was seen with, for what happens to be booked to them. Nothing of theirs is shown for it."""
    row = _found(anonymous_id)
    return row[1] if row else None


def person_recognised(anonymous_id: str) -> Person | None:
    """The person whose traits and segments it may open.

    Whoever sends a form chooses both the id and the address, and so comes to be seen with anybody whose address they
    know. So it opens a customer's record only where it is vouched for, and else that of a visitor without a name.
    """
    row = _found(anonymous_id)
    return row[1] if row and (row[0].is_vouched or not row[1].is_identified) else None


def _found(anonymous_id: str) -> tuple[Identifier, Person] | None:
    value = normalise("anonymous_id", anonymous_id) if anonymous_id else None
    rows = Identifier.objects.filter(type="anonymous_id", value=value).select_related("person")
    row = rows.first() if value else None
    if row is None:
        return None
    survivor = survivor_of([row.person_id]).get(row.person_id, row.person_id)
    person = row.person if survivor == row.person_id else Person.objects.get(pk=survivor)
    return (row, person) if person.erased_at is None and person.restricted_at is None else None
