"""Restriction of processing (GDPR article 18): the data stays, nothing is done with it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.registry import Mergeable, Pair
from rapport.people.services import changes, families


@transaction.atomic
def restrict(*, actor: Actor, person_id: uuid.UUID, clock: Clock = SYSTEM) -> Person:
    """Stops processing of the person until `lift_restriction`. Raises Http404, PermissionDenied."""
    person = _locked(actor, person_id)
    if person.restricted_at is None:
        person.restricted_at = clock.now()
        _save(actor, person, "person.restricted", clock)
    return person


@transaction.atomic
def lift_restriction(*, actor: Actor, person_id: uuid.UUID, clock: Clock = SYSTEM) -> Person:
    """Allows processing again. Raises Http404, PermissionDenied."""
    person = _locked(actor, person_id)
    if person.restricted_at is not None:
        person.restricted_at = None
        _save(actor, person, "person.unrestricted", clock)
    return person


def _locked(actor: Actor, person_id: uuid.UUID) -> Person:
    """Whom the person is part of once everything under way on their family has ended."""
    people.require_persons(actor, "people.edit", [person_id])
    return people.person_for(actor, families.lock([person_id]).root_of.get(person_id, person_id))


def _save(actor: Actor, person: Person, action: str, clock: Clock) -> None:
    person.save(update_fields=["restricted_at"])
    changes.mark_changed([person.pk])
    audit.record(actor=actor, action=action, object_type="person", object_id=person.pk, clock=clock)


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """Whoever takes up somebody restricted is restricted: their data are theirs now. {absorbed person: since when}."""
    lost = Person.objects.filter(pk__in=[absorbed for _, absorbed in pairs]).exclude(restricted_at=None)
    since = dict(lost.values_list("pk", "restricted_at"))
    taken: dict[uuid.UUID, Any] = {}
    for survivor, absorbed in pairs:
        moment = since.get(absorbed)
        if moment and Person.objects.filter(pk=survivor, restricted_at=None).update(restricted_at=moment):
            since[survivor], taken[absorbed] = moment, moment.isoformat()
    return taken


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Takes from the survivor the restriction that came with the absorbed person, unless it was set anew."""
    if snapshot:
        Person.objects.filter(pk=pair[0], restricted_at=snapshot).update(restricted_at=None)


MERGEABLE = Mergeable("restriction", (), merge, unmerge)
