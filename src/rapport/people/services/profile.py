"""Writing persons: traits from events in bulk, and by hand."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.services import audit
from rapport.people.models import Person
from rapport.people.normalise import normalise
from rapport.people.services import identity
from rapport.people.services.changes import mark_changed
from rapport.people.services.traits import denormalised, laid_over, usable


@dataclass(slots=True)
class TraitUpdate:
    """Traits that one event or one user brought for a person."""

    person_id: uuid.UUID
    traits: dict[str, Any]
    at: dt.datetime
    source: str
    message_id: str


def apply_traits(updates: Sequence[TraitUpdate]) -> set[uuid.UUID]:
    """Lays traits over profiles, newest by event time; returns whose changed. In the caller's transaction."""
    if not updates:
        return set()
    ids = {update.person_id for update in updates}
    people = {p.pk: p for p in Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
    before = {person.pk: person.trait_facts for person in people.values()}
    for update in updates:
        person = people[update.person_id]
        fact = {"at": _stamp(update.at), "source": update.source, "message_id": update.message_id}
        state = (person.traits, person.trait_facts)
        person.traits, person.trait_facts = laid_over(state, usable(update.traits), fact)
    changed = [person for person in people.values() if person.trait_facts != before[person.pk]]
    _write(changed)
    return {person.pk for person in changed}


def _stamp(moment: dt.datetime) -> str:
    """ISO text that sorts as the times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _write(people: Sequence[Person]) -> None:
    if not people:
        return
    shown = [denormalised(person.traits) for person in people]
    sql.run(
        "UPDATE people_person p SET traits = n.traits::jsonb, trait_facts = n.facts::jsonb, name = n.name,"
        " email = n.email, version = p.version + 1, updated_at = now() FROM"
        " unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[]) AS n (id, traits, facts, name, email)"
        " WHERE p.id = n.id",
        [
            [person.pk for person in people],
            [json.dumps(person.traits) for person in people],
            [json.dumps(person.trait_facts) for person in people],
            [name for name, _ in shown],
            [email for _, email in shown],
        ],
    )


Span = tuple[dt.datetime, dt.datetime]
_touched: dict[uuid.UUID, Span] = {}
_REMEMBERED = 200_000
_STEP = dt.timedelta(minutes=1)


def touch(seen: dict[uuid.UUID, Span]) -> None:
    """Widens first and last seen. Last seen moves only by a minute or more, to spare the table.

    What this process wrote lately is remembered, so that most batches write nothing.
    """
    due = {person: span for person, span in seen.items() if _widens(span, _touched.get(person))}
    if not due:
        return
    sql.run(
        "UPDATE people_person p SET last_seen_at = greatest(p.last_seen_at, n.last),"
        " first_seen_at = least(p.first_seen_at, n.first)"
        " FROM unnest(%b::uuid[], %b::timestamptz[], %b::timestamptz[]) AS n (id, first, last)"
        " WHERE p.id = n.id AND (n.last > p.last_seen_at + interval '1 minute' OR n.first < p.first_seen_at)",
        [list(due), [first for first, _ in due.values()], [last for _, last in due.values()]],
    )
    transaction.on_commit(lambda: _remember(due))


def _widens(span: Span, known: Span | None) -> bool:
    return known is None or span[0] < known[0] or span[1] > known[1] + _STEP


def _remember(spans: dict[uuid.UUID, Span]) -> None:
    if len(_touched) > _REMEMBERED:
        _touched.clear()
    for person, (first, last) in spans.items():
        known = _touched.get(person, (first, last))
        _touched[person] = (min(first, known[0]), max(last, known[1]))


@transaction.atomic
def set_traits(
    *, actor: Actor, person_id: uuid.UUID, traits: dict[str, Any], source: str, at: dt.datetime | None = None
) -> None:
    """Sets traits by hand (None removes one), linking identifiers among them. Newest wins, as with events."""
    actor.require("people.edit")
    moment = at or SYSTEM.now()
    message_id = str(uuid.uuid4())
    apply_traits([TraitUpdate(person_id, traits, moment, source, message_id)])
    _link_traits(person_id, traits, moment, message_id, source)
    mark_changed([person_id])
    audit.record(
        actor=actor,
        action="person.traits_set",
        object_type="person",
        object_id=person_id,
        data={"names": sorted(traits)},
    )


def _link_traits(
    person_id: uuid.UUID, traits: dict[str, Any], at: dt.datetime, message_id: str, source: str
) -> None:
    """E-mail and phone traits identify, if they are nobody else's yet."""
    person = Person.objects.get(pk=person_id)
    for kind in ("email", "phone"):
        value = normalise(kind, traits.get(kind))
        if value and person.identifiers.filter(type=kind).count() < identity.limit_of(kind):
            person.identifiers.model.objects.bulk_create(
                [
                    person.identifiers.model(
                        person=person, type=kind, value=value, first_seen_at=at, source=source
                    )
                ],
                ignore_conflicts=True,
            )
            Person.objects.filter(pk=person_id).update(is_identified=True)


@transaction.atomic
def create_person(
    *, actor: Actor, identifiers: list[tuple[str, str]], traits: dict[str, Any], source: str
) -> Person:
    """Finds or makes the person of these identifiers and sets traits. Raises ValueError for unusable identifiers."""
    actor.require("people.edit")
    named = [(kind, value) for kind, raw in identifiers if (value := normalise(kind, raw))]
    if not named:
        raise ValueError(
            "Give at least one valid identifier: an e-mail address, a phone number or a user id."
        )
    now = SYSTEM.now()
    sighting = identity.Sighting(named, now, str(uuid.uuid4()), source)
    identity.resolve([sighting])
    if sighting.person_id is None:
        raise ValueError("The identifiers name nobody.")
    set_traits(actor=actor, person_id=sighting.person_id, traits=traits, source=source, at=now)
    return Person.objects.get(pk=sighting.person_id)
