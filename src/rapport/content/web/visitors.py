"""What is on record of a visitor whom the tracker names, which it only does with their consent."""

from __future__ import annotations

from rapport.people.models import Person
from rapport.people.queries.recognition import person_recognised


def person_of(visitor: str) -> Person | None:
    """Whom an anonymous id may open the record of."""
    return person_recognised(visitor)


def known_traits(visitor: str) -> frozenset[str]:
    """The names of what is on record; the values are told to nobody."""
    person = person_of(visitor)
    if person is None:
        return frozenset()
    own = {name for name in ("email", "phone", "name") if getattr(person, name, "")}
    return frozenset({name for name, value in person.traits.items() if value not in ("", None)} | own)
