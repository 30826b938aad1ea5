"""How people hands out and forgets what it holds about a person."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django.core.cache import cache
from django.db.models import Q

from rapport.core import sql
from rapport.core.bulk.services import forget_rows
from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.people.models import (
    CompanyMember,
    Identifier,
    Merge,
    NotSame,
    Person,
    RejectedFact,
    Relationship,
    SharedIdentifier,
    UnmergedProfile,
)
from rapport.people.queries.traits import USAGE, history
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
        "noted_identifiers": list(
            SharedIdentifier.objects.filter(person_id__in=person_ids).values(
                "type", "value", "first_seen_at", "source"
            )
        ),
        "merged_parts": [
            {"id": str(part.person_id), "traits": part.traits, "trait_sources": part.trait_facts}
            for part in UnmergedProfile.objects.filter(person_id__in=person_ids)
        ],
        **_ties(person_ids),
        "refused_values": list(
            RejectedFact.objects.filter(entity="person", subject_id__in=person_ids).values(
                "trait", "value", "reason", "source", "at"
            )
        ),
        "trait_history": [asdict(change) for change in history(person_ids, limit=1_000_000)],
    }


def _ties(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Companies and relationships, with the others' internal ids only."""
    either = Q(person_id__in=person_ids) | Q(other_person_id__in=person_ids)
    return {
        "companies": list(
            CompanyMember.objects.filter(person_id__in=person_ids).values(
                "company__name", "role", "since", "until"
            )
        ),
        "relationships": list(
            Relationship.objects.filter(either).values(
                "type",
                "person_id",
                "other_person_id",
                "other_company__name",
                "since",
                "until",
                "note",
                "source",
            )
        ),
    }


def erase(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[str, int]:
    """Leaves an empty tombstone, so that references to the person stay valid and say nothing."""
    now = clock.now()
    _forget_company(person_ids)
    noted, _ = SharedIdentifier.objects.filter(person_id__in=person_ids).delete()
    unmerged, _ = UnmergedProfile.objects.filter(person_id__in=person_ids).delete()
    NotSame.objects.filter(Q(first_id__in=person_ids) | Q(other_id__in=person_ids)).update(reason="")
    identifiers, _ = Identifier.objects.filter(person_id__in=person_ids).delete()
    members, _ = CompanyMember.objects.filter(person_id__in=person_ids).delete()
    relations, _ = Relationship.objects.filter(
        Q(person_id__in=person_ids) | Q(other_person_id__in=person_ids)
    ).delete()
    refused, _ = RejectedFact.objects.filter(entity="person", subject_id__in=person_ids).delete()
    bulk = forget_rows(person_ids)
    merges = Merge.objects.filter(Q(survivor_id__in=person_ids) | Q(absorbed_id__in=person_ids)).update(
        snapshot={}, evidence={}
    )
    people = Person.objects.filter(pk__in=person_ids).update(
        traits={}, trait_facts={}, name="", email="", erased_at=now, updated_at=now
    )
    mark_changed(person_ids)
    cache.delete(USAGE.format(entity="person"))  # its examples may be theirs
    return {
        "people.Identifier": identifiers,
        "people.SharedIdentifier": noted,
        "people.UnmergedProfile": unmerged,
        "people.CompanyMember": members,
        "people.Relationship": relations,
        "people.RejectedFact": refused,
        "core.BulkChangeItem": bulk,
        "people.Merge": merges,
        "people.Person": people,
    }


def _forget_company(person_ids: list[uuid.UUID]) -> None:
    """Takes these persons' identifiers out of the births of others', with whom they came in one event."""
    own = [
        f"{kind}:{value}"
        for kind, value in Identifier.objects.filter(person_id__in=person_ids).values_list("type", "value")
    ]
    if own:
        sql.run(
            "UPDATE people_identifier SET came_with = array(SELECT one FROM unnest(came_with) AS one"
            " WHERE one <> ALL(%b::text[])) WHERE came_with && %b::text[] AND person_id <> ALL(%b::uuid[])",
            [own, own, person_ids],
        )


HOLDER = PersonalData(
    app="people",
    fields=(
        "people.Person.name",
        "people.Person.email",
        "people.Person.traits",
        "people.Person.trait_facts",
        "people.Identifier.value",
        "people.Identifier.came_with",
        "people.SharedIdentifier.value",
        "people.UnmergedProfile.traits",
        "people.UnmergedProfile.trait_facts",
        "people.NotSame.reason",
        "people.Merge.snapshot",
        "people.Merge.evidence",
        "people.CompanyMember.person",
        "people.CompanyMember.role",
        "people.Relationship.person",
        "people.Relationship.other_person",
        "people.Relationship.type",
        "people.Relationship.note",
        "people.Relationship.source",
        "people.RejectedFact.subject_id",
        "people.RejectedFact.trait",
        "people.RejectedFact.value",
        "people.RejectedFact.reason",
        "people.RejectedFact.source",
        "people.RejectedFact.message_id",
        "core.BulkChangeItem.key",
        "core.BulkChangeItem.before",
    ),
    export=export,
    erase=erase,
)
