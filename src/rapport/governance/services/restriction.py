"""Restriction of processing (GDPR article 18): the data stays, nothing is done with it."""

from __future__ import annotations

import uuid

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.services import changes


@transaction.atomic
def restrict(*, actor: Actor, person_id: uuid.UUID, clock: Clock = SYSTEM) -> Person:
    """Stops processing of the person until `lift_restriction`. Raises Http404, PermissionDenied."""
    people.require_persons(actor, "people.edit", [person_id])
    person = people.person_for(actor, person_id)
    if person.restricted_at is None:
        person.restricted_at = clock.now()
        _save(actor, person, "person.restricted")
    return person


@transaction.atomic
def lift_restriction(*, actor: Actor, person_id: uuid.UUID) -> Person:
    """Allows processing again. Raises Http404, PermissionDenied."""
    people.require_persons(actor, "people.edit", [person_id])
    person = people.person_for(actor, person_id)
    if person.restricted_at is not None:
        person.restricted_at = None
        _save(actor, person, "person.unrestricted")
    return person


def _save(actor: Actor, person: Person, action: str) -> None:
    person.save(update_fields=["restricted_at"])
    changes.mark_changed([person.pk])
    audit.record(actor=actor, action=action, object_type="person", object_id=person.pk)
