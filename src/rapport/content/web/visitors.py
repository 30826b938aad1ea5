"""What is on record of a visitor whom the tracker names, which it only does with their consent."""

from __future__ import annotations

from rapport.people.models import Person
from rapport.people.normalise import normalise
from rapport.people.queries import named_by, survivor_of


def person_of(visitor: str) -> Person | None:
    """The person of an anonymous id, which is a secret of that browser."""
    value = normalise("anonymous_id", visitor) if visitor else None
    if not value or not (persons := named_by([("anonymous_id", value)])):
        return None
    survivor = next(iter(survivor_of(persons).values()), None)
    if survivor is None:
        return None
    return Person.objects.filter(pk=survivor, erased_at=None, restricted_at=None).first()


def known_traits(visitor: str) -> frozenset[str]:
    """The names of what is on record; the values are told to nobody."""
    person = person_of(visitor)
    if person is None:
        return frozenset()
    own = {name for name in ("email", "phone", "name") if getattr(person, name, "")}
    return frozenset({name for name, value in person.traits.items() if value not in ("", None)} | own)
