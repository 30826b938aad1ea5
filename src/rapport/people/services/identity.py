"""Identity resolution: which person an event belongs to, for a whole micro-batch at once.

Deterministic: persons are joined by normalised identifiers, as the rules of their types allow (see
`identity_types` and docs/adr/0006). Most events bring only identifiers of one person and are done with one look-up;
the others are decided one after another, with the persons they touch locked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import msgspec

from rapport.people import identity_types
from rapport.people.services import identity_store as store
from rapport.people.services.canonical_ids import Identifier, person_id_for
from rapport.people.services.identity_limits import vouches
from rapport.people.services.identity_plan import Plan
from rapport.people.services.identity_store import Raced
from rapport.people.services.merging import apply_merges

__all__ = ["Identifier", "Raced", "Resolution", "Sighting", "limit_of", "person_id_for", "resolve"]


class Sighting(msgspec.Struct, gc=False):
    """The identifiers that came with one event, strongest first. `resolve` fills in the two persons.

    `person_id` is whom the event belongs to now; `home_id` whom it goes with when merges are undone, under whose id
    it is stored.
    """

    identifiers: Sequence[Identifier]
    at: dt.datetime
    message_id: str
    source: str
    explicit: bool = False
    # Anybody may have sent it: it joins no two persons who are known, nor gives them each other's addresses.
    public: bool = False
    person_id: uuid.UUID | None = None
    home_id: uuid.UUID | None = None


@dataclass(slots=True)
class Resolution:
    """What a batch changed: persons made, persons whose profile changed."""

    created: set[uuid.UUID] = field(default_factory=set)
    changed: set[uuid.UUID] = field(default_factory=set)


def limit_of(kind: str) -> int:
    """How many values of a type one person may have."""
    rule = identity_types.current().by_key.get(kind)
    return rule.most or 1_000_000 if rule else 0


def resolve(
    sightings: Sequence[Sighting], *, also: Callable[[], Collection[uuid.UUID]] = tuple
) -> Resolution:
    """Finds or makes the person of each sighting, links identifiers, joins persons. In the caller's transaction.

    `also` tells, once the plain sightings have their persons, which of these the caller is going to write: they are
    locked together with those that change here, in one order, so that two workers never deadlock. Raises Raced:
    another worker changed the same identifiers meanwhile; the transaction is to be rolled back and run again.
    """
    identifiers = {identifier for sighting in sightings for identifier in sighting.identifiers}
    owners = store.owners_of(identifiers)
    open_ = [sighting for sighting in sightings if not _plain(sighting, owners)]
    concerned = {
        owners[identifier].person
        for opened in open_
        for identifier in opened.identifiers
        if identifier in owners
    }
    people = store.lock(concerned, also())
    if not open_:
        return Resolution()
    plan = Plan(owners, people, store.taken(identifiers - owners.keys()), identity_types.current())
    for sighting in open_:
        plan.decide(sighting)
    joins = plan.finish()
    _write(plan)
    apply_merges(joins)
    for sighting in sightings if joins else open_:
        if sighting.person_id is not None:
            sighting.person_id = plan.final(sighting.person_id)
    return Resolution(plan.created, plan.changed)


def _plain(sighting: Sighting, owners: dict[Identifier, store.Owner]) -> bool:
    """Whether one person has all its identifiers already, since before; then it is theirs, and nothing changes."""
    identifiers = sighting.identifiers
    if not identifiers:
        return True
    first = owners.get(identifiers[0])
    if first is None:
        return False
    person, at = first.person, sighting.at
    if at <= first.born:
        return False
    if len(identifiers) > 1:
        vouched = vouches(identifiers, public=sighting.public)
        if vouched and not first.is_vouched:
            return False
        for identifier in identifiers[1:]:
            other = owners.get(identifier)
            if other is None or other.person != person or at <= other.born:
                return False
            if vouched and not other.is_vouched:
                return False
    sighting.person_id, sighting.home_id = person, first.home
    return True


def _write(plan: Plan) -> None:
    store.insert_people(plan.new_people())
    store.insert_links(plan.links)
    store.insert_noted(plan.noted)
    store.move_first_events(plan.earlier)
    store.mark_identified(plan.identified)
    store.vouch(plan.vouched)
