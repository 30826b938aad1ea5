"""Who is locked before whom: persons, then enrolments, as merges do, so that neither waits for the other for ever.

The loop has locked enrolments by the time it knows the persons. Of a journey that changes persons it therefore takes
only those whom nobody else has locked, and comes back to the others; whoever hears events locks all persons first.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from rapport.journeys.models import Enrolment, JourneyVersion, ListenedEvent
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services.definitions import Definition
from rapport.people.services import families


def changes_people(definition: Definition) -> bool:
    return any(STEP_KINDS[step["type"]].changes_people for step in definition["steps"].values())


def free(definition: Definition, rows: Sequence[Enrolment]) -> list[Enrolment]:
    """Those who can be moved on now without waiting for anybody."""
    if not changes_people(definition):
        return list(rows)
    unlocked = families.free({row.person_id for row in rows})
    return [row for row in rows if row.person_id in unlocked]


def lock_hearers(events: Collection[str], person_ids: Iterable[uuid.UUID]) -> None:
    """Before anything else in the transaction: the persons, if a version that hears of the events may change them."""
    versions = JourneyVersion.objects.filter(
        pk__in=ListenedEvent.objects.filter(event__in=events).values("version_id")
    )
    if any(changes_people(version.definition) for version in versions):
        families.lock_rows(person_ids)
