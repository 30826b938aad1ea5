"""The members of a segment as a scope of exports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.people.models import Person
from rapport.people.queries import people
from rapport.segments import queries
from rapport.segments.models import Membership
from rapport.transfers.exports.registry import ExportScope


def people_in_segment(actor: Actor, key: str) -> QuerySet[Person]:
    """Who is in the segment now. Raises Http404."""
    segment = queries.segment_for(actor, key)
    return people(actor).filter(Exists(Membership.objects.filter(segment=segment, person_id=OuterRef("pk"))))


def membership_cells(
    key: str, person_ids: Sequence[uuid.UUID], _headers: Sequence[str]
) -> dict[uuid.UUID, dict[str, str]]:
    """When each of them entered the segment."""
    members = Membership.objects.filter(segment__key=key, person_id__in=person_ids)
    return {
        pk: {"segment.entered_at": at.isoformat()}
        for pk, at in members.values_list("person_id", "entered_at")
    }


SCOPE = ExportScope(
    "segment",
    people_in_segment,
    headers=(("segment.entered_at", _("In the segment since")),),
    read=membership_cells,
)
