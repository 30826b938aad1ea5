"""How people hands out and forgets what it holds about a person."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.core.clock import SYSTEM
from rapport.core.registry import PersonalData
from rapport.people.imports.services import personal_data as imports
from rapport.people.models import CompanyMember, Identifier, Merge, Person
from rapport.people.services.changes import mark_changed


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    return {
        "profiles": [
            {
                "id": str(person.pk),
                "first_seen_at": person.first_seen_at.isoformat(),
                "last_seen_at": person.last_seen_at.isoformat(),
                "traits": person.traits,
                "trait_sources": person.trait_facts,
            }
            for person in Person.objects.filter(pk__in=person_ids)
        ],
        "identifiers": list(
            Identifier.objects.filter(person_id__in=person_ids).values(
                "type", "value", "first_seen_at", "source"
            )
        ),
        "companies": list(
            CompanyMember.objects.filter(person_id__in=person_ids).values_list("company__name", flat=True)
        ),
        "imports": imports.export(person_ids),
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Leaves an empty tombstone, so that references to the person stay valid and say nothing."""
    now = SYSTEM.now()
    identifiers, _ = Identifier.objects.filter(person_id__in=person_ids).delete()
    members, _ = CompanyMember.objects.filter(person_id__in=person_ids).delete()
    merges = Merge.objects.filter(Q(survivor_id__in=person_ids) | Q(absorbed_id__in=person_ids)).update(
        snapshot={}, evidence={}
    )
    people = Person.objects.filter(pk__in=person_ids).update(
        traits={}, trait_facts={}, name="", email="", erased_at=now, updated_at=now
    )
    transfers = imports.erase(person_ids)
    mark_changed(person_ids)
    return transfers | {
        "people.Identifier": identifiers,
        "people.CompanyMember": members,
        "people.Merge": merges,
        "people.Person": people,
    }


HOLDER = PersonalData(
    app="people",
    fields=(
        "people.Person.name",
        "people.Person.email",
        "people.Person.traits",
        "people.Person.trait_facts",
        "people.Identifier.value",
        "people.Merge.snapshot",
        "people.Merge.evidence",
        "people.CompanyMember.person",
        "people.Import.file",
        "people.Import.report",
        "people.ImportChunk.people",
        "people.ImportChunk.journal",
        "people.ImportChunk.problems",
        "people.Export.file",
    ),
    export=export,
    erase=erase,
)
