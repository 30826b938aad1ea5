"""What a measure looks at: one identified person with consents, refused values and the circumstances."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from rapport.governance import queries as governance
from rapport.people.models import Identifier, Person, RejectedFact
from rapport.people.values.schema import PERSON
from rapport.quality.cleansing.slots import Context, Slot, slots


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is the same for everybody: the time, the traits that count, the purposes (key, channel, name)."""

    now: dt.datetime
    context: Context
    traits: tuple[str, ...]
    consents: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Subject:
    """One person. `consents` is {(purpose, channel): (state, whether it has evidence)}."""

    id: uuid.UUID
    traits: dict[str, Any]
    origins: dict[str, dict[str, Any]]
    last_seen_at: dt.datetime
    slots: list[Slot]
    consents: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)


def measured() -> QuerySet[Person]:
    """Whom measures look at."""
    return Person.objects.filter(merged_into=None, erased_at=None, is_identified=True)


def after(person: uuid.UUID | None, limit: int, context: Context) -> list[Subject]:
    """The next persons by id with all that is judged of them: six queries, whatever the number."""
    rows = measured().filter(pk__gt=person or uuid.UUID(int=0)).order_by("pk")
    subjects = {
        id_: Subject(id_, traits, origins, seen, list(slots(traits, context)))
        for id_, traits, origins, seen in rows.values_list("pk", "traits", "trait_facts", "last_seen_at")[
            :limit
        ]
    }
    if subjects:
        for person_id, purpose, channel, state, proven in governance.consent_states(subjects):
            subjects[person_id].consents[purpose, channel] = (state, proven)
        _add_rejected(subjects)
        _add_identifiers(subjects)
        _add_suppressed(subjects)
    return list(subjects.values())


def _add_rejected(subjects: dict[uuid.UUID, Subject]) -> None:
    rows = RejectedFact.objects.filter(entity=PERSON, subject_id__in=list(subjects))
    newest = rows.order_by("subject_id", "trait", "-at").distinct("subject_id", "trait")
    for row in newest:
        value = row.value if isinstance(row.value, str) else json.dumps(row.value)
        subjects[row.subject_id].refused.append((row.trait, value, row.reason))


def _add_identifiers(subjects: dict[uuid.UUID, Subject]) -> None:
    rows = Identifier.objects.filter(person_id__in=list(subjects)).order_by().distinct()
    for person, type_ in rows.values_list("person_id", "type"):
        subjects[person].identifiers.add(type_)


def _add_suppressed(subjects: dict[uuid.UUID, Subject]) -> None:
    for channel, trait in governance.address_traits().items():
        addresses = {
            person: value
            for person, subject in subjects.items()
            if isinstance(value := subject.traits.get(trait), str)
        }
        suppressed = governance.suppressed(channel, set(addresses.values()))
        for person, value in addresses.items():
            if value in suppressed:
                subjects[person].suppressed.add(channel)
